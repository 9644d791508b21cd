"""A log's cases as figures are made of them, by a verified replay: what an auditor cannot decide again does not count.

A report reads the whole log and folds it up to an instant, `cut`, after which nothing changes what
is told of its months: so the same period is the same report, however far the log has grown since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from contracts.convention.model import Convention
from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.vocabulary.figures import LogHead
from services.audit.replay import Progress, RealmAudit
from services.audit.source import LogSource
from services.audit.verdict import AuditVerdict, ReplayedPart, merged
from services.committee.friction.counting import cut_of, told_with
from services.committee.friction.fold import CaseFold, read
from services.committee.friction.months import following, month_of
from services.committee.friction.report import RealmCases
from services.committee.simulate.decide_again import Simulator
from services.platform.process.paris_time import paris
from services.texts import Catalogue

_ = Catalogue(__name__)

SETTLED_S: Final = 3_600  # routers stop at two minutes off the brokers' time


class LastRecord(NamedTuple):
    """A partition's last record up to some instant."""

    at: int
    number: int
    leaf: str
    convd: str


@dataclass
class RealmReading:
    """What was read of one realm.

    Attributes:
        cut: the instant up to which records count, seconds.
        last: month -> partition -> its last record that counts from this month on.
        latest: instant of the newest record of all.
        convd: digests of the conventions that were decided by, each with the first instant.
    """

    registry: Registry
    cut: int
    fold: CaseFold = field(init=False)
    last: dict[str, dict[int, LastRecord]] = field(default_factory=dict)
    latest: int = 0
    convd: dict[str, int] = field(default_factory=dict)
    _simulators: dict[int, Simulator] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.fold = CaseFold(self.registry.directories)

    @property
    def announced(self) -> Convention | None:
        """The convention that is ordered for later."""
        adopted = self.registry.last_adopted
        return adopted.convention if adopted is not None and adopted.start > self.cut else None

    def take(self, record: Inbound, evidence: bytes | None, judged: str) -> None:
        """Fold a record, if it counts: what has a fault does not, and no report is made of such a log.

        Args:
            judged: what the auditor says of it (`Judgement.judged`).
        """
        value = record.value or b""
        if judged not in ("same", "erased"):
            return
        row = read(value)
        at: int = row["at"]
        self.latest = max(self.latest, at)
        if at > self.cut:
            return
        convd = row.get("convd", "")
        last = self.last.setdefault(told_with(at), {})
        last[record.partition] = LastRecord(at, row["index"], leaf_hash(value), convd)
        if convd:
            self.convd[convd] = min(at, self.convd.get(convd, at))
        beside = read(evidence or b"{}") if judged == "same" else {"erased": True}
        token, issuer = self.fold.take(row, beside)
        if token:
            self._try(record.partition, value, evidence or b"", token, issuer)

    def _try(self, number: int, value: bytes, evidence: bytes, token: str, issuer: str) -> None:
        """Decide an event again under the convention that is announced."""
        if (announced := self.announced) is None:
            return
        if number not in self._simulators:
            self._simulators[number] = Simulator(
                self.registry.realm,
                announced,
                self.registry.directories,
                self.registry.conventions,
            )
        judged = self._simulators[number].step(value, evidence)
        if judged is not None:
            self.fold.cases[token].judged.append((judged.at, judged.kind, issuer))

    @property
    def conventions(self) -> list[tuple[Convention, int]]:
        """Those that something was decided by, each with the first instant."""
        known = self.registry.conventions
        return [(known[convd], at) for convd, at in self.convd.items()]

    def heads(self, month: str) -> dict[int, LastRecord]:
        """The last record of each partition that counts in a month."""
        heads: dict[int, LastRecord] = {}
        for first in sorted(self.last):
            if first <= month:
                heads |= self.last[first]
        return dict(sorted(heads.items()))

    def counted_until(self, month: str) -> tuple[str, tuple[LogHead, ...]]:
        """The convention that the last record that counts in a month was decided by, and each partition's last."""
        heads = self.heads(month)
        last = max((head.at, partition, head.convd) for partition, head in heads.items())
        return last[-1], tuple(
            LogHead(partition=partition, index=head.number, leaf=head.leaf)
            for partition, head in heads.items()
        )

    def cases(self) -> RealmCases:
        """What is counted."""
        heads = self.heads(told_with(self.cut)).items()
        position = {number: (head.number, head.leaf) for number, head in heads}
        return RealmCases(self.fold, self.conventions, self.announced, position)

    def end(self) -> None:
        """Each desk's instants in order, for partitions come one after the other."""
        for instants in self.fold.spoke.values():
            instants.sort()


@dataclass(frozen=True)
class FrictionLog:
    """All that was read, and what an auditor says of it."""

    verdict: AuditVerdict
    realms: dict[str, RealmReading]

    def is_told(self, month: str) -> bool:
        """Whether the log is so far past a month that nothing can come any more which counts in it."""
        return _settled(month) <= self._latest

    @property
    def _latest(self) -> int:
        return max((reading.latest for reading in self.realms.values()), default=0)

    @property
    def months(self) -> Iterator[str]:
        """Every month that is told, from the first in which something was decided."""
        first = [at for reading in self.realms.values() for at in reading.convd.values()]
        month = month_of(min(first, default=0))
        while first and self.is_told(month):
            yield month
            month = following(month)

    def check_over(self, month: str) -> None:
        """Refuse a month that more may still be told of.

        Raises:
            UsageError: `month_not_over`.
        """
        if not self.is_told(month):
            got = _("a log that ends on {at} (Paris)").of(at=paris(self._latest))
            expected = _("one that goes on until {at}: a month is told 14 days after its end")
            raise UsageError("month_not_over", got, expected.of(at=paris(_settled(month))), month)

    def cases(self) -> dict[str, RealmCases]:
        """What is counted, realm by realm."""
        return {realm: reading.cases() for realm, reading in self.realms.items()}

    @property
    def last_convention(self) -> Convention | None:
        """The newest that anything was decided by."""
        every = (
            convention
            for reading in self.realms.values()
            for convention, _at in reading.conventions
        )
        return max(every, key=lambda each: each.version, default=None)


def _settled(month: str) -> int:
    return cut_of(month) + SETTLED_S


async def read_log(
    source: LogSource,
    realms: Iterable[str],
    owners: Owners,
    now: Callable[[], int],
    cut: int,
    progress: Progress | None = None,
) -> FrictionLog:
    """Replay the log of some realms and fold what was decided the same.

    Args:
        now: the routers' clock, seconds.
        cut: the instant up to which records count.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    readings: dict[str, RealmReading] = {}
    parts: dict[str, ReplayedPart] = {}
    for realm in realms:
        audit = RealmAudit(source, realm, owners)
        reading = readings[realm] = RealmReading(audit.control.registry, cut)

        def watch(
            record: Inbound,
            evidence: bytes | None,
            audit: RealmAudit = audit,
            reading: RealmReading = reading,
        ) -> None:
            judged = audit.replayers[record.partition].judgement.judged
            reading.take(record, evidence, judged)

        audit.watchers.append(watch)
        parts[realm] = await audit.read_through(now, progress)
        reading.end()
    return FrictionLog(merged(list(readings), [parts], {}), readings)
