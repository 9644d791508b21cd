"""The conditions that a clause may set, and what an issuer declares to meet them (rules §6).

The check of each is in `contracts.decision.conditions`, its words in `services.committee.texts`.
"""

from __future__ import annotations

from typing import Final, Literal

from contracts.vocabulary import reasons

Condition = Literal[
    "informed", "secrecy", "assigned", "urgent", "danger", "authorised", "authorised_if_inquiry",
    "parents_told", "parents_agree", "measure_open", "copy_of", "own_ip", "own_report", "own_st",
]  # fmt: skip
CONDITIONS: Final[tuple[Condition, ...]] = Condition.__args__  # type: ignore[attr-defined]

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
