"""The fold: what an inbox and an outbox add up to, without a body."""

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.envelope.model import Slip
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import OwnEvent
from tests.world import World

EVENT = "01939e3a-0000-7000-8000-00000000000{}"
CRIP = "urn:relais:civil:desk:crip"
EDU = "urn:relais:civil:desk:edu-s"
PLACE = ("civil", 0)
CASES = ("t" * 43, "u" * 43)


def owed(number: int, due: int = 100, **more: Any) -> dict[str, Any]:
    """A duty of the CRIP's."""
    return {
        "id": f"duty-{number}", "act": "ACK:received", "debtor": CRIP, "creditor": EDU,
        "due": due, "legal": False, "event": {"iss": EDU, "jti": EVENT.format(1)},
    } | more  # fmt: skip


def notice(kind: str, seq: int, **claims: Any) -> dict[str, Any]:
    """A verified notice to the CRIP."""
    event = {"iss": EDU, "jti": EVENT.format(1)}
    return {"kind": kind, "seq": seq, "aud": CRIP, "sub": "case", "event": event, **claims}


def slip(number: int, **claims: Any) -> Slip:
    """A verified slip of the school's."""
    values = {
        "iss": EDU, "aud": CRIP, "jti": EVENT.format(number), "iat": 1, "exp": 2, "realm": "civil",
        "etype": "IP", "convd": "c" * 43, "sub": "t" * 43, "purpose": "assess",
    } | claims  # fmt: skip
    return Slip.model_validate(values)


def deliver(view: DeskFold, number: int, seq: int, *due: dict[str, Any], **claims: Any) -> str:
    """Give the fold a delivery."""
    one = slip(number, **claims)
    arrival = Arrival(*PLACE, seq, seq, "", one.iss, one.jti, one.etype, one.sub, "assess")
    taken = [ref.jti for ref in one.re or () if ref.iss == one.iss and one.etype == "WITHDRAW"]
    return view.delivered(arrival, taken, {"seq": seq, "due": due})


def in_two_cases() -> tuple[DeskFold, list[str]]:
    """A view of one id in two cases, each with an acknowledgement of its own owed; their names."""
    view = DeskFold("crip")
    for seq, (case, act) in enumerate(
        zip(CASES, ("ACK:accepted|declined", "ACK:started"), strict=True)
    ):
        deliver(view, 1, seq + 1, owed(1, act=act), sub=case)
    return view, [view.names.of(EVENT.format(1), case, "civil") for case in CASES]


def test_no_event_can_take_the_name_of_one_that_shares_its_id() -> None:
    """A name is no id: else a partner could send it as one, and the first could not be answered."""
    view, names = in_two_cases()

    for name in names:
        assert name in view.names.events
        with pytest.raises(ValidationError, match="jti"):
            slip(3, jti=name)


def test_the_stages_owed_for_one_of_two_events_are_its_own() -> None:
    """They share an id, and not what they made the desk owe."""
    view, names = in_two_cases()
    arrivals = [view.names.events[name] for name in names]

    stages = [view.stages_of(arrival) for arrival in arrivals]

    assert stages == [{"accepted", "declined"}, {"started"}]


def test_a_duty_that_anothers_event_of_the_same_id_opened_is_not_told_with_ours() -> None:
    """A partner's use of our event's id in its own case makes ours neither owed nor late."""
    view = DeskFold("crip")
    own = OwnEvent(EVENT.format(1), "crip", "civil", "EVALREQ", CASES[0], 1, False, (), {})
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
    record = {
        "kind": "information_preoccupante", "reference": "r-1",
        "pupil": {"first_name": world.marker, "last_name": "X", "sex": "female"},
        "observations": [{"seen_on": "2026-09-07", "seen": world.marker}],
        "told": {"parents": "told", "minor": "told"},
    }  # fmt: skip
    answer = world.post("edu-s", record)
    world.settle()

    assert answer.accepted, answer.body
    assert world.office("crip").view("crip").names.events
    for office in world.offices.values():
        assert world.marker not in repr(office.fold.desks)
