"""The acts and roles that rules of the bus name, whatever a version says (rules §6, §11)."""

from __future__ import annotations

from typing import Final

from contracts.convention.clauses import Act
from contracts.convention.duty import DutySpec
from contracts.convention.model import Convention

# Acts: event type and purpose. A past event is known by the number of the clause that released it,
# and a number keeps its act for ever (`adoption.check_numbers`).
ALERT: Final[Act] = ("IP", "assess")  # an information préoccupante
REPORT: Final[Act] = ("SIG", "protect_now")  # a signalement
COPY: Final[Act] = ("SIG", "avoid_duplicates")  # of a signalement, for the CRIP
INQUIRY: Final[Act] = ("ST", "investigate")  # the police hears back of it, though it did not report
INQUIRED: Final = ("own_report", "POL")
_ORDER: Final[Act] = ("ST", "evaluate")  # a prosecutor asks the CRIP for an evaluation
# What an event of one's own must have been for the answer; whose report is answered, the clause
# says.
_ANSWERED: Final[dict[str, tuple[Act, ...]]] = {
    "own_ip": (ALERT, COPY), "own_report": (REPORT,), "own_st": (_ORDER,), "copy_of": (REPORT,),
}  # fmt: skip
LINKERS: Final = ("CRIP",)  # roles that may link cases
CONFIRMATION: Final = DutySpec("ACK:withdrawn", "recipient", "issuer", "1wd")


def answerable(convention: Convention, condition: str) -> frozenset[str] | None:
    """Clauses by which an event was released that a condition lets be answered or copied.

    INQUIRED alone is answered by INQUIRY.
    """
    acts = _ANSWERED.get(condition)
    return convention.numbers(*acts) if acts is not None else None
