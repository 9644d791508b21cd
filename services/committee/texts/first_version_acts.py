"""Which act the words on a clause's number speak of: another act has no such words.

`words.ACTS` names what is owed by the numbers of the first version ("the report to the judge
(R28)"). A version may give a number to something else; a duty's sentence would then say more than
the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from contracts.convention.clauses import Grant
    from contracts.convention.model import Convention


class ActShape(NamedTuple):
    """What the words say of a clause.

    Attributes:
        issuer, recipient: the only role that the words name, empty if none.
        condition: without which they would not be true, empty if none.
    """

    event: str
    purpose: str
    issuer: str = ""
    recipient: str = ""
    condition: str = ""


SHAPES: Final[dict[str, ActShape]] = {
    "R11": ActShape("SIG", "avoid_duplicates", condition="copy_of"),
    "R12": ActShape("SIG", "seize_judge", issuer="CRIP"),
    "R16": ActShape("EVALREP", "evaluate"),
    "R17": ActShape("EVALREP", "evaluate"),
    "R18": ActShape("EVALREP", "decide"),
    "R23": ActShape("ST", "seize_judge", recipient="JE"),
    "R26": ActShape("MEASURE", "execute"),
    "R27": ActShape("MEASURE", "mjie"),
    "R28": ActShape("EVALREP", "judge", recipient="JE"),
    "R31": ActShape("EVALREP", "progress"),
    "R38": ActShape("HEARING", "be_present"),
    "R39": ActShape("FEEDBACK", "close_loop"),
    "R40": ActShape("FEEDBACK", "close_loop"),
    "R41": ActShape("FEEDBACK", "close_loop", condition="own_report"),
}


def is_known(convention: Convention, clause: str) -> bool:
    """Whether a clause of this convention is what its number's words say, in every grant."""
    shape, grants = SHAPES.get(clause), convention.by_clause.get(clause, ())
    return shape is not None and bool(grants) and all(_has(grant, shape) for grant in grants)


def _has(grant: Grant, shape: ActShape) -> bool:
    return (
        (grant.event, grant.purpose) == (shape.event, shape.purpose)
        and (not shape.issuer or grant.issuers == (shape.issuer,))
        and (not shape.recipient or grant.recipients == (shape.recipient,))
        and (not shape.condition or shape.condition in grant.conditions)
    )
