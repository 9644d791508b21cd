"""The civil log, replayed by its auditor and counted by month as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.keys.directory import Directory
from contracts.log.orders import Owners, Registry
from contracts.vocabulary.scopes import CIVIL
from services.audit.replay import Progress, RealmAudit
from services.audit.source import LogSource
from services.audit.verdict import AuditVerdict, merged
from services.committee.statistics.counted import Month, MonthlyCount
from services.texts import Catalogue

_ = Catalogue(__name__)

SETTLED_S: Final = 3_600  # after its end: routers stop at two minutes off the brokers' time


@dataclass(frozen=True)
class CountedLog:
    """What was counted, and the orders that it was decided under.

    Attributes:
        ended: months that have ended, YYYY-MM -> what happened in them, the earliest first.
    """

    ended: Mapping[str, Month]
    registry: Registry
    verdict: AuditVerdict

    def in_force(self, name: str) -> tuple[Convention, Directory]:
        """What a month's last record was decided under."""
        month = self.ended[name]
        return self.registry.conventions[month.convention], self.registry.directories[
            month.directory
        ]


async def counted(
    source: LogSource, owners: Owners, now: Callable[[], int], progress: Progress | None = None
) -> CountedLog:
    """Replay and count the civil log.

    Raises:
        UsageError: `log_not_clean`: an auditor signs no figures of it.
        UnreachableError: Kafka did not answer in time.
    """
    audit = RealmAudit(source, CIVIL, owners)
    registry = audit.control.registry
    count = MonthlyCount(registry.conventions, registry.directories)

    def watch(record: Inbound, evidence: bytes | None) -> None:
        value = record.value or b""
        count.take(record.partition, leaf_hash(value), value, evidence)

    audit.watchers.append(watch)
    part = await audit.read_through(now, progress)
    verdict = merged([CIVIL], [{CIVIL: part}], {})
    if not verdict.clean:
        first = next(finding for _realm, finding in verdict.findings if finding.alarm)
        expected = _("a log without alarms; `relais audit replay` lists them")
        raise UsageError("log_not_clean", first.code, expected)
    at, months = now() - SETTLED_S, count.months
    ended = {
        name: months[name] for name in sorted(months) if _end(name, registry, months[name]) <= at
    }
    return CountedLog(ended, registry, verdict)


def _end(name: str, registry: Registry, month: Month) -> int:
    """The instant at which a month ends, in Paris."""
    calendar = registry.conventions[month.convention].calendar
    return calendar.instant(calendar.add_months(date.fromisoformat(f"{name}-01"), 1))


def between(months: Mapping[str, Any], first: str, last: str) -> list[str]:
    """The months of a span, both ends included; an empty end is open."""
    return [name for name in months if (first or name) <= name <= (last or name)]
