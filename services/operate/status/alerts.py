"""What needs somebody, at one instant: the alerts of `alerts.yaml`, judged without Prometheus.

Names, severity, words and runbooks are that file's. An alert that only time can show (a rate, a
fenced router, a growing quarantine) is Prometheus's alone: one look does not see it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from contracts.vocabulary.scopes import REALMS
from services.operate.status.kinds import kind_words
from services.operate.status.state import FederationState
from services.texts import typeset

FILE: Final = Path(__file__).with_name("alerts.yaml")
SEVERITIES: Final = ("critical", "warning", "info")
AT_WORK: Final = ("inputs", "inbox", "replay")  # loops that read what is left

DAY: Final = 86_400
STANDS_STILL_S: Final = 60  # with records left to read
OPEN_S: Final = 120  # a transaction
UNREPORTED_S: Final = 60  # behind the instant by which all that fell due is recorded
SKEW_S: Final = 60
WEBHOOK_S: Final = 3600  # since the first try of what a receiver did not take
NEAR: Final = 14 * DAY  # the end of a certificate, directory, key
LAST: Final = 2 * DAY
MEMORY: Final = 0.8  # of the limit


@dataclass(frozen=True, slots=True, order=True)
class Alert:
    """One thing that needs somebody.

    Attributes:
        name: as in `alerts.yaml`.
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
        return str(_rules()[self.name]["labels"]["severity"])

    @property
    def runbook(self) -> str:
        """File and section that say more."""
        return str(_rules()[self.name]["annotations"]["runbook"])

    def summary(self, lang: str) -> str:
        """What is so."""
        return self._said(f"summary_{lang}")

    def action(self, lang: str) -> str:
        """What to do."""
        return self._said(f"action_{lang}")

    def _said(self, name: str) -> str:
        words = {**dict(self.labels), "instance": self.who, "job": self.who}
        words |= {"kind": kind_words(words.get("kind", ""), name[-2:])}
        text = _rules()[self.name]["annotations"][name]
        value = re.sub(r"(?<=\d) d$", " j", self.value) if name.endswith("fr") else self.value
        text = re.sub(r"\{\{ \$value[^}]*\}\}", lambda _: value, text)
        text = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda hit: words.get(hit[1], ""), text)
        return typeset(text, name[-2:])


@cache
def _rules() -> Mapping[str, Any]:
    groups = yaml.safe_load(FILE.read_text("utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def alerts(now: FederationState) -> list[Alert]:
    """What needs somebody, the worst first."""
    every = {alert for judge in _JUDGES for alert in judge(now)}
    return sorted(every, key=lambda alert: (SEVERITIES.index(alert.severity), alert))


def _processes(now: FederationState) -> Iterator[Alert]:
    for service in now.services:
        if service.name in now.unheard:
            continue
        if not service.answers:
            yield Alert("RelaisDown", service.name)
        elif not service.ready:
            yield Alert("RelaisNotReady", service.name)
        for loop, at in service.progress.items():
            if loop in AT_WORK and service.lag and now.at - at > STANDS_STILL_S:
                yield Alert("RelaisNoProgress", service.name, (("loop", loop),))
        if service.memory and service.limit and service.memory > MEMORY * service.limit:
            part = f"{service.memory / service.limit:.0%}"
            yield Alert("RelaisMemoryHigh", service.name, value=part)


def _kafka(now: FederationState) -> Iterator[Alert]:
    kafka = now.kafka
    if kafka.why and not kafka.silent and "kafka" not in now.unheard:
        yield Alert("RelaisBrokerAway", "kafka")
    for who in kafka.silent or (f"broker-{number}" for number in kafka.away):
        yield Alert("RelaisBrokerAway", who)
    if kafka.behind:
        yield Alert("RelaisCopiesBehind", "kafka", value=str(kafka.behind))
    if leaderless := sum(topic.leaderless for topic in kafka.topics):
        yield Alert("RelaisPartitionsUnwritable", "kafka", value=str(leaderless))


def _realms(now: FederationState) -> Iterator[Alert]:
    for name, realm in now.realms.items():
        labels = (("realm", name),)
        owned, every = realm.partitions[1], realm.partitions[0]
        if (owned < every or not every) and not now.unheard:
            yield Alert("RelaisPartitionWithoutRouter", name, labels)
        if realm.transaction is not None and realm.transaction[2] > OPEN_S:
            topic, partition, seconds = realm.transaction
            place = (("partition", str(partition)), ("topic", topic))
            yield Alert("RelaisTransactionOpen", name, place, f"{seconds:.0f} s")
        ends = {"RelaisDirectoryEnding": realm.directory, "RelaisKeysEnding": realm.keys}
        for alert, end in ends.items():
            if end is not None and end - now.bus_time < NEAR:
                yield Alert(alert, name, labels, _left(end - now.bus_time))


def _sums(now: FederationState) -> Iterator[Alert]:
    for name, rule in _SUMS.items():
        for answer in now.answers:
            for key, value in answer.samples.by(rule.metric, *rule.labels).items():
                if rule.fires(value, now.bus_time) and set(key) <= (rule.among or set(key)):
                    labels = tuple(zip(rule.labels, key, strict=True))
                    yield Alert(name, answer.service, labels, f"{value:g}")


def _silence(now: FederationState) -> Iterator[Alert]:
    for answer in now.answers:
        limits = answer.samples.by("silence_limit_seconds", "agency")
        for key, sent in answer.samples.by("sent_timestamp_seconds", "agency").items():
            if now.at - sent > limits.get(key, math.inf):
                labels = (("agency", key[0]),)
                yield Alert("RelaisAgencySilent", answer.service, labels, _left(now.at - sent))


def _ends(now: FederationState) -> Iterator[Alert]:
    for (service, kind), end in now.certificates.items():
        if end - now.at < NEAR:
            is_last = end - now.at < LAST
            name = "RelaisCertificateExpired" if is_last else "RelaisCertificateExpiring"
            yield Alert(name, service, (("kind", kind),), _left(end - now.at))
    for kind, (number, at) in now.drift.items():
        if number:
            yield Alert("RelaisDrift", "kafka", (("kind", kind),), str(number))
        if now.at - at > LAST:
            yield Alert("RelaisDriftNotChecked", "kafka", (("kind", kind),))


def _left(seconds: float) -> str:
    """`12 d`, as short as Prometheus has it."""
    return f"{seconds / DAY:.0f} d" if abs(seconds) > DAY else f"{seconds / 3600:.0f} h"


class _Rule(NamedTuple):
    """A sum of one service by labels, and when it needs somebody."""

    metric: str
    labels: tuple[str, ...] = ("realm", "role")
    fires: Callable[[float, float], bool] = lambda value, _at: value > 0  # by the bus's time
    among: frozenset[str] = frozenset()  # values of labels; empty: any


_SUMS: Final = {
    "RelaisUnreadEnding": _Rule("unread_ending"),
    "RelaisWebhookStopped": _Rule("webhook_stopped", ("role",)),
    "RelaisWebhookLate": _Rule(
        "webhook_late_seconds", ("role",), lambda late, _at: late > WEBHOOK_S
    ),
    "RelaisKeyKept": _Rule("keys_overdue"),
    "RelaisKeyUnsaid": _Rule("keys_unsaid"),
    "RelaisDutiesOverdue": _Rule("duties_overdue"),
    "RelaisSequenceGap": _Rule("sequence_gaps"),
    "RelaisAlarm": _Rule("alarms_total", ("code",)),
    "RelaisTwoHistories": _Rule("witness_two_histories", ()),
    "RelaisCheckpointUnwitnessed": _Rule("checkpoint_unwitnessed", ("realm",)),
    "RelaisQuarantineWaiting": _Rule("quarantine_backlog", ("realm",)),
    "RelaisNoStore": _Rule("store", ("realm", "partition"), lambda value, _at: value == 0),
    "RelaisClockOff": _Rule("clock_skew_seconds", ("realm",), lambda skew, _at: abs(skew) > SKEW_S),
    "RelaisDutiesUnreported": _Rule(
        "written_until_seconds", ("realm",), lambda until, at: at - until > UNREPORTED_S
    ),
    "RelaisRecordNotInLog": _Rule(
        "log_check", ("realm", "code"),
        among=frozenset({*REALMS, "record_not_in_log", "mirror_contradicted"}),
    ),
    "RelaisLogNotFollowed": _Rule(
        "log_check", ("realm", "code"), among=frozenset({*REALMS, "log_not_followed"})
    ),
}  # fmt: skip
_JUDGES: Final = (_processes, _kafka, _realms, _sums, _silence, _ends)
