"""What an answer says beside its verdict: what was missing, and what looks like a slip of the pen.

A remark stops nothing. In a refusal (422) those of unmet conditions stand in `errors`, in any other
answer all stand in `warnings`: which field of the record, what it holds, what would be right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from contracts.decision.draft import Draft, DraftAddressee
from contracts.decision.foresight import Foreseen
from contracts.decision.heirs import Heirs
from contracts.encoding import rfc3339
from contracts.vocabulary.conditions import DECLARATIONS
from contracts.vocabulary.schema import desk_urn, short
from services.agency.office.responses.sending import Remark

_ALERTS: Final = frozenset({"IP", "SIG"})
_FACTS: Final = frozenset({"FACTS", "FACTS.summary"})
_ALWAYS: Final = frozenset({"withdrawn", "unreadable"})  # stages that no duty asks for beforehand


def unmet(draft: Draft, addressee: DraftAddressee, seen: Foreseen) -> Iterator[Remark]:
    """The fields of the record that would meet the conditions of a desk that gets nothing."""
    for reason in seen.reasons if seen.verdict == "withhold" else ():
        condition, expected = DECLARATIONS.get(reason, ("", ""))
        if place := draft.declares.get(condition):
            got = "nothing" if place not in draft.answered else "another answer"
            yield Remark(cause=reason, place=place, got=got, expected=expected, desk=addressee.desk)


def without_facts(draft: Draft, pairs: Iterable[tuple[DraftAddressee, Foreseen]]) -> list[Remark]:
    """An alert of which a desk is sent no fact: it can be taken, and hardly assessed."""
    if draft.etype not in _ALERTS:
        return []
    return [
        Remark(
            cause="no_facts",
            got="an alert without facts",
            expected="what was observed, or a summary",
            desk=addressee.desk,
        )
        for addressee, seen in pairs
        if seen.verdict != "withhold" and not _FACTS & set(seen.scopes)
    ]


def ending(draft: Draft, heirs: Heirs, at: int) -> list[Remark]:
    """Desks that end and are delivered to for a time yet: who is to be written to in their place."""
    ends = []
    for one in draft.to:
        urn = desk_urn(draft.realm, one.desk)
        if (succession := heirs.succession(urn)) is not None and not heirs.has_ended(urn, at):
            got = f"a desk that ends on {rfc3339(succession.until)}"
            names = " or ".join(map(short, heirs.next_of(urn)))
            ends.append(Remark(cause="desk_ends", got=got, expected=names, desk=one.desk))
    return ends


def stage_not_expected(stage: str, owed: Collection[str]) -> list[Remark]:
    """An acknowledgement whose stage meets nothing of what the arrival made its recipient owe.

    Args:
        owed: stages that acknowledgements are owed with; any later stage meets `received`.
    """
    expected = set(owed) | ({"declined"} if "accepted" in owed else set())
    if not owed or stage in expected | _ALWAYS or "received" in owed:
        return []
    wanted = " or ".join(sorted(expected))
    return [Remark(cause="stage_not_expected", place="stage", got=stage, expected=wanted)]
