"""The vocabulary of the convention: roles, realms, scopes, event types, purposes (rules §2 to §4).

A scope is `CATEGORY` or `CATEGORY.scope`. A *base* scope releases its *narrow* scopes; *extra*
scopes and all of CODE are released only where a clause names them.
"""

from __future__ import annotations

from typing import Final

CIVIL: Final = "civil"
CRIMINAL: Final = "criminal"
REALMS: Final = (CIVIL, CRIMINAL)

AGENCIES: Final = ("education", "police", "justice", "child_welfare", "association")

# role -> agency (rules §2)
ROLES: Final[dict[str, str]] = {
    "EDU-S": "education",
    "EDU-H": "education",
    "POL": "police",
    "PARQ-CIV": "justice",
    "PARQ-CRIM": "justice",
    "JE": "justice",
    "PJJ": "justice",
    "CRIP": "child_welfare",
    "ASE": "child_welfare",
    "PMI": "child_welfare",
    "HOME": "child_welfare",
    "MO": "child_welfare",
    "ASSO": "association",
    "PSP": "association",
}

# Readers of published aggregates: outside the directory, no keys (R44, R45).
READERS: Final = ("ODPE", "ONPE", "OBSERVATOIRE", "COPIL", "MMPCR")

BASE: Final = "base"
NARROW: Final = "narrow"
EXTRA: Final = "extra"

# scope -> kind (rules §3)
SCOPES: Final[dict[str, str]] = {
    "IDENTITY": BASE,
    "IDENTITY.description": EXTRA,
    "CONTACT": BASE,
    "FAMILY": BASE,
    "SCHOOLING": BASE,
    "FACTS": BASE,
    "FACTS.summary": NARROW,
    "FACTS.third_party": EXTRA,
    "FACTS.source": EXTRA,
    "RISK": BASE,
    "RISK.level": NARROW,
    "RISK.flags": NARROW,
    "RISK.safety": NARROW,
    "HEALTH": BASE,
    "HEALTH.vital": NARROW,
    "PROCEDURE": BASE,
    "PROCEDURE.reference": NARROW,
    "PROCEDURE.status": NARROW,
    "PROCEDURE.hearing": NARROW,
    "MEASURE": BASE,
    "MEASURE.proposal": NARROW,
    "MEASURE.actions": NARROW,
    "MEASURE.attendance": NARROW,
    "MEASURE.custodian": NARROW,
    "LOCATION": BASE,
    "CODE.questions": EXTRA,
    "CODE.outcome": EXTRA,
    "CODE.attendance": EXTRA,
    "CODE.absence": EXTRA,
    "CODE.meeting": EXTRA,
    "STAT.counts": EXTRA,
}

# Names nobody: sealed all the same, but no free text about a person lives in it.
CATEGORIES: Final = tuple(sorted({scope.split(".")[0] for scope in SCOPES}))

# The twelve acts that the convention's clauses rule.
EVENT_TYPES: Final = (
    "IP", "SIG", "EVALREQ", "EVALREP", "SPECREF", "ST", "MEASURE", "MISSING", "HEARING",
    "FEEDBACK", "COORD", "STAT",
)  # fmt: skip

# Events of the bus itself (rules §8): those of every convention, and that of one that names
# reference services (rules §17). What the router alone issues is in no outbox.
STANDING_EVENTS: Final = ("ACK", "WITHDRAW", "LINK", "UNLINK")
LOOKUP: Final = "LOOKUP"
SYSTEM_EVENTS: Final = (*STANDING_EVENTS, LOOKUP)
# On no case, and in no convention: nothing is shared by it.
PING: Final = "PING"  # of a desk that looks whether its way through the router is open
BUS_EVENTS: Final = (*SYSTEM_EVENTS, PING)  # all that no clause rules
ROUTER_EVENTS: Final = ("REFUSE", "OVERDUE")

ACKNOWLEDGE: Final = "acknowledge"  # the purpose of an ACK
WITHDRAWAL: Final = "withdraw"  # the purpose of a WITHDRAW

PURPOSES: Final = (
    "assess", "adapt_measure", "protect_now", "avoid_duplicates", "seize_judge", "evaluate",
    "contribute", "decide", "joint_evaluation", "investigate", "notice_706_49", "execute_opp",
    "execute", "mjie", "judge", "aed_home", "specialist_followup", "progress", "keep_schooling",
    "search", "protect", "return", "absence_code", "be_present", "close_loop", "invite",
    "decisions", "observe", "steer",
)  # fmt: skip

ACK_STAGES: Final = (
    "received", "accepted", "declined", "started", "decided", "withdrawn", "unreadable",
)  # fmt: skip


OUTCOME_CODES: Final = (
    "received", "not_ip", "being_evaluated", "help_in_place", "already_followed",
    "sent_to_justice", "measure_ordered", "closed",
)  # fmt: skip
FINAL_OUTCOMES: Final = frozenset(
    {"not_ip", "closed", "measure_ordered", "sent_to_justice", "help_in_place", "already_followed"}
)
JUDICIAL_OUTCOMES: Final = (*OUTCOME_CODES, "prosecuted", "alternative")  # R41

RETENTION_CLASSES: Final = {"P7": 7, "P30": 30, "P90": 90}  # days after a key's end
# A key serves a week or a month, and seven days more (keys §1.2).
_KEY_DAYS: Final = {"P7": 7 + 7, "P30": 31 + 7, "P90": 31 + 7}
AHEAD_WEEKS: Final = 5  # for which keys are published: a month ahead
# For how many days at most what is sealed can be opened.
KEPT_DAYS: Final = {kept: days + _KEY_DAYS[kept] for kept, days in RETENTION_CLASSES.items()}


def releases(permitted: frozenset[str], scope: str) -> bool:
    """Whether a clause that permits `permitted` releases `scope` (base releases narrow)."""
    if scope in permitted:
        return True
    return SCOPES.get(scope) == NARROW and scope.split(".")[0] in permitted


def expand(permitted: frozenset[str]) -> frozenset[str]:
    """Every scope that a clause permitting `permitted` releases."""
    return frozenset(scope for scope in SCOPES if releases(permitted, scope))
