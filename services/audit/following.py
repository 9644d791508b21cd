"""One realm's audit as it is told and kept: each alarm is logged, counted and warned of once.

So is what is in doubt, which is no alarm: what was decided by the word of a key before anybody said
that it was stolen.

What was told is kept with how far the log was read, after it was told: a service that is killed in
between tells it once more, and none is lost.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

import structlog

from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import IN_DOUBT, AuditFinding
from services.audit.lives import Lives
from services.audit.replay import IDLE_S, RealmAudit
from services.audit.store import AuditStore
from services.platform import ports
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.os_errors import store_fault
from services.platform.process.progress import ServiceHealth
from services.platform.store.states import KEEP_ROWS

log = structlog.get_logger("relais.audit")


class Following:
    """One realm's audit, followed.

    Attributes:
        audit: what is followed.
        looked: when the whole log was last read, seconds since 1970.
        read: when it was last read on to its end, so; 0: not yet.
    """

    def __init__(
        self,
        audit: RealmAudit,
        metrics: Metrics,
        health: ServiceHealth,
        store: AuditStore | None = None,
    ) -> None:
        """Follow an audit that has started, on the store that it began behind, if any."""
        self.realm = audit.realm
        self.audit = audit
        self._metrics = metrics
        self._health = health
        self._store = store
        self._told: set[AuditFinding] = set()
        self._new: list[tuple[AuditFinding, bool]] = []  # told, not kept
        self._since: dict[AuditFinding, float] = {}  # of what may yet be written, by real time
        self._kinds: dict[str, int] = audit.tally()["kinds"]
        self._kept = self.records
        self._stood = frozenset(audit.stands())  # partitions
        self._stolen = self.stolen  # when the whole log was last read
        self.looked = ports.now()
        self.read = 0
        if store is not None:
            audit.at_signature = self.keep
            audit.watchers.append(store.lives.take)
            self._remember(store)

    @property
    def records(self) -> int:
        """Records replayed."""
        return self.audit.records

    @property
    def lives(self) -> Lives | None:
        """Events and duties as they can be looked up; None where there is no store."""
        return self._store.lives if self._store is not None else None

    @property
    def alarms(self) -> int:
        """How many there were."""
        return sum(1 for finding in self._told if finding.alarm)

    @property
    def registry(self) -> Registry:
        """What control has brought."""
        return self.audit.control.registry

    @property
    def stolen(self) -> Mapping[str, int]:
        """Keys that were called stolen, as far as control has been read."""
        return self.registry.stolen

    @property
    def doubts(self) -> bool:
        """Whether a key was called stolen since the whole log was read: doubt on what it signed."""
        return self.stolen != self._stolen

    async def look(self, now: int) -> None:
        """Replay what is new; what only an end shows is an alarm once it has stood for a while.

        Args:
            now: instant of the routers' clock, seconds. It may have been moved a moment ago.

        Raises:
            UnreachableError: Kafka did not answer in time; `store_unwritable`.
            FencedError: another process has opened the store since.
            LostRowError: the store is not where it was.
        """
        audit = self.audit
        await audit.read_whole()
        self.read = ports.now()
        self._metrics.audited.labels(audit.realm).set(now)
        ends = audit.close(now)[len(audit.findings) :]
        self._since = {finding: self._since.get(finding, ports.monotonic()) for finding in ends}
        stood = [finding for finding, at in self._since.items() if ports.monotonic() - at > IDLE_S]
        self.tell(audit.findings)
        self.tell(stood, lasting=False)
        for kind, number in audit.tally()["kinds"].items():
            self._metrics.records.labels(audit.realm, kind).inc(number - self._kinds.get(kind, 0))
            self._kinds[kind] = number
        self.keep(now=True)

    def look_back(
        self, findings: Iterable[AuditFinding], at: int, stolen: Mapping[str, int]
    ) -> None:
        """Tell of what the whole log held, read from that instant on; `stolen` as it was then."""
        self.tell(findings)
        self._stolen = stolen
        self.looked = at
        self._kept = -1

    def tell(self, findings: Iterable[AuditFinding], *, lasting: bool = True) -> None:
        """Tell of alarms, and of what is in doubt, that were not told of before.

        Args:
            lasting: they are of the log, and not of its end for a while.
        """
        for finding in findings:
            if finding.alarm:
                self._health.warnings.add(finding.code)
            if (finding.alarm or finding.code == IN_DOUBT) and finding not in self._told:
                self._told.add(finding)
                self._new.append((finding, lasting))
                self._tell(finding)

    def keep(self, *, now: bool = False) -> None:
        """Let the store take over what was replayed and told, if it is much or `now`."""
        audit, store = self.audit, self._store
        if store is None or not (now or store.pending > KEEP_ROWS):
            return
        self.tell(audit.findings)
        notes = [(finding, True) for finding in audit.findings if not finding.alarm]
        stands = audit.stands()  # a partition may come to stand without a record more
        as_kept = self.records == self._kept and stands.keys() == self._stood
        if as_kept and not self._new and not notes:
            return
        store.looked = self.looked
        try:
            registry = audit.control.registry
            store.write(stands, len(audit.replayers), registry, [*self._new, *notes])
        except sqlite3.Error as error:
            raise UnreachableError("store_unwritable", store_fault(error)) from error
        self._kept, self._stood, self._new = self.records, frozenset(stands), []
        audit.findings.clear()

    def _remember(self, store: AuditStore) -> None:
        """What was told in an earlier life is not told again, but warned of still."""
        codes = Counter[str]()
        for finding, lasting in store.findings():
            if finding.alarm or finding.code == IN_DOUBT:
                self._told.add(finding)
            if finding.alarm and lasting:
                self._health.warnings.add(finding.code)
                codes[finding.code] += 1
        self.looked = store.looked or self.looked
        if codes:
            log.warning("told before", realm=self.realm, codes=dict(codes))

    def _tell(self, finding: AuditFinding) -> None:
        self._metrics.alarms.labels(finding.code).inc()
        tell = log.error if finding.alarm else log.warning
        tell(
            "divergence" if finding.alarm else "in doubt",
            realm=self.realm,
            partition=finding.partition,
            index=finding.index,
            code=finding.code,
            topic=finding.topic,
            offset=finding.offset,
            at=finding.at,
        )
