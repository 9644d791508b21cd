"""What an auditor found in the log of a realm, or of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any

from contracts.log.replaying.finding import AuditFinding, Shared, Tally


@dataclass(frozen=True)
class AuditVerdict:
    """What the auditor found in one realm, or in all.

    Attributes:
        tallies: realm -> counts over all its partitions, as `summed` has them.
        findings: (realm, finding), in the order of the log.
        rejected: realm -> codes of orders that control held and nobody took.
        shared: realm -> what went to whom by which grant, as far as it was decided again; not in
            `json`.
    """

    tallies: dict[str, dict[str, Any]]
    findings: tuple[tuple[str, AuditFinding], ...]
    rejected: dict[str, list[str]]
    shared: dict[str, Shared] = field(default_factory=dict)

    def with_findings(self, more: Iterable[tuple[str, AuditFinding]]) -> AuditVerdict:
        """The same verdict with more findings, in the order of the log.

        Partitions are read interleaved, in another order each time.
        """
        realms = list(self.tallies)
        ordered = sorted(
            (*self.findings, *more), key=lambda row: (realms.index(row[0]), astuple(row[1]))
        )
        return replace(self, findings=tuple(ordered))

    @property
    def records(self) -> int:
        """Records replayed."""
        return sum(tally["records"] for tally in self.tallies.values())

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


def merged(verdicts: Iterable[AuditVerdict]) -> AuditVerdict:
    """One verdict on all realms, of those on each."""
    whole = AuditVerdict({}, (), {})
    for each in verdicts:
        whole = AuditVerdict(
            whole.tallies | each.tallies,
            (*whole.findings, *each.findings),
            whole.rejected | each.rejected,
            whole.shared | each.shared,
        )
    return whole.with_findings(())


def summed(tallies: Iterable[Tally]) -> dict[str, Any]:
    """Counts over some partitions."""
    total = asdict(Tally())
    for tally in tallies:
        for name, count in asdict(tally).items():
            if isinstance(count, dict):
                total[name] = dict(Counter(total[name]) + Counter(count))
            else:
                total[name] += count
    return total
