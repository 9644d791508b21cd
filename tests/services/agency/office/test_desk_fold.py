"""The fold: what an inbox and an outbox add up to, without a body; which holes are explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.envelope.model import Slip
from contracts.envelope.wire import Outbound
from contracts.log.orders.order import make_order
from contracts.log.orders.rulings import erasure
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn, short
from services.agency.office.fold import desk_fold
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.numbers import ErasedNumbers, Gap, Numbers
from services.agency.office.fold.own_events import OwnEvent
from tests.contracts.log.erasing.kit import ALERT, compacted, naming, order, read_anew, two_children
from tests.contracts.log.first_orders import OWNER
from tests.flows.acts import CASE, OTHER, raw
from tests.samples import concern
from tests.services.agency.bench import Writes, serving
from tests.world import World

EVENT = "01939e3a-0000-7000-8000-000000000001"
CRIP = "urn:relais:civil:desk:crip"
EDU = "urn:relais:civil:desk:edu-s"
PLACE = ("civil", 0)
CASES = ("t" * 43, "u" * 43)
SLIP = {  # verified, of the school's
    "iss": EDU, "aud": CRIP, "jti": EVENT, "iat": 1, "exp": 2, "realm": "civil", "etype": "IP",
    "convd": "c" * 43, "sub": CASES[0], "purpose": "assess",
}  # fmt: skip


def owed(number: int, **more: Any) -> dict[str, Any]:
    """A duty of the CRIP's."""
    return {
        "id": f"duty-{number}", "act": "ACK:received", "debtor": CRIP, "creditor": EDU,
        "due": 100, "legal": False, "event": {"iss": EDU, "jti": EVENT},
    } | more  # fmt: skip


def notice(kind: str, seq: int, **claims: Any) -> dict[str, Any]:
    """A verified notice to the CRIP."""
    event = {"iss": EDU, "jti": EVENT}
    return {"kind": kind, "seq": seq, "aud": CRIP, "sub": "case", "event": event, **claims}


def test_two_events_of_one_id_have_names_that_no_event_can_take_and_their_own_stages() -> None:
    """Else a partner could send a name as an id, and the first could not be answered."""
    view, acts = DeskFold("crip", Numbers("crip")), ("ACK:accepted|declined", "ACK:started")
    for seq, (case, act) in enumerate(zip(CASES, acts, strict=True)):
        arrival = Arrival(*PLACE, seq, seq, "", EDU, EVENT, "IP", case, "assess")
        view.delivered(arrival, [], {"seq": seq, "due": [owed(1, act=act)]})
    names = [view.names.of(EVENT, case, "civil") for case in CASES]

    stages = [view.stages_of(view.names.events[name]) for name in names]

    assert stages == [{"accepted", "declined"}, {"started"}]
    for name in names:
        with pytest.raises(ValidationError, match="jti"):
            Slip.model_validate(SLIP | {"jti": name})


def test_a_duty_that_anothers_event_of_the_same_id_opened_is_not_told_with_ours() -> None:
    """A partner's use of our event's id in its own case makes ours neither owed nor late."""
    view = DeskFold("crip", Numbers("crip"))
    own = OwnEvent(EVENT, "crip", "civil", "EVALREQ", CASES[0], 1, False, (), {})
    view.own[own.id] = own
    ours, theirs = ({"iss": iss, "jti": own.id} for iss in (CRIP, EDU))
    view.noticed(*PLACE, notice("duty_opened", 1, sub=CASES[0], duty=owed(1, event=ours)))
    for seq, case in enumerate(CASES):
        view.noticed(*PLACE, notice("overdue", seq + 2, sub=case, duty=owed(2 + seq, event=theirs)))

    (told,) = view.statuses([own.id], 0)

    assert [duty.id for duty in told.duties] == ["duty-1"]
    assert not told.overdue


def test_the_fold_holds_no_content() -> None:
    """After a story's worth of events nothing in memory holds the marker of the free texts."""
    world = World()
    answer = world.post("edu-s", concern(world.marker))
    world.settle()

    assert answer.accepted, answer.body
    assert world.office("crip").view("crip").names.events
    for office in world.offices.values():
        assert world.marker not in repr(office.fold.desks)


@dataclass
class Hurried(Writes):
    """Routing answers, and the agency reads its answer, before the writer knows of the commit."""

    seen: int = 0

    async def write(self, records: Sequence[Outbound]) -> None:
        await super().write(records)
        self.world.settle()
        self.seen = len(self.world.offices["education"].view("edu-s").early)


async def test_a_notice_that_overtakes_the_commit_is_kept_for_it() -> None:
    """While we write, an answer that comes before the commit is known is not lost."""
    async with serving("education") as bench:
        bench.publisher._writes = writes = Hurried(bench.world)

        answer = await bench.post("edu-s", concern())

        view = bench.office.view("edu-s")
        assert writes.seen == 1
        assert view.own[answer.json()["events"][0]].state == "decided"
        assert view.early == {}


def test_notices_on_events_that_the_outbox_has_lost_are_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Inboxes are kept for longer: of what they say of such events the last of all desks wait."""
    monkeypatch.setattr(desk_fold, "EARLY", 3)
    fold = Fold(["edu-s", "edu-m"], ErasedNumbers())
    events = [(desk_urn("civil", desk), f"event {at}") for at in range(9) for desk in fold.desks]

    for at, (iss, jti) in enumerate(events):
        told = notice("acknowledged", at // 2, event={"iss": iss, "jti": jti}, aud=iss)
        fold.desks[short(iss)].noticed(*PLACE, told)

    assert [[*view.early] for view in fold.desks.values()] == [events[-3:]] * 2


INBOX = topics.inbox("civil", "child_welfare"), 0
YEAR = 365 * 86_400


def withhold(world: World, count: int) -> None:
    """The router keeps back so many deliveries to the CRIP, and goes on with another."""
    for _ in range(count):
        before = list(world.topics[INBOX])
        raw(world, "psp", "IP", ALERT, case=CASE)
        world.topics[INBOX] = before
    world.clock.advance(10)
    raw(world, "psp", "IP", ALERT, case=CASE)


def gaps(world: World) -> list[Gap]:
    """What the CRIP finds missing in the inbox as it lies there now."""
    return read_anew(world, "child_welfare").view("crip").numbers.gaps


def test_an_erasure_excuses_no_more_than_it_names_and_is_spent_once() -> None:
    """Of another child: neither three deliveries withheld at once, nor one after another."""
    holes = two_children(), two_children()
    order(holes[0], naming(holes[0], OTHER)[:1])
    withhold(holes[0], 3)
    withhold(holes[1], 1)
    withhold(holes[1], 1)
    order(holes[1], naming(holes[1], OTHER)[:1])

    assert [(gap.first, gap.last) for gap in gaps(holes[0])] == [(4, 6)]
    assert len(gaps(holes[1])) == 1


@pytest.mark.parametrize("away", [-60, 5 * YEAR])
def test_an_erasure_that_is_yet_to_come_or_past_excuses_nothing(away: int) -> None:
    """Nothing decided since a past order is erased by it, nothing yet by a coming one."""
    world = two_children()
    start, registry = world.clock.now() + away, world.registries["civil"]
    content = erasure(naming(world, OTHER), "test")
    value = make_order("civil", "erase", content, last=registry.last, start=start, signers=[OWNER])
    assert not registry.extend([value])

    withhold(world, 1)

    assert len(gaps(world)) == 1


def test_what_was_erased_between_others_is_no_gap_though_the_order_came_later() -> None:
    """The message behind it was read long before the owners ordered anything."""
    world = two_children()
    world.clock.advance(60)
    raw(world, "edu-s", "IP", ALERT, case=OTHER)
    world.clock.advance(60)
    order(world, naming(world, CASE))

    compacted(world, INBOX[0])

    assert gaps(world) == []
