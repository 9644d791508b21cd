"""Which measure an event orders, as far as a router can see: by its purpose and who must carry it out.

What it is in words travels sealed. Where purpose and roles leave it open it is named so, and never
guessed: a judge's decision that goes to the ASE alone may entrust a child to it or to a third party.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from contracts.convention.clauses import Grant

MEASURE: Final = "MEASURE"
PLACEMENT: Final = "placement"
AEMO: Final = "aemo"
OPEN: Final = "judge_open"

START: Final = "start"
BEGAN: Final = "began"  # as who carries it out has acknowledged
RENEWAL: Final = "renewal"
END: Final = "end"
PHASES: Final = (START, RENEWAL, END)

# Purpose -> the measure, whoever carries it out (rules R25, R27, R29, R46).
_BY_PURPOSE: Final = {
    "execute_opp": "placement_opp",
    "mjie": "mjie",
    "aed_home": "aed",
    "adapt_measure": "placement_agreed",
}
_JUDGE: Final = "execute"  # R26: by who carries it out
_EACH_OTHERS: Final = ("PARQ-CIV", "JE")  # who may end what the other began (rules §5)
_BY_ROLE: Final = {"HOME": PLACEMENT, "MO": AEMO}


def measures_of(to: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The measures that one event orders, sorted.

    Args:
        to: purpose and role of those to whom it was delivered.
    """
    addressed = list(to)
    measures = {_BY_PURPOSE[purpose] for purpose, _role in addressed if purpose in _BY_PURPOSE}
    judged = {role for purpose, role in addressed if purpose == _JUDGE}
    if judged:
        measures |= {_BY_ROLE[role] for role in judged if role in _BY_ROLE} or {OPEN}
    return tuple(sorted(measures))


def carried_out(grant: Grant) -> Iterator[tuple[str, str]]:
    """The rows in which events by a clause may count, each with the role whose act that is."""
    if grant.event != MEASURE:
        return
    for role in grant.recipients:
        for measure in measures_of([(grant.purpose, role)]):
            for phase in PHASES:
                by = (
                    _EACH_OTHERS if phase == END and set(grant.issuers) <= set(_EACH_OTHERS) else ()
                )
                yield from ((f"{measure}.{phase}", issuer) for issuer in (*grant.issuers, *by))
            if any(
                _says_when_it_began(duty.stages, duty.recipients, role) for duty in grant.duties
            ):
                yield f"{measure}.{BEGAN}", role


def _says_when_it_began(stages: Iterable[str], recipients: Iterable[str], role: str) -> bool:
    return "started" in stages and role in (tuple(recipients) or (role,))
