"""A record in so many bears the digest of the state before it: told as it goes, and true."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.decision.state import sums
from contracts.decision.state.rows import rows
from contracts.decision.state.state import RowSum, Seen, State
from contracts.decision.state.sums import keep_up, row_sum, state_digest
from contracts.decision.state.view import View
from contracts.errors import LogError
from contracts.log import entry
from contracts.log.rebuild import fold
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound
from tests.contracts.log.routing.test_partners_at_random import Partners
from tests.contracts.log.routing.test_state_tables import Lives
from tests.contracts.log.ruling import put_aside, rule, settle
from tests.contracts.log.saying import alarms, said, same_state, to

pytestmark = pytest.mark.slow

DESKS = ["crip", "pol", "edu-s"]
IDS = ["a", "b", "c", "d"]


def in_log(bus: Bus) -> Iterator[tuple[str | None, str | None]]:
    """Of each record of a bus the digest that it bears, and the one that it is to bear.

    The plain way: all rows of the state before it, folded and merged record by record.
    """
    for number in bus.routers:
        state, evidence = State(), bus.evidence(number)
        for index, row in enumerate(bus.log(number)):
            record, leaf = orjson.loads(row.value), row.key.decode()
            is_point = index and index % sums.POINT_EVERY == 0
            yield record.get("state"), state_digest(state) if is_point else None
            view = View(state)
            fold(view, record, leaf, orjson.loads(evidence[leaf]))
            view.merge()


@pytest.mark.parametrize(("seed", "every"), [(0, 1), (1, 2), (2, 5), (3, 7), (4, 3)])
def test_each_point_of_a_log_bears_the_digest_of_all_rows(
    seed: int, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever partners publish, however batches end, are dropped, or lie on tables."""
    monkeypatch.setattr(sums, "POINT_EVERY", every)
    lives, partners = Lives(seed), Partners(random.Random(seed))
    for at in range(0, 60, 3):
        events = [kit.inbound(partners.next(), offset=at + more) for more in range(3)]
        lives.route(*events, now=partners.now)
    for week in (1, 2, 3, 40):
        lives.route(now=partners.now + week * 7 * kit.DAY)

    lives.check()
    found = list(in_log(lives.plain))
    assert [told for told, _ in found] == [wanted for _, wanted in found]
    assert sum(told is not None for told, _ in found) > 3
    same_state(lives.plain)
    assert alarms(lives.plain, partners.now + 280 * kit.DAY) == []


def test_quarantine_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put aside, released and discarded, whichever of it stands in one batch."""
    monkeypatch.setattr(sums, "POINT_EVERY", 1)
    bus = Bus()
    bus.tick(kit.NOW)
    for step in range(6):
        event = inbound(bus, seed=f"event {step}", case="one case")
        (leaf,) = put_aside(bus, replace(event, offset=step))
        rule(bus, "discard" if step % 3 else "release", leaf, start=kit.NOW + 60 + step)
        if step % 2:
            settle(bus, kit.NOW + 60 + step)

    found = list(in_log(bus))
    assert [told for told, _ in found] == [wanted for _, wanted in found]
    ended = [how for router in bus.routers.values() for how in router.state.ended.values()]
    assert set(ended) == {"released", "discarded"}
    same_state(bus)


def alerts(count: int) -> list[str]:
    """Seeds of alerts in the one case."""
    return [f"alert {number}" for number in range(count)]


def routed(count: int) -> Bus:
    """A bus with some alerts, each in a batch of its own."""
    bus = Bus()
    bus.tick(kit.NOW)
    for at, seed in enumerate(alerts(count)):
        event = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed=seed)
        bus.route(kit.inbound(event, offset=at))
    return bus


def test_a_router_that_tells_another_state_is_found_by_auditors_and_by_its_successor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The digest is chained and signed like the rest: only who folds the log sees it."""
    monkeypatch.setattr(sums, "POINT_EVERY", 4)
    with monkeypatch.context() as lying:
        lying.setattr(entry, "told_state", lambda view: state_digest(State(view.tail)))
        bus = routed(3)

    assert alarms(bus, kit.NOW + 1) == ["record_differs"]
    (number,) = (number for number in bus.routers if len(bus.log(number)) > 4)
    with pytest.raises(LogError) as refused:
        bus.rebuilt(number)
    assert refused.value.code == "state_differs"


def test_a_digest_at_another_place_is_no_honest_routers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A true one, borne by a record whose number is none for it."""
    monkeypatch.setattr(entry, "bears_state", lambda index: index == 4)
    bus = routed(3)
    monkeypatch.undo()

    assert alarms(bus, kit.NOW + 1) == ["record_differs"]


Step = tuple[str, str, int]


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["seq", "seen", "opened"]), st.sampled_from(IDS), st.integers(1, 9)
        ),
        max_size=30,
    ),
    ends=st.sets(st.integers(0, 30)),
    tells=st.sets(st.integers(0, 30)),
)
def test_a_kept_sum_is_the_sum_of_all_rows(
    steps: list[Step], ends: set[int], tells: set[int]
) -> None:
    """Changed, forgotten, merged, dropped and told anywhere; time passes, too."""
    state = State()
    view = View(state)
    for at, (name, key, number) in enumerate(steps):
        view.tail.at = at
        if name == "seq":
            view.set_seq(key, number)
        elif name == "opened":
            view.count_opened(key, number, number)
        else:
            view.remember(key, Seen("iss", "d", at + number - 3, "leaf"))
        if at in tells:
            sums.told_state(view)
        if at in ends:
            again = View(state)
            again.tail.at = at + 5
            again.set_seq("dropped", 1)
            sums.told_state(again)
            again.drop()
            view.merge()
            view = View(state)
            assert keep_up(state) == row_sum(rows(state))
    view.merge()

    assert keep_up(state) == row_sum(rows(state))
    assert state.summed == RowSum(row_sum(rows(state)), state.tail)


@given(
    found=st.dictionaries(
        st.tuples(st.sampled_from(["a", "ab"]), st.binary(max_size=4)), st.binary()
    )
)
def test_rows_add_up_in_any_order_and_what_is_taken_away_was_never_there(
    found: dict[tuple[str, bytes], bytes],
) -> None:
    """Nor does a byte that moves from name to key or from key to value leave the sum as it was."""
    some = [(name, key, value) for (name, key), value in found.items()]

    assert row_sum(some) == row_sum(reversed(some))
    if some:
        name, key, value = some[0]
        modulus = 1 << 8 * sums.ROW_BYTES
        without = (row_sum(some) - sums.row_hash(name, key, value)) % modulus
        assert without == row_sum(some[1:]) != row_sum(some)
        for other in ((name, key + b"\0", value), (name, key, value + b"\0"), ("b", key, value)):
            assert row_sum([other, *some[1:]]) != row_sum(some)
    moved = [("a", b"b", b"cd"), ("a", b"bc", b"d"), ("ab", b"", b"cd"), ("ab", b"c", b"d")]
    assert len({row_sum([one]) for one in moved}) == len(moved)
