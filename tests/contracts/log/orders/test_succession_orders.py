"""A desk that ends: only the owners with the desk's own consent, and only to desks that go on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

import orjson
import pytest

from contracts.decision.heirs import Heirs
from contracts.decision.state.state import DeskSuccession, State
from contracts.decision.state.view import View
from contracts.keys import keyring
from contracts.keys.keyring import Signer
from contracts.log.orders import succession as succession_module
from contracts.log.orders.order import make_order
from contracts.log.orders.registry import Registry
from contracts.log.orders.succession import (
    DAY_S,
    SUCCESSION,
    sign_consent,
    succession,
    succession_effect,
)
from contracts.log.routing import settle_orders
from contracts.vocabulary.schema import desk_urn
from tests.contracts.decision.state.tables import rows, state_from, whole
from tests.contracts.envelope import kit
from tests.contracts.log.bus import OWNER, Bus, begun
from tests.contracts.log.ruling import put_aside, released
from tests.contracts.log.saying import alarms, said, to

START: Final = kit.NOW + 60
UNTIL: Final = START + 30 * DAY_S
OLD, HEIR, SCHOOL, POLICE = (
    desk_urn("civil", name) for name in ("home-1", "home-2", "edu-h-1", "pol")
)
GONE: Final = desk_urn("civil", "home-9")


def content(desk: str = OLD, *heirs: str, until: int = UNTIL, by: str = "") -> dict[str, Any]:
    """What an order says, with the consent of a desk: the one that ends, if no other is named."""
    bare = succession(desk, heirs or (HEIR,), until)
    consent = sign_consent("civil", bare, START, signer(by or desk.rpartition(":")[2]))
    return succession(desk, heirs or (HEIR,), until, consent)


def signer(desk: str) -> Signer:
    """A desk's key."""
    return kit.realm("civil").signers.get(desk) or kit.signer(desk_urn("civil", desk), f"{desk}-1")


def order(registry: Registry, said: dict[str, Any], start: int = START) -> list[str]:
    """Codes by which an order that the owners have signed is rejected."""
    value = make_order("civil", SUCCESSION, said, last=registry.last, start=start, signers=[OWNER])
    return registry.extend([value])


def test_each_partition_records_a_succession_at_its_hour_and_goes_on_from_it() -> None:
    """The row is in the state of each, in a replay's and in one that is laid from rows."""
    bus = Bus()
    bus.tick(kit.NOW)
    assert order(bus.registry, content()) == []

    bus.tick(START - 1)
    before = [len(bus.routers[number].state.successions) for number in bus.routers]
    bus.tick(START)

    assert before == [0] * len(bus.routers)
    for number, router in bus.routers.items():
        state = router.state
        assert dict(state.successions) == {OLD: DeskSuccession((HEIR,), UNTIL)}
        assert whole(bus.rebuilt(number)) == whole(state)
        assert whole(state_from(state.tail, rows(state))) == whole(state)
    assert alarms(bus, START) == []


def test_heirs_are_followed_to_the_desk_that_goes_on() -> None:
    """A home is renamed twice: the last stands for the first, the first only for itself."""
    view = View(State())
    view.succeed(OLD, DeskSuccession((HEIR, SCHOOL), UNTIL))
    view.succeed(HEIR, DeskSuccession((GONE,), UNTIL))
    heirs = Heirs(view.succession)

    assert heirs.path(OLD) == (OLD, HEIR, GONE)
    assert (heirs.heir(OLD), heirs.heir(SCHOOL)) == (GONE, SCHOOL)
    assert [heirs.stands_for(one, OLD) for one in (OLD, HEIR, GONE, SCHOOL)] == [True] * 3 + [False]
    assert not heirs.stands_for(OLD, GONE)


WRONG: Final[dict[str, tuple[str, Callable[[], dict[str, Any]]]]] = {
    "itself": ("heir_is_desk", lambda: content(OLD, OLD)),
    "itself beside another": ("heir_is_desk", lambda: content(OLD, HEIR, OLD)),
    "another role": ("heir_other_role", lambda: content(OLD, POLICE)),
    "a second heir of another role": ("heir_other_role", lambda: content(OLD, HEIR, SCHOOL)),
    "an heir that nobody knows": ("heir_unknown", lambda: content(OLD, GONE)),
    "a desk that nobody knows": ("desk_unknown", lambda: content(GONE)),
    "the heir's own consent": ("consent_wrong", lambda: content(by="home-2")),
    "the owner's consent": (
        "consent_wrong",
        lambda: succession(OLD, [HEIR], UNTIL, sign_consent("civil", content(), START, OWNER)),
    ),
    "consent to another end": (
        "consent_wrong",
        lambda: {**content(until=UNTIL + 1), "until": UNTIL},
    ),
    "consent of another hour": (
        "consent_wrong",
        lambda: succession(
            OLD, [HEIR], UNTIL, sign_consent("civil", content(), START + 1, signer("home-1"))
        ),
    ),
    "consent that is no token": ("consent_wrong", lambda: {**content(), "consent": ["a.b.c"]}),
    "consent in one text": ("order_malformed", lambda: {**content(), "consent": "a.b.c"}),
    "consent of nobody": ("order_malformed", lambda: {**content(), "consent": []}),
    "no consent, no reason": (
        "order_malformed",
        lambda: {name: said for name, said in content().items() if name != "consent"},
    ),
    "consent and a reason": ("order_malformed", lambda: {**content(), "reason": "desk_gone"}),
    "another reason": ("order_malformed", lambda: {**succession(OLD, [HEIR], UNTIL),
    "reason": "x"}),
    "nobody": ("order_malformed", lambda: {**content(), "heirs": []}),
    "one heir twice": ("order_malformed", lambda: {**content(), "heirs": [HEIR, HEIR]}),
    "no text": ("order_malformed", lambda: {**content(), "heirs": [1]}),
    "one claim more": ("order_malformed", lambda: {**content(), "case": "x"}),
    "six days": ("until_wrong", lambda: content(until=START + 6 * DAY_S)),
    "half a year and a day": ("until_wrong", lambda: content(until=START + 181 * DAY_S)),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_an_order_that_gives_a_desk_away_wrongly_is_rejected_with_its_own_reason(kind: str) -> None:
    """Whatever the owners have signed; the next good one is taken."""
    registry = begun("civil").copy()
    code, said = WRONG[kind]

    assert order(registry, said()) == [code]
    assert order(registry, content()) == []


def test_an_order_of_a_desk_that_is_gone_needs_no_consent_and_an_auditor_lists_it() -> None:
    """`desk_gone` stands in control for ever; of one with consent nothing is remarked."""
    bus = Bus()
    bus.tick(kit.NOW)

    assert order(bus.registry, succession(OLD, [HEIR], UNTIL)) == []
    assert order(bus.registry, content(SCHOOL, desk_urn("civil", "edu-h-2"))) == []
    bus.tick(START)

    found = bus.replay(START)
    assert {(one.code, one.detail, one.alarm) for one in found} == {
        ("desk_gone", f"{OLD}, by order 4", False)
    }


def test_no_chain_of_heirs_leads_back_and_no_desk_ends_twice() -> None:
    """The first heir may end itself, but not in favour of the desk that it followed."""
    registry = begun("civil").copy()
    assert order(registry, content()) == []

    assert order(registry, content(HEIR, OLD)) == ["heir_has_heirs"]
    assert order(registry, content()) == ["desk_has_heirs"]
    assert order(registry, content(HEIR, desk_urn("civil", "edu-h-2"))) == ["heir_other_role"]


def test_a_key_that_was_called_stolen_consents_to_nothing_not_even_in_an_order_set_back() -> None:
    """The order's first instant is before the theft was told, where the key was sound."""
    registry, told = begun("civil").copy(), START + DAY_S
    adopted = make_order(
        "civil", "adopt_directory", {"directory": _stolen("home-1", told)}, last=registry.last,
        start=told, signers=[OWNER],
    )  # fmt: skip
    assert registry.extend([adopted]) == []

    assert order(registry, content()) == ["consent_wrong"]
    assert order(registry, content(HEIR, OLD)) == []


def _stolen(desk: str, at: int) -> str:
    """The next directory, by which the key of a desk ends as stolen."""
    here = kit.realm("civil")
    payload = copy.deepcopy(here.payload)
    payload["version"] += 1
    (row,) = [row for row in payload["desks"] if row["desk"] == desk_urn("civil", desk)]
    row["signing"][0] |= {"revoked": at, "reason": "stolen", "since": START}
    return keyring.sign_directory(payload, here.keeper)


def test_a_router_that_records_another_heir_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """An auditor settles the order again, and has other bytes."""
    bus, effect = Bus(), succession_effect
    bus.tick(kit.NOW)
    order(bus.registry, content())

    with monkeypatch.context() as lie:
        lie.setattr(
            settle_orders,
            "succession_effect",
            lambda said, at: effect(said, at) | {"heirs": [POLICE]},
        )
        bus.tick(START)

    assert set(alarms(bus, START)) == {"decision_differs"}


def test_what_is_released_too_late_is_not_delivered_to_a_desk_that_has_ended() -> None:
    """It waited in quarantine while the desk ended: it is decided by what is in force then."""
    bus = Bus()
    event = kit.inbound(
        said("parq-civ", "MEASURE", to("home-1", "execute_opp", "IDENTITY"), seed="late")
    )
    (leaf,) = put_aside(bus, event)
    until = START + 7 * DAY_S
    assert order(bus.registry, content(until=until)) == []
    bus.tick(START)

    released(bus, leaf, now=until)

    (outcome,) = orjson.loads(
        bus.written[f"relais.{bus.name}.evidence", event.partition][-1].value
    )["decision"]["addressees"]
    assert (outcome["reasons"], outcome["heirs"]) == (["desk_ended"], [HEIR])
    assert bus.inbox("home-1") == []
    assert alarms(bus, until + 1) == []


PAST: Final = kit.NOW - kit.DAY  # when the directory began


def set_back(bus: Bus) -> int:
    """An order of the owners alone that held for 30 days, and when that is over."""
    start = PAST
    now = start + 44 * DAY_S
    bus.tick(now - 60)
    assert order(bus.registry, succession(OLD, [HEIR], start + 30 * DAY_S), start) == []
    return now


def measured(bus: Bus, now: int, seed: str) -> dict[str, Any]:
    """What is decided of an event for the desk that ends."""
    event = kit.inbound(
        said("parq-civ", "MEASURE", to("home-1", "execute_opp", "IDENTITY"), seed=seed, at=now)
    )
    bus.route(event, now=now)
    evidence = bus.written[f"relais.{bus.name}.evidence", event.partition][-1].value
    (outcome,) = orjson.loads(evidence)["decision"]["addressees"]
    return dict(outcome)


def test_an_order_set_back_in_time_cuts_no_desk_off_from_its_mail() -> None:
    """Both its instants are past: mail comes for seven days from its place in the log."""
    bus = Bus()
    now = set_back(bus)
    bus.tick(now)
    last = now + 7 * DAY_S

    before, after = measured(bus, last - 1, "before"), measured(bus, last, "after")

    assert (before["until"], before["heirs"]) == (last, [HEIR])
    assert "reasons" not in before
    assert after["reasons"] == ["desk_ended"]
    assert {state.successions[OLD].until for state in states(bus)} == {last}
    assert alarms(bus, last + 1) == []


def states(bus: Bus) -> list[State]:
    """Of each partition, the living router's and a restarting one's."""
    return [router.state for router in bus.routers.values()] + [
        bus.rebuilt(number) for number in bus.routers
    ]


def test_a_router_that_lets_mail_end_as_an_order_set_back_has_it_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By its own instant: the auditor adds the seven days to it."""
    bus = Bus()
    now = set_back(bus)

    with monkeypatch.context() as lie:
        lie.setattr(succession_module, "mail_until", lambda said, _at: said["until"])
        bus.tick(now)

    assert set(alarms(bus, now)) == {"decision_differs"}
