"""Homes are renamed, merged and split at any instant while routers begin anew."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.decision.heirs import Heirs
from contracts.decision.state.state import CLOSED, OPEN, Duty
from contracts.encoding import b64u, parse, sha256, unb64u
from contracts.log.orders.succession import DAY_S
from contracts.log.routing.partition_router import PartitionRouter
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.audit.lives.table import Lives
from tests.flows.acts import ack, decided, notices, raw, ref, same_state
from tests.flows.passing_on import THIRD, pass_on, place, three_homes
from tests.services.audit.test_lives import take_over
from tests.world import World

HOMES: Final = ("home-1", "home-2", THIRD)
CASES: Final = tuple(b64u(sha256(f"a case at random {n}".encode())) for n in range(2))

Home, Some = st.sampled_from(HOMES), st.integers(0, 20)
STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("place"), Home, st.sampled_from(CASES)),
        st.tuples(st.just("ack"), Home, Some),
        st.tuples(st.just("pass"), Home, st.lists(Home, min_size=1, max_size=2, unique=True)),
        st.tuples(st.just("entrust"), Home, Home, Some, st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([60, 3_600, 8 * DAY_S])),
        st.tuples(st.just("restart")),
    ),
    min_size=6,
    max_size=24,
)


class Town:
    """Three homes and a prosecutor, and whatever befalls them."""

    def __init__(self) -> None:
        self.world = three_homes(partitions=1)
        self.placed: list[tuple[str, str, str]] = []  # event, home, case
        self.ended: dict[str, int] = {}  # home -> the instant from which others follow it

    def place(self, home: str, case: str) -> None:
        """A child is placed in a home."""
        self.placed.append((place(self.world, home, case), home, case))

    def ack(self, home: str, number: int) -> None:
        """A home acknowledges an order, its own or another's."""
        if self.placed:
            event, _, case = self.placed[number % len(self.placed)]
            ack(self.world, home, "parq-civ", event, case=case)

    def pass_(self, home: str, heirs: list[str]) -> None:
        """A home ends, if the owners may say so."""
        try:
            pass_on(self.world, home, *heirs, days=7)
            self.ended[home] = self.world.clock.now()
        except AssertionError:  # an order that is rejected: of itself, or of heirs that end
            assert self.world.registries["civil"].rejected

    def entrust(self, home: str, heir: str, number: int, whole: bool) -> None:
        """A home gives a case away, or passes an event on."""
        if self.placed:
            event, _, case = self.placed[number % len(self.placed)]
            scopes, re = ("", []) if whole else ("IDENTITY", [ref("parq-civ", event)])
            to = (heir, "entrust", scopes)
            raw(self.world, home, "ENTRUST", to, declared={}, re=re, case=case)

    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.world.clock.advance(seconds)
        self.world.settle()

    def restart(self) -> None:
        """Every router is killed, and goes on from its log."""
        for (realm, number), router in self.world.routers.items():
            state = self.world.rebuilt(realm, number)
            self.world.routers[realm, number] = PartitionRouter(realm, number, state, router.keys)

    def duties(self) -> dict[str, Duty]:
        """All duties of the two children's cases that a home owes."""
        cases = self.world.routers["civil", 0].state.cases
        owed = [duty for case in CASES if case in cases for duty in cases[case].duties.values()]
        return {duty.id: duty for duty in owed if short(duty.debtor) in HOMES}


class NothingWritten:
    """A store that is empty still."""

    def value(self, _name: str, _key: bytes) -> None:
        """No row."""

    def rows(self, _name: str, _start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """None at all."""
        return iter(())


def slips(world: World) -> Counter[tuple[str, str]]:
    """How often each event lies in a desk's inbox: by event and desk."""
    count: Counter[tuple[str, str]] = Counter()
    for row in world.topics[topics.inbox("civil", "child_welfare"), 0]:
        token = parse(row.value or b"", limit=1 << 20)["data"].get("slip")
        if token is not None:
            claims = parse(unb64u(token.split(".")[1]), limit=1 << 20)
            count[claims["jti"], short(claims["aud"])] += 1
    return count


def owing_now(world: World) -> Counter[str]:
    """How much each desk owes, by the router's own state."""
    state = world.routers["civil", 0].state
    return Counter(
        Heirs(state.successions.get, case.entrusted).heir(duty.debtor)
        for case in state.cases.values()
        for duty in case.duties.values()
        if duty.status == OPEN
    )


def audited(world: World) -> dict[str, int]:
    """The same as an auditor's service counts it, from the log alone."""
    lives = Lives(NothingWritten())
    take_over(world, lives, world.evidence("civil", 0))
    told = [lives.duties(event.decode()) for event, _row in list(lives._rows.all("lives"))]
    return Counter(row["debtor"] for rows in told for row in rows if row["status"] == OPEN)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_no_event_is_lost_or_told_twice_and_no_duty_has_two_debtors(
    steps: list[tuple[Any, ...]],
) -> None:
    """Whatever the order of acts; and a replay gives the same bytes."""
    town = Town()
    for name, *given_ in steps:
        getattr(town, {"pass": "pass_"}.get(name, name))(*given_)

    town.wait(9 * DAY_S)
    town.world.settle()

    count = slips(town.world)
    for event, home, _ in town.placed:
        outcome, reached = (
            decided(town.world, event, home),
            [one for one in count if one[0] == event],
        )
        if outcome["verdict"] == "release":
            assert (reached, count[event, home]) == ([(event, home)], 1)
        else:
            assert (reached, outcome["reasons"]) == ([], ["desk_ended"])
            assert outcome["doors"][0]["desk"] in outcome["heirs"]
    told: dict[str, set[str]] = defaultdict(set)
    for home in HOMES:
        for notice in notices(town.world, home, "overdue"):
            told[notice["duty"]["id"]].add(home)
            assert notice["iat"] <= town.ended.get(home, notice["iat"]), "told who had ended"
    assert audited(town.world) == owing_now(town.world)
    for duty in town.duties().values():
        assert duty.overdue or duty.status == CLOSED
        assert len(told[duty.id]) == duty.overdue, duty.id
    same_state(town.world)
