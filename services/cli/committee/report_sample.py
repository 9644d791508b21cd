"""An invented year for `relais report --sample`: the same each time, and marked so on the page."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import TYPE_CHECKING, Final

from contracts.vocabulary.reasons import NO_CLAUSE
from contracts.vocabulary.scopes import CIVIL
from services.audit.facts import DAY, Facts, end_of, measures_of
from services.committee.report.published import publish

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from services.committee.report.published import Edition

# Situations a quarter; of a clause that is not named, up to three.
_OFTEN: Final = {
    ("EDU-S", "CRIP", "IP"): 90, ("PMI", "CRIP", "IP"): 30, ("ASSO", "CRIP", "IP"): 14,
    ("CRIP", "ASE", "EVALREQ"): 70, ("ASE", "CRIP", "EVALREP"): 60, ("PARQ-CIV", "JE", "SIG"): 20,
    ("CRIP", "PARQ-CIV", "SIG"): 28, ("EDU-S", "PARQ-CIV", "SIG"): 9, ("JE", "MO", "MEASURE"): 18,
    ("JE", "ASE", "MEASURE"): 16, ("PARQ-CIV", "ASE", "MEASURE"): 12, ("ASE", "EDU-S", "COORD"): 8,
    ("HOME", "POL", "MISSING"): 24, ("ASE", "MO", "MEASURE"): 13, ("CRIP", "EDU-S", "FEEDBACK"): 20,
}  # fmt: skip
TOLD: Final = "not_informed"
_REFUSED: Final = (
    ("EDU-H", "POL", "IP.assess", NO_CLAUSE, 12), ("ASE", "JE", "EVALREP.judge", NO_CLAUSE, 9),
    ("ASE", "POL", "MISSING.search", NO_CLAUSE, 7), ("CRIP", "POL", "COORD.invite", NO_CLAUSE, 8),
    ("ASE", "PARQ-CIV", "SIG.protect_now", NO_CLAUSE, 6), ("PMI", "CRIP", "IP.assess", TOLD, 4),
    ("PSP", "POL", "COORD.invite", NO_CLAUSE, 4), ("EDU-S", "CRIP", "IP.assess", TOLD, 12),
    ("ASE", "EDU-S", "COORD.invite", "not_assigned", 7),
)  # fmt: skip


def sample_year(convention: Convention, year: str) -> list[Edition]:
    """Four quarters over a convention, rounded as real ones are."""
    facts, draw = Facts(), Random(year)  # noqa: S311
    quarters = [f"{year}-{part}" for part in range(1, 5)]
    for quarter in quarters:
        _fill(facts, draw, convention, end_of(quarter) - DAY)
    key = f"{year}-3081".encode()  # by which refusals and what followed them agree in 2026
    return [publish(each, convention.digest, facts.counts(each), key) for each in quarters]


def _fill(facts: Facts, draw: Random, convention: Convention, at: int) -> None:
    """Add a quarter's rows, each of a case of its own."""

    def add(count: int, *fact: str, seconds: int | None = None) -> None:
        for _each in range(draw.randrange(count * 3 // 4, count * 5 // 4 + 1)):
            facts.add(at, (str(draw.getrandbits(64)), *fact), seconds)

    for grant in convention.grants:
        for issuer, to in product(grant.issuers, grant.recipients):
            if grant.realm != CIVIL or grant.publication:
                continue
            often = _OFTEN.get((issuer, to, grant.event), draw.randrange(4))
            add(often, issuer, to, grant.id, "used", "")
            for part, seconds in ((0.7, 0), (0.1, 2 * DAY), (0.1, 20 * DAY), (0.1, None)):
                add(round(often * part), issuer, to, "", "duty", "", seconds=seconds)
            if grant.event == "IP":
                add(often, issuer, "", "IP", "alert", "")
                add(often // 8, issuer, "", "IP", "alert", "", seconds=20 * DAY)
            for measure in measures_of([(grant.purpose, to)]) if grant.event == "MEASURE" else ():
                add(often, issuer, "", "MEASURE", "measure", measure)
    for issuer, to, act, reason, count in _REFUSED:
        add(count // 2, issuer, to, act, "refusal", reason)
        add(count // 2, issuer, to, act, "refusal", reason, seconds=3 * DAY)
