"""What an auditor found, and how what was found in each realm becomes one verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from operator import attrgetter
from typing import Any, Final

from contracts.log.replaying.finding import AuditFinding, Shared, Tally

_IN_ORDER: Final = attrgetter(*(each.name for each in fields(AuditFinding)))


@dataclass(frozen=True)
class AuditVerdict:
    """What the auditor found in all realms.

    Attributes:
        clean: no finding is an alarm.
        records: replayed.
        tallies: realm -> counts.
        findings: (realm, finding), in the order of the log.
        rejected: realm -> codes of orders that control held and nobody took.
        shared: realm -> what went to whom by which grant, as far as it was decided again; not in
            `json`.
    """

    records: int
    tallies: dict[str, dict[str, Any]]
    findings: tuple[tuple[str, AuditFinding], ...]
    rejected: dict[str, list[str]]
    shared: dict[str, Shared] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether the log is what honest routing would have written."""
        return not any(finding.alarm for _, finding in self.findings)

    @property
    def unaudited(self) -> int:
        """Records that were read and not decided again."""
        return sum(tally["unaudited"] for tally in self.tallies.values())

    @property
    def erased(self) -> int:
        """Records that cannot be decided again since an order erased what they stood on."""
        return sum(tally["erased"] for tally in self.tallies.values())

    @property
    def from_evidence(self) -> dict[str, int]:
        """What was out of reach without keys and taken from evidence, by kind."""
        kinds: Counter[str] = Counter()
        for tally in self.tallies.values():
            kinds.update(tally["from_evidence"])
        return dict(sorted(kinds.items()))

    @property
    def notes(self) -> dict[str, int]:
        """How many findings there are by code that are no alarm."""
        codes = Counter(finding.code for _, finding in self.findings if not finding.alarm)
        return dict(sorted(codes.items()))

    def json(self) -> dict[str, Any]:
        """For people and programs; nothing of a case."""
        findings = [{"realm": realm, **asdict(finding)} for realm, finding in self.findings]
        return {
            "clean": self.clean, "records": self.records, "unaudited": self.unaudited,
            "erased": self.erased, "from_evidence": self.from_evidence,
            "notes": self.notes, "realms": self.tallies, "findings": findings,
            "orders_rejected": self.rejected,
        }  # fmt: skip


@dataclass(frozen=True)
class ReplayedPart:
    """What was found in a realm.

    Attributes:
        tally: counts over all partitions, as `summed` has them.
    """

    tally: dict[str, Any]
    findings: Sequence[AuditFinding]
    rejected: Sequence[str]
    shared: Shared = field(default_factory=Shared)

    @property
    def records(self) -> int:
        """Records replayed."""
        return int(self.tally["records"])


def merged(parts: Mapping[str, ReplayedPart]) -> AuditVerdict:
    """The verdict on all realms."""
    return AuditVerdict(
        sum(part.records for part in parts.values()),
        {realm: part.tally for realm, part in parts.items()},
        tuple((realm, each) for realm, part in parts.items() for each in in_place(part.findings)),
        {realm: list(part.rejected) for realm, part in parts.items()},
        {realm: part.shared for realm, part in parts.items()},
    )


def in_place(findings: Iterable[AuditFinding]) -> list[AuditFinding]:
    """Findings in the order of the log: partitions come interleaved, in another order each time."""
    return sorted(findings, key=_IN_ORDER)


def summed(tallies: Iterable[Tally]) -> dict[str, Any]:
    """Counts over some partitions."""
    total = Tally()
    for tally in tallies:
        for name in ("kinds", "from_evidence"):
            counts = getattr(total, name)
            for kind, number in getattr(tally, name).items():
                counts[kind] = counts.get(kind, 0) + number
        for name in (
            "records", "released", "withheld", "refused", "not_published", "unaudited", "erased",
        ):  # fmt: skip
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    return asdict(total)
