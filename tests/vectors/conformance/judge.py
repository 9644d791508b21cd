"""What the tested system says of each case, held against the table.

A verdict is a line `{"case": ID, "accepted": bool, "reason": code}`; `reason` may be missing where the
system takes what came, and of a withdrawal `withdrawn` lists the events that it takes back. A system that knows records and no cases says a line a record without `case`, the
cases' files by name: of each case its last line is the verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import orjson

from contracts.errors import UsageError
from services.texts import Catalogue, Text
from tests.vectors.conformance.case import AnyCase

_ = Catalogue(__name__)

CaseFault = Literal[
    "", "no_verdict", "taken", "refused", "other_reason", "not_obeyed", "malformed", "otherwise"
]  # fmt: skip
MAX_VERDICTS: Final = 1 << 20  # bytes
MAX_REASON: Final = 200  # characters: no code of ours has half as many

_NONE: Final[CaseFault] = ""
_SEEN: Final[tuple[CaseFault, ...]] = ("malformed", "otherwise")

FAULTS: Final[Mapping[CaseFault, Text]] = {
    "no_verdict": _("no verdict"),
    "taken": _("taken, though it must be refused"),
    "refused": _("refused, though it must be taken"),
    "other_reason": _("refused for another reason"),
    "not_obeyed": _("taken, and not obeyed"),
    "malformed": _("published, and does not verify"),
    "otherwise": _("done otherwise, or not at all"),
}


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """What the tested system says, or what the kit finds in what it published.

    Attributes:
        fault: which one the kit has seen itself.
        withdrawn: whether something that came before is taken back by it.
    """

    accepted: bool
    reason: str = ""
    fault: CaseFault = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case, what was said of it, and what is wrong with that: nothing if `fault` is empty."""

    case: AnyCase
    verdict: CaseVerdict | None
    fault: CaseFault


def read_verdicts(data: bytes, records: Sequence[tuple[str, int]]) -> dict[str, CaseVerdict]:
    """The verdicts by case.

    Args:
        records: each case with the number of its records, by the names of their files.

    Raises:
        UsageError: `verdicts_too_large`, `verdict_malformed`, `case_unknown`, `verdict_twice`,
            `verdicts_not_as_many`; the place is the line.
    """
    if len(data) > MAX_VERDICTS:
        raise UsageError("verdicts_too_large", _("{n} bytes").of(n=len(data)), _("a line a case"))
    lines = [line for line in data.splitlines() if line.strip()]
    said = [_read(line, str(number)) for number, line in enumerate(lines, 1)]
    if said and not any(name for name, _verdict in said):
        return _by_record([verdict for _name, verdict in said], records)
    known, verdicts = {name for name, _count in records}, dict[str, CaseVerdict]()
    for number, (name, verdict) in enumerate(said, 1):
        if name not in known:
            raise UsageError(
                "case_unknown", _("another name"), _("a case of the plan"), str(number)
            )
        if name in verdicts:
            raise UsageError("verdict_twice", _("a second one"), _("one a case"), str(number))
        verdicts[name] = verdict
    return verdicts


def _read(line: bytes, place: str) -> tuple[str, CaseVerdict]:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        said = None
    if isinstance(said, dict):
        name, accepted = said.get("case", ""), said.get("accepted")
        reason = said.get("reason") or said.get("alarm") or ""
        if isinstance(name, str) and isinstance(accepted, bool) and isinstance(reason, str):
            seen = next((fault for fault in _SEEN if said.get(fault) is True), _NONE)
            return name, CaseVerdict(
                accepted, reason[:MAX_REASON], seen, bool(said.get("withdrawn"))
            )
    example = '{"case": "whole-delivery", "accepted": true}'
    expected = _("a line such as `{example}`").of(example=example)
    raise UsageError("verdict_malformed", _("another line"), expected, place)


def _by_record(
    said: Sequence[CaseVerdict], records: Sequence[tuple[str, int]]
) -> dict[str, CaseVerdict]:
    """Verdicts on records in their order: of each case the last."""
    expected = sum(count for _name, count in records)
    if len(said) != expected:
        raise UsageError(
            "verdicts_not_as_many", _("{n} lines").of(n=len(said)), _("{n} lines").of(n=expected)
        )
    at, verdicts = 0, {}
    for name, count in records:
        at += count
        verdicts[name] = said[at - 1]
    return verdicts


def judge(cases: Iterable[AnyCase], verdicts: Mapping[str, CaseVerdict]) -> tuple[CaseResult, ...]:
    """Each case with what is wrong, in the table's order."""
    said = [(case, verdicts.get(case.id)) for case in cases]
    return tuple(
        CaseResult(
            case,
            verdict,
            fault_of(case.reasons, noticed=case.noticed, withdraws=case.withdraws, verdict=verdict),
        )
        for case, verdict in said
    )


def fault_of(
    reasons: Collection[str], *, noticed: bool, withdraws: bool, verdict: CaseVerdict | None
) -> CaseFault:
    """What is wrong with a verdict; arguments as `ConformanceCase` has them."""
    if verdict is None:
        return "no_verdict"
    if not reasons and not verdict.accepted:
        return verdict.fault or "refused"
    if not reasons:
        return "not_obeyed" if withdraws and not verdict.withdrawn else ""
    if verdict.accepted and not (noticed and verdict.reason in reasons):
        return "taken"
    return "" if verdict.reason in reasons else "other_reason"
