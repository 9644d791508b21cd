"""A look as lines for people and as data for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final

from contracts.encoding import rfc3339
from services.operate.drift import RIGHT_KINDS, TOPIC_KINDS
from services.operate.status.alerts import Alert, kind_words
from services.operate.status.ask import ASK_S
from services.operate.status.state import FederationState, KafkaState, RealmState, ServiceState
from services.platform.patience import patient
from services.platform.process.paris_time import exactly
from services.platform.process.side_by_side import NoAnswer
from services.texts import Catalogue, Text, aligned, counted, series

_ = Catalogue(__name__)

LANG: Final = "en"  # of a terminal; the console takes parts of it in both languages
MIB: Final = 1 << 20
LATEST: Final = 253_402_214_400  # the year 9999: a service may say any figure
# What a terminal obeys instead of showing it: controls, line ends, directions of writing.
_UNSHOWN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]")
_HEAD: Final = "{at} · {services} services, {ready} ready"
_GOOD: Final = "Nothing needs anybody."
_NEEDS: Final = ("Action is needed on {n} point:", "Action is needed on {n} points:")
_SEVERITY: Final = {"critical": "CRITICAL", "warning": "WARNING", "info": "NOTE"}
_COLUMNS: Final = (
    "service", "ready", "left to read", "last progress", "runs since", "restarts", "memory",
    "version", "says",
)  # fmt: skip
_YES: Final = _("yes")
_NO: Final = _("no")
_NO_ANSWER: Final = _("no answer")
_SILENT: Final = _("no answer within {seconds} s")
_NOT_HEARD: Final = _("not heard")
_UNHEARD: Final = (
    "This command had too little processor time to hear: {names}. That says nothing about them. "
    "Ask again once this machine is less busy."
)


def as_json(now: FederationState, firing: Sequence[Alert]) -> dict[str, Any]:
    """For programs: where action is needed, services and brokers; instants as RFC 3339."""
    return {
        "at": rfc3339(int(now.at)),
        "good": not firing and not now.unheard,
        "unheard": list(now.unheard),
        "alerts": [
            {
                "alert": alert.name, "severity": alert.severity, "of": alert.who,
                "labels": dict(alert.labels), "value": alert.value, "runbook": alert.runbook,
                "summary": alert.summary(LANG), "action": alert.action(LANG),
            }
            for alert in firing
        ],
        "services": [_service_json(service) for service in now.services],
        "kafka": asdict(now.kafka),
    }  # fmt: skip


def _service_json(service: ServiceState) -> dict[str, Any]:
    progress = {loop: _stamp(at) for loop, at in service.progress.items()}
    return {**asdict(service), "progress": progress, "started": _stamp(service.started)}


def _stamp(at: float | None) -> str | None:
    return None if at is None else rfc3339(int(at))


def days(seconds: float) -> int:
    """Whole days that are left; below 0 once it is over."""
    return int(seconds // 86_400)


def lines(now: FederationState, firing: Sequence[Alert]) -> Iterator[str]:
    """For people: where action is needed first, then every part; a line each."""
    for line in _lines(now, firing):
        yield _UNSHOWN.sub("\ufffd", line)


def _lines(now: FederationState, firing: Sequence[Alert]) -> Iterator[str]:
    ready = sum(service.ready for service in now.services)
    yield _HEAD.format(at=instant(now.at, LANG), services=len(now.services), ready=ready)
    yield ""
    if now.unheard:
        yield _UNHEARD.format(names=", ".join(now.unheard))
    if firing or not now.unheard:
        yield counted(_NEEDS, n=len(firing)) if firing else _GOOD
    for (action, runbook), alike in groupby(
        firing, lambda alert: (alert.action(LANG), alert.runbook)
    ):
        for alert in alike:
            yield f"  {_SEVERITY[alert.severity]}  {alert.summary(LANG)} ({alert.name})"
        yield f"      {action}"
        yield f"      {runbook}"
    yield ""
    rows = (service_row(service, now.at, LANG) for service in now.services)
    yield from aligned([_COLUMNS, *([str(row[name]) for name in _CELLS] for row in rows)])
    yield ""
    yield from part_lines(now, LANG)


_CELLS: Final = (
    "name", "ready", "lag", "progress", "since", "restarts", "memory", "version", "says",
)  # fmt: skip


def part_lines(now: FederationState, lang: str) -> Iterator[str]:
    """Brokers, each bus, what ends, drift."""
    yield _kafka(now.kafka, lang)
    for name, realm in now.realms.items():
        yield from _realm(name, realm, now, lang)
    yield from _ends(now, lang)


def instant(at: float, lang: str) -> str:
    """To the second, in Paris."""
    return exactly(min(max(int(at), 0), LATEST), lang)


def service_row(service: ServiceState, at: float, lang: str) -> dict[str, Any]:
    """The cells of one service by name; `good`: whether it is ready."""
    row: dict[str, Any] = {
        "name": service.name, "url": service.url, "good": service.ready,
        "ready": (_YES if service.ready else _NO).say(lang), "says": " ".join(service.why),
        "lag": str(service.lag),
        "progress": ago(at, min(service.progress.values(), default=None), lang),
        "since": ago(at, service.started, lang),
        "restarts": "–" if service.restarts is None else str(service.restarts),
        "memory": _memory(service), "version": service.version,
    }  # fmt: skip
    if not service.answers:
        unknown = dict.fromkeys(("lag", "progress", "since", "memory", "version"), "–")
        row |= {**unknown, "ready": _unanswered(service, lang), "says": service.url}
    return row


def _unanswered(service: ServiceState, lang: str) -> str:
    if NoAnswer.SILENT in service.why:
        return _SILENT.say(lang, seconds=f"{patient(ASK_S):g}")
    return (_NOT_HEARD if NoAnswer.LATE in service.why else _NO_ANSWER).say(lang)


def _memory(service: ServiceState) -> str:
    if service.memory is None:
        return "–"
    limit = f" / {service.limit // MIB}" if service.limit else ""
    return f"{service.memory // MIB}{limit} MiB"


def ago(now: float, at: float | None, lang: str) -> str:
    """`3 s`, `12 min`, `5 h`, `9 d`."""
    if at is None:
        return "–"
    seconds = max(0, int(now - at))
    for size, text in _UNITS:
        if seconds >= 2 * size:
            return text.say(lang, n=seconds // size)
    return _SECONDS.say(lang, n=seconds)


_SECONDS: Final = _("{n} s")
_UNITS: Final[tuple[tuple[int, Text], ...]] = (
    (86_400, _("{n} d")), (3600, _("{n} h")), (60, _("{n} min")),
)  # fmt: skip


_NO_KAFKA: Final = _("Kafka: no answer ({why})")
_KAFKA: Final = _.ngettext(
    "Kafka: {n} broker; no answer from: {away}; partitions with copies out of step: {behind}",
    "Kafka: {n} brokers; no answer from: {away}; partitions with copies out of step: {behind}",
)
_UNSEEN: Final = _(
    "Kafka: brokers: {n}; no answer from: {away}; this certificate is shown no topics, nor "
    "whether copies are in step"
)
_NONE: Final = _("none")


def _kafka(kafka: KafkaState, lang: str) -> str:
    if kafka.why:
        return _NO_KAFKA.say(lang, why=kafka.why)
    away = ", ".join(kafka.silent or map(str, kafka.away)) or _NONE.say(lang)
    text = _KAFKA if kafka.topics else _UNSEEN
    return text.say(lang, n=len(kafka.brokers), away=away, behind=kafka.behind)


_REALMS: Final = {"civil": _.pgettext("bus", "civil"), "criminal": _.pgettext("bus", "criminal")}
_SHARDS: Final = _(
    "{realm} bus: shards that run: {running} of {ordered}; partitions that have one: {owned} of "
    "{partitions}"
)
_NO_ROUTER: Final = _("{realm} bus: no router answers; its shards are not known")
_AUDITED: Final = _("  audited until {at}")
_NOT_AUDITED: Final = _("  audit: unknown")
_CHECKPOINT: Final = _("  log published, {ago} ago; witnesses of its head: {have}, needed: {need}")
_KEPT: Final = _("  in quarantine, to be ruled on: {n}")
_NOT_KEPT: Final = _("  in quarantine, to be ruled on: unknown")
_KEPT_BY: Final = _("    {n} × {code}, signed by {desk}, from {agency}; the oldest came {ago} ago")
_KEPT_OF: Final = _(
    "    {n} × {code}, from {agency}, no signature that verifies; the oldest came {ago} ago"
)
_PUT_ASIDE: Final = _("    {n} × {code}, from {agency}, since routing started")
_DUTIES: Final = _("  duties: {rows}")
_NO_DUTY: Final = _("none, of those that answer")
_DUTY: Final = _.ngettext("{role} {n} open, {late} late", "{role} {n} open, {late} late")
_DIRECTORY: Final = _(
    "  days until the directory expires: {directory}; until a desk has no key: {keys}"
)


def _realm(name: str, realm: RealmState, now: FederationState, lang: str) -> Iterator[str]:
    yield (_SHARDS if realm.shards[0] else _NO_ROUTER).say(
        lang, realm=_REALMS[name].say(lang), running=realm.shards[1], ordered=realm.shards[0],
        owned=realm.partitions[1], partitions=realm.partitions[0],
    )  # fmt: skip
    yield (
        _NOT_AUDITED.say(lang)
        if realm.audited is None
        else _AUDITED.say(lang, at=instant(realm.audited, lang))
    )
    if realm.checkpoint is not None:
        have, need = realm.cosigned or (0, 0)
        yield _CHECKPOINT.say(lang, ago=ago(now.at, realm.checkpoint, lang), have=have, need=need)
    yield _NOT_KEPT.say(lang) if realm.kept is None else _KEPT.say(lang, n=realm.kept)
    for row in realm.kept_by:
        since = ago(now.bus_time, row.oldest, lang)
        facts = {"n": row.number, "code": row.code, "desk": row.desk, "agency": row.agency or "–"}
        yield (_KEPT_BY if row.desk else _KEPT_OF).say(lang, ago=since, **facts)
    for (code, agency), n in sorted(realm.put_aside.items()):
        yield _PUT_ASIDE.say(lang, n=n, code=code, agency=agency)
    if realm.duties:
        rows = [
            _DUTY.say(lang, role=role, n=opened, late=late)
            for role, (opened, late) in sorted(realm.duties.items())
            if opened or late
        ]
        yield _DUTIES.say(lang, rows=series(rows, lang) or _NO_DUTY.say(lang))
    if realm.directory is not None and realm.keys is not None:
        left = (days(end - now.bus_time) for end in (realm.directory, realm.keys))
        yield _DIRECTORY.say(lang, directory=next(left), keys=next(left))


_CERTIFICATES: Final = _.ngettext(
    "Certificates: the first expires in {n} day ({who}, {kind})",
    "Certificates: the first expires in {n} days ({who}, {kind})",
)
_DRIFT: Final = _.ngettext(
    "Drift of {kinds}: {n} difference, looked for {ago} ago",
    "Drift of {kinds}: {n} differences, looked for {ago} ago",
)
_TOPICS: Final = _.pgettext("drift", "topics")
_RIGHTS: Final = _.pgettext("drift", "rights")
_NEVER: Final = _("Drift: nobody has looked for any")


def _ends(now: FederationState, lang: str) -> Iterator[str]:
    if now.certificates:
        (who, kind), end = min(now.certificates.items(), key=lambda row: row[1])
        yield _CERTIFICATES.say(lang, n=days(end - now.at), who=who, kind=kind_words(kind, lang))
    if now.kafka.why:  # what it had is no news of what it has
        return
    if not now.drift:
        yield _NEVER.say(lang)
        return
    number = sum(int(n) for n, _at in now.drift.values())
    oldest = ago(now.at, min(at for _n, at in now.drift.values()), lang)
    seen = ((_TOPICS, TOPIC_KINDS), (_RIGHTS, RIGHT_KINDS))
    kinds = series([text.say(lang) for text, names in seen if now.drift.keys() & {*names}], lang)
    yield _DRIFT.say(lang, n=number, ago=oldest, kinds=kinds)
