"""What is owed is told under who owes it now, and with who it came from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from contracts.decision.heirs import Heirs
from contracts.decision.state.state import OPEN
from contracts.vocabulary.schema import desk_urn, short
from services.audit.lives.rows import Row
from services.audit.store import AuditStore
from tests.contracts.log.erasing.kit import naming, order
from tests.flows.acts import CASE, OTHER, raw, ref
from tests.flows.passing_on import THIRD, pass_on, place, three_homes
from tests.services.audit.test_lives import stored_bytes, take_over
from tests.world import World

HOUR = 3_600


def owed(store: AuditStore) -> dict[str, int]:
    """How much each home owes now, duty by duty."""
    lives = store.lives
    told = [lives.duties(event.decode()) for event, _row in list(lives._rows.all("lives"))]
    debtors = (row["debtor"] for rows in told for row in rows if row["status"] == OPEN)
    return Counter(short(debtor) for debtor in debtors if "home" in debtor)


def counted(world: World) -> dict[str, int]:
    """The same by the router's own state."""
    state = world.routers["civil", 0].state
    count: Counter[str] = Counter()
    for case in state.cases.values():
        heirs = Heirs(state.successions.get, case.entrusted)
        for duty in case.duties.values():
            count[short(heirs.heir(duty.debtor))] += duty.status == OPEN
    return {desk: n for desk, n in count.items() if n and "home" in desk}


def receipt(store: AuditStore, event: str) -> Row:
    """The receipt that a home owes of its order."""
    (duty,) = [one for one in store.lives.duties(event) if one["act"] == "ACK:received"]
    return duty


def read(world: World, store: AuditStore, first: int = 0) -> int:
    """Let the audit read on, and write what it has; how many records there are."""
    number = take_over(world, store.lives, world.evidence("civil", 0), first)
    store.write({}, 1, world.registries["civil"], ())
    return number


def test_what_a_desk_that_ends_owes_is_its_heir_s(store: AuditStore) -> None:
    """What was open before the order, late or not, and what its own mail opens after it."""
    world = three_homes(partitions=1)
    place(world)
    world.clock.advance(2 * HOUR)
    world.settle()
    number = read(world, store)
    before = owed(store)
    pass_on(world, "home-1", "home-2")
    place(world, case=OTHER)
    read(world, store, number)

    opened = before["home-1"]
    assert before == {"home-1": opened}
    assert owed(store) == counted(world) == {"home-2": 2 * opened}


def test_a_case_that_is_given_away_is_owed_by_who_has_it(store: AuditStore) -> None:
    """The other one stays with the first heir; and what ends in its turn is its own heir's."""
    world = three_homes(partitions=1)
    place(world)
    place(world, case=OTHER)
    pass_on(world, "home-1", "home-2", THIRD)
    raw(world, "home-1", "ENTRUST", (THIRD, "entrust", ""), declared={})
    number = read(world, store)
    split = owed(store)
    pass_on(world, THIRD, "home-2")
    read(world, store, number)

    half = split["home-2"]
    assert split == dict.fromkeys(("home-2", THIRD), half)
    assert owed(store) == counted(world) == {"home-2": 2 * half}


def test_a_late_duty_says_under_whom_it_fell_overdue(store: AuditStore) -> None:
    """The clause named one, it was overdue under its heir, and a third one owes it."""
    world = three_homes(partitions=1)
    event = place(world)
    pass_on(world, "home-1", "home-2", THIRD)
    world.clock.advance(2 * HOUR)
    world.settle()
    raw(world, "home-1", "ENTRUST", (THIRD, "entrust", ""), declared={})
    read(world, store)

    told = receipt(store, event)
    names = [short(told[name]) for name in ("first", "late_under", "debtor")]
    assert (names, told["status"]) == (["home-1", "home-2", THIRD], "open")


def test_a_lie_about_heirs_is_no_way_round_and_moves_nothing(store: AuditStore) -> None:
    """An order that leads back, and a case for who is no heir: a path without an end."""
    world = three_homes(partitions=1)
    event = place(world)
    pass_on(world, "home-1", "home-2")
    read(world, store)
    first, second = desk_urn("civil", "home-1"), desk_urn("civil", "home-2")
    before = owed(store)

    lies: list[dict[str, Any]] = [
        {"k": "succession", "desk": second, "heirs": [first], "until": 0},
        {"k": "entrusted", "sub": CASE, "desk": first, "heir": first},
        {"k": "entrusted", "sub": CASE, "desk": second, "heir": first},
    ]
    for lie in lies:
        store.lives._owing.take(lie, 1)

    assert owed(store) == before
    assert short(receipt(store, event)["debtor"]) == "home-2"


def test_who_was_given_an_erased_case_is_forgotten(store: AuditStore, tmp_path: Path) -> None:
    """Neither the token nor what was owed there is left in the file."""
    world = three_homes(partitions=1)
    event = place(world)
    pass_on(world, "home-1", "home-2", THIRD)
    raw(world, "home-1", "ENTRUST", (THIRD, "entrust", "IDENTITY"), declared={},
    re=[ref("parq-civ", event)])  # fmt: skip
    before = world.evidence("civil", 0)
    number = read(world, store)
    held = CASE.encode() in stored_bytes(tmp_path)

    order(world, naming(world, CASE))
    take_over(world, store.lives, {**world.evidence("civil", 0), **before}, number)
    store.write({}, 1, world.registries["civil"], ())

    assert held
    assert CASE.encode() not in stored_bytes(tmp_path)
    assert owed(store) == {}
