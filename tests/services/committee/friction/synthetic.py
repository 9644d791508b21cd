"""Months of made-up cases, seeded: alerts, receipts, outcomes, duties, refusals, measures."""

from __future__ import annotations

import random
from functools import cache

from services.committee.friction.case_facts import (
    KEPT,
    LATE,
    OPEN,
    CaseFacts,
    CountedDuty,
    CountedEvent,
    DeliveredTo,
    LeftOutCategory,
    RefusedSending,
    SaidOfMeasure,
)
from services.committee.friction.fold import CaseFold
from services.committee.friction.months import DAY_S, begins, span
from services.committee.friction.report import RealmCases, made
from services.committee.friction.told import ToldReport
from tests.contracts.convention.kit import convention

HOUR = 3600
CANARY = "canary-7f3a91"
SENDERS = {"EDU-S": 4, "EDU-H": 3, "PMI": 2, "POL": 2, "ASSO": 2}
RECEIVERS = {"CRIP": (70, 25, 5), "PARQ-CIV": (1,)}  # how often each of a role's desks
REASONS = ("no_clause", "not_informed", "no_call", "not_permitted")


def months_of(first: str, a_month: int, *, seed: str = "friction", many: int = 4) -> CaseFold:
    """A fold of so many months with about so many new cases each."""
    fold, rng = CaseFold({}), random.Random(seed)
    start = begins(first)
    for number in range(a_month * many):
        at = start + rng.randrange(30 * many) * DAY_S + rng.randrange(10 * HOUR) + 8 * HOUR
        token = f"{CANARY}-{seed}-{number}".ljust(43, "x")
        fold.cases[token] = _case(rng, f"{seed}-{number}", at, fold)
    for instants in fold.spoke.values():
        instants.sort()
    return fold


def _case(rng: random.Random, name: str, at: int, fold: CaseFold) -> CaseFacts:
    case = CaseFacts()
    role = rng.choices(list(SENDERS), [38, 20, 10, 20, 12])[0]
    desk = f"urn:relais:civil:desk:{role.lower()}-{rng.randint(1, SENDERS[role])}"
    door = "PARQ-CIV" if rng.random() < 0.15 else "CRIP"
    to = f"urn:relais:civil:desk:{door.lower()}-{_receiver(name, door)}"
    fold.spoke[desk].append(at)
    if rng.random() < 0.2:
        doors = ("CRIP",) if rng.random() < 0.7 else ()
        case.refused.append(RefusedSending(at - HOUR, role, role, "", rng.choice(REASONS), doors))
    purpose = "assess" if door == "CRIP" else "protect_now"
    event = CountedEvent(
        at, at, role, role, desk, "IP" if door == "CRIP" else "SIG",
        (DeliveredTo(to, door, purpose, ()),),
    )  # fmt: skip
    case.events[name] = event
    acknowledged = at + int(rng.expovariate(1 / (9 * HOUR)))
    event.acknowledged[door] = acknowledged
    fold.spoke[to].append(acknowledged)
    _duty(case, f"{name}/ack", "ACK:received", event, at + DAY_S, acknowledged)
    outcome = at + int(rng.expovariate(1 / (50 * DAY_S)))
    event.answered[door] = outcome
    if door == "CRIP":
        _duty(case, f"{name}/r39", "R39:final", event, at + 91 * DAY_S, outcome)
    if rng.random() < 0.3:
        case.left_out.append(
            LeftOutCategory(at, role, rng.choice(("HEALTH", "FACTS")), rng.random() < 0.5)
        )
    if rng.random() < 0.35:
        _measure(rng, case, at + 20 * DAY_S)
    return case


def _receiver(name: str, role: str) -> int:
    """The number of the desk that has a case, by odds of its own."""
    odds = RECEIVERS[role]
    return random.Random(name).choices(range(1, len(odds) + 1), odds)[0]


def _duty(case: CaseFacts, name: str, act: str, of: CountedEvent, due: int, done: int) -> None:
    changes = [(of.at, OPEN, due)]
    if done < due + 60 * DAY_S:
        changes.append((done, KEPT if done <= due else LATE, due))
    legal, to = not act.startswith("ACK"), of.to[0]
    case.duties[name] = CountedDuty(act, to.role, to.desk, of.issuer, of.desk, legal, changes)


def _measure(rng: random.Random, case: CaseFacts, at: int) -> None:
    measures = {0: ("aemo",), 1: ("placement",), 2: ("aemo", "placement")}
    for measure in measures[rng.choices((0, 1, 2), (55, 38, 7))[0]]:
        desks = frozenset({f"urn:relais:civil:desk:{measure}"})
        je = "urn:relais:civil:desk:je"
        case.measures.append(SaidOfMeasure(at, f"{measure}.start", "JE", je, desks))


def judged(fold: CaseFold, seed: str) -> CaseFold:
    """With what another convention would have made of each event."""
    rng = random.Random(seed)
    for case in fold.cases.values():
        sent = [(event.at, event.issuer) for event in case.events.values()]
        sent += [(refused.at, refused.issuer) for refused in case.refused]
        case.judged += [
            (at, rng.choices(("same", "less", "refused"), (80, 15, 5))[0], issuer)
            for at, issuer in sent
        ]
    return fold


def cases_of(fold: CaseFold, begun: str = "2026-06") -> dict[str, RealmCases]:
    """Both buses as they were read: everything on the civil one."""
    force = [(convention(), begins(begun))]
    return {
        "civil": RealmCases(fold, force, None, {0: (12, "x" * 43)}),
        "criminal": RealmCases(CaseFold({}), force, None, {0: (1, "y" * 43)}),
    }


@cache
def report(first: str = "2026-06", last: str = "2027-01", a_month: int = 400) -> ToldReport:
    """A report on months of made-up cases."""
    return made(cases_of(months_of(first, a_month, many=8)), span(first, last))
