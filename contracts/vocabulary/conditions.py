"""The conditions that a clause may set, and what an issuer declares to meet them (rules §6).

The check of each is in `contracts.decision.conditions`, its words in `services.labels`.
"""

from __future__ import annotations

from typing import Final, Literal

from contracts.vocabulary import reasons
from contracts.vocabulary.schema import Closed, Instant, Reference

Condition = Literal[
    "informed", "secrecy", "assigned", "urgent", "danger", "authorised", "authorised_if_inquiry",
    "parents_told", "parents_agree", "measure_open", "copy_of", "own_ip", "own_report", "own_st",
]  # fmt: skip
CONDITIONS: Final[tuple[Condition, ...]] = Condition.__args__  # type: ignore[attr-defined]

# Condition → what a cover declares (`Declared`) that it reads; `auth` where the first asks for it.
DECLARED: Final[dict[Condition, tuple[str, ...]]] = {
    "informed": ("informed",),
    "urgent": ("call",),
    "danger": ("danger",),
    "authorised": ("auth",),
    "authorised_if_inquiry": ("inquiry", "auth"),
    "parents_told": ("parents_told", "auth"),
    "parents_agree": ("parents_agree",),
    "measure_open": ("measure_open",),
}

# Reason of a condition that is not met → what a record declares (`Says`), and what would meet it.
# Reasons that are not here lie with the state or the directory: no declaration helps.
DECLARATIONS: Final[dict[str, tuple[str, str]]] = {
    reasons.NOT_INFORMED: ("told", "whether parents and minor were told, or why not"),
    reasons.NO_CALL: ("call", "the call that came first"),
    reasons.DANGER_NOT_QUALIFIED: ("danger", "true"),
    reasons.NO_AUTHORISATION: ("authorisation", "the reference of an authorisation"),
    reasons.INQUIRY_NOT_DECLARED: ("inquiry", "true or false"),
    reasons.PARENTS_NOT_TOLD: ("parents_told", "written or deferred"),
    reasons.PARENTS_NOT_AGREED: ("parents_agree", "true"),
    reasons.NO_OPEN_MEASURE: ("measure_open", "true"),
}

# `informed`: told; or exempted with one of four coarse motives (R.226-2-2, L.226-2-1 CASF):
# contrary to the child's interest; family suspected; judicial inquiry; age, maturity or absence.
InformedStatus = Literal[
    "informed", "exempted_interest", "exempted_family", "exempted_inquiry", "exempted_maturity"
]


class Informed(Closed):
    """Whether parents and minor were informed (CASF L.226-2-1, L.226-2-2): no consent."""

    parents: InformedStatus
    minor: InformedStatus


class Call(Closed):
    """The phone call that comes before an urgent event; the event is its trace."""

    to: Literal["duty_magistrate", "police_17", "snated_119", "duty_officer"]
    at: Instant
    ref: Reference


class Declared(Closed):
    """Conditions that the issuer declares; worth what the issuer's word is worth."""

    informed: Informed | None = None
    call: Call | None = None
    auth: Reference | None = None
    danger: bool | None = None
    inquiry: bool | None = None
    parents_told: Literal["written", "deferred"] | None = None
    parents_agree: bool | None = None
    measure_open: bool | None = None


class SlipDeclared(Closed):
    """The declared conditions that an addressee may see."""

    call: Call | None = None
    auth: Reference | None = None
    danger: bool | None = None
