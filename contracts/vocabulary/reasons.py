"""The closed list of coded reasons, one a cause (rules §7).

Refusals carry codes; their French and English texts are in `services.labels.code_labels`.
"""

from __future__ import annotations

from typing import Final

# The whole desk is withheld
NO_CLAUSE: Final = "no_clause"
UNKNOWN_DESK: Final = "unknown_desk"
DESK_ENDED: Final = "desk_ended"  # the door is its successor
ISSUER_ENDED: Final = "issuer_ended"  # it may only answer, withdraw and end
NOT_READ: Final = "not_read"  # by the desk's own word; an intake says so, no router
NOT_INFORMED: Final = "not_informed"
ISSUER_NOT_SECRECY_BOUND: Final = "issuer_not_secrecy_bound"
RECIPIENT_NOT_SECRECY_BOUND: Final = "recipient_not_secrecy_bound"
NOT_ASSIGNED: Final = "not_assigned"
NO_CALL: Final = "no_call"
DANGER_NOT_QUALIFIED: Final = "danger_not_qualified"
NO_AUTHORISATION: Final = "no_authorisation"
INQUIRY_NOT_DECLARED: Final = "inquiry_not_declared"
PARENTS_NOT_TOLD: Final = "parents_not_told"
PARENTS_NOT_AGREED: Final = "parents_not_agreed"
NO_OPEN_MEASURE: Final = "no_open_measure"
NOT_A_COPY: Final = "not_a_copy"
NOT_OWN_IP: Final = "not_own_ip"
NOT_OWN_REPORT: Final = "not_own_report"
NOT_OWN_ST: Final = "not_own_st"
NO_PARTS: Final = "no_parts"
NOTHING_RELEASED: Final = "nothing_released"
ENDS_NOT_OWN: Final = "ends_not_own"

# One scope is withheld
NOT_PERMITTED: Final = "not_permitted"
HARD_DENIAL: Final = "hard_denial"
WRONG_RETENTION: Final = "wrong_retention"
NOT_IN_ORIGINAL: Final = "not_in_original"
NOT_SENT: Final = "not_sent"  # a scope that a clause would release and the issuer left out

# System events
NOT_DELIVERED: Final = "not_delivered"
STAGE_MISSING: Final = "stage_missing"
STAGE_REPEATED: Final = "stage_repeated"
NOT_OWN_EVENT: Final = "not_own_event"
NOT_LINKABLE: Final = "not_linkable"
NOT_REFERENCE: Final = "not_reference"  # whether or not there is such a case
ATTEMPT: Final = "attempt"
PUBLICATION_ONLY: Final = "publication_only"
NOT_FOR_OUTBOX: Final = "not_for_outbox"

REASONS: Final = tuple(
    value for name, value in sorted(globals().items()) if name.isupper() and isinstance(value, str)
)
