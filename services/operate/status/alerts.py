"""Where action is needed at one instant: `checks.yaml`, judged without Prometheus."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.operate.status.state import FederationState, ServiceState
from services.texts import Catalogue, Text, typeset

_ = Catalogue(__name__)

_KINDS: Final[dict[str, Text]] = {
    "own": _("its own certificate"),
    "authority": _("the authority that it trusts"),
    "broker": _("a broker’s certificate, as it met it"),
    "topic_missing": _("topics that are missing"),
    "topic_unknown": _("topics that no clause needs"),
    "partitions": _("another number of partitions"),
    "replicas": _("another number of copies"),
    "setting": _("another setting of a topic"),
    "shorter": _("records kept longer than agreed"),
    "right_missing": _("rights that are missing"),
    "right_extra": _("rights too many"),
    "quota": _("another limit"),
    "quota_extra": _("limits too many"),
}


def kind_words(kind: str, lang: str) -> str:
    """What a metric's label `kind` says; an unknown one as it is."""
    return _KINDS[kind].say(lang) if kind in _KINDS else kind


AT_WORK: Final = ("inputs", "inbox", "replay")  # loops that read what is left


@dataclass(frozen=True, slots=True)
class Found:
    """Of whom something is so, what its words name, and the figure that they say."""

    who: str
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float = 0


Look = Callable[[FederationState, float], Iterator[Found]]  # a look, and the check's limit


def _heard(now: FederationState) -> Iterator[ServiceState]:
    return (service for service in now.services if service.name not in now.unheard)


def _down(now: FederationState, _limit: float) -> Iterator[Found]:
    return (Found(service.name) for service in _heard(now) if not service.answers)


def _not_ready(now: FederationState, _limit: float) -> Iterator[Found]:
    return (Found(one.name) for one in _heard(now) if one.answers and not one.ready)


def _no_progress(now: FederationState, limit: float) -> Iterator[Found]:
    for service in _heard(now):
        for loop, at in service.progress.items():
            if loop in AT_WORK and service.lag and now.at - at > limit:
                yield Found(service.name, {"loop": loop})


def _memory(now: FederationState, limit: float) -> Iterator[Found]:
    for service in _heard(now):
        if service.memory and service.limit and service.memory > limit * service.limit:
            yield Found(service.name, value=service.memory / service.limit)


def _broker_away(now: FederationState, _limit: float) -> Iterator[Found]:
    kafka = now.kafka
    if kafka.why and not kafka.silent and "kafka" not in now.unheard:
        yield Found("kafka")
    for who in kafka.silent or (f"broker-{number}" for number in kafka.away):
        yield Found(who)


def _copies_behind(now: FederationState, _limit: float) -> Iterator[Found]:
    if now.kafka.behind:
        yield Found("kafka", value=now.kafka.behind)


def _unwritable(now: FederationState, _limit: float) -> Iterator[Found]:
    if leaderless := sum(topic.leaderless for topic in now.kafka.topics):
        yield Found("kafka", value=leaderless)


def _without_router(now: FederationState, _limit: float) -> Iterator[Found]:
    for name, realm in now.realms.items():
        every, owned = realm.partitions
        if (owned < every or not every) and not now.unheard:
            yield Found(name, {"realm": name})


def _silent(now: FederationState, _limit: float) -> Iterator[Found]:
    for answer in now.answers:
        limits = answer.samples.by("silence_limit_seconds", "agency")
        for (agency,), sent in answer.samples.by("sent_timestamp_seconds", "agency").items():
            if now.at - sent > limits.get((agency,), math.inf):
                yield Found(answer.service, {"agency": agency}, now.at - sent)


def _drift(now: FederationState, _limit: float) -> Iterator[Found]:
    return (Found("kafka", {"kind": kind}, n) for kind, (n, _at) in now.drift.items() if n)


def _drift_unchecked(now: FederationState, limit: float) -> Iterator[Found]:
    for kind, (_n, at) in now.drift.items():
        if now.at - at > limit:
            yield Found("kafka", {"kind": kind})


LOOKS: Final[Mapping[str, Look]] = {
    "RelaisDown": _down,
    "RelaisNotReady": _not_ready,
    "RelaisNoProgress": _no_progress,
    "RelaisMemoryHigh": _memory,
    "RelaisBrokerAway": _broker_away,
    "RelaisCopiesBehind": _copies_behind,
    "RelaisPartitionsUnwritable": _unwritable,
    "RelaisPartitionWithoutRouter": _without_router,
    "RelaisAgencySilent": _silent,
    "RelaisDrift": _drift,
    "RelaisDriftNotChecked": _drift_unchecked,
}


FILE: Final = Path(__file__).with_name("checks.yaml")
SEVERITIES: Final = ("critical", "warning", "info")
WHO: Final = ("instance", "job")  # labels that name a service
VALUES: Final = ("value", "time", "share")  # forms in which words say a figure
HOUR: Final = 3600
DAY: Final = 24 * HOUR
_HOW: Final[Mapping[str, Callable[[Iterable[float]], float]]] = {
    "sum": sum, "max": max, "min": min, "size": lambda values: max(map(abs, values)),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A figure of services' metrics and its bounds: read in one look, and by Prometheus.

    Attributes:
        by: labels that set figures apart; `instance` and `job` are a service.
        how: `sum`, `max`, `min`, or `size`: the largest, whether above nought or below it.
        codes: of the label `code` that alone count; empty: all.
        time: `since` or `until` the instant that the metric is.
        above, below, least: it fires above the first; or below the second and at least the third.
    """

    metric: str
    by: tuple[str, ...]
    how: str = "sum"
    codes: tuple[str, ...] = ()
    time: str = ""
    above: float = 0
    below: float | None = None
    least: float | None = None

    def found(self, now: FederationState) -> Iterator[Found]:
        """What fires: service or first label, the other labels, the figure."""
        figures: dict[tuple[str, ...], list[float]] = {}
        for answer in now.answers:
            for labels, value in answer.samples.of(self.metric):
                if not self.codes or labels.get("code") in self.codes:
                    told = {**labels, **dict.fromkeys(WHO, answer.service)}
                    figures.setdefault(tuple(told.get(label, "") for label in self.by), []).append(
                        value
                    )
        # What a bus says is judged by its own time, which a demonstration may have moved.
        clock = now.bus_time if "realm" in self.by else now.at
        for key, values in figures.items():
            figure = _HOW[self.how](values)
            figure = {"since": clock - figure, "until": figure - clock}.get(self.time, figure)
            if self._fires(figure):
                labels = dict(zip(self.by, key, strict=True))
                who = next((labels.pop(name) for name in WHO if name in labels), key[0])
                yield Found(who, labels, figure)

    def _fires(self, figure: float) -> bool:
        if self.below is None:
            return figure > self.above
        return figure < self.below and (self.least is None or figure >= self.least)


@dataclass(frozen=True, slots=True, order=True)
class Alert:
    """One point where action is needed.

    Attributes:
        name: of its check.
        who: the service, realm or role that it is about.
        labels: what its words name.
        value: as its words say it.
    """

    name: str
    who: str
    labels: tuple[tuple[str, str], ...] = ()
    value: str = ""

    @property
    def severity(self) -> str:
        """One of `SEVERITIES`."""
        return str(checks()[self.name]["severity"])

    @property
    def runbook(self) -> str:
        """File and section that say more."""
        return f"docs/how-to/{checks()[self.name]['see']}"

    def summary(self, lang: str) -> str:
        """What is so."""
        return self._said(lang, lang)

    def action(self, lang: str) -> str:
        """What to do."""
        return self._said(f"do_{lang}", lang)

    def _said(self, name: str, lang: str) -> str:
        words = {**dict.fromkeys(WHO, self.who), **dict(self.labels)}
        words |= {"kind": kind_words(words.get("kind", ""), lang)}
        value = re.sub(r"(?<=\d) d$", " j", self.value) if lang == "fr" else self.value
        words |= dict.fromkeys(VALUES, value)
        text = str(checks()[self.name][name])
        return typeset(re.sub(r"\{(\w+)\}", lambda hit: words.get(hit[1], ""), text), lang)


@cache
def checks() -> Mapping[str, Mapping[str, Any]]:
    """Every check by its name."""
    groups = yaml.safe_load(FILE.read_text("utf-8"))
    return {check["name"]: check for group in groups for check in group["checks"]}


@cache
def rule_of(name: str) -> Rule | None:
    """What a check reads in a look and by Prometheus; None: its `expr` is Prometheus's."""
    told = checks()[name].get("rule")
    if told is None:
        return None
    lists = {member: tuple(told[member]) for member in ("by", "codes") if member in told}
    return Rule(**{**told, **lists})


def alerts(now: FederationState) -> list[Alert]:
    """Where action is needed, the worst first."""
    every = {
        Alert(name, found.who, tuple(found.labels.items()), _shown(check, found.value))
        for name, check in checks().items()
        for found in _found(name, check, now)
    }
    return sorted(every, key=lambda alert: (SEVERITIES.index(alert.severity), alert))


def _found(name: str, check: Mapping[str, Any], now: FederationState) -> Iterator[Found]:
    if (rule := rule_of(name)) is not None:
        yield from rule.found(now)
    elif name in LOOKS:
        yield from LOOKS[name](now, check.get("limit", 0))


def _shown(check: Mapping[str, Any], value: float) -> str:
    """A figure as words say it, as short as Prometheus has it; empty where they say none."""
    form = next((form for form in VALUES if f"{{{form}}}" in check["en"]), "")
    if form != "time":
        return {"": "", "value": f"{value:g}", "share": f"{value:.0%}"}[form]
    if abs(value) > DAY:
        return f"{value / DAY:.0f} d"
    return f"{value / HOUR:.0f} h" if abs(value) >= HOUR else f"{value:.0f} s"
