"""What one transaction opens, held to the convention's figure with what was opened before it."""

from dataclasses import replace

import pytest

from contracts.encoding import b64u, sha256
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.sending.sealing import Sealed
from services.platform.http.problems import ProblemError
from tests.contracts.convention.amended import limited
from tests.contracts.convention.parties import adoption
from tests.samples import sample
from tests.world import World

MOST = 3


def test_a_transaction_opens_each_new_case_once_and_no_known_one() -> None:
    """Two cases are open, so one is left: for as many events as come on it, whatever is between."""
    world = World()
    world.order("civil", "adopt_convention", adoption(limited(MOST)))
    world.settle()
    office, now = world.office("edu-s"), world.clock.now()
    concern = sample("education", "information_preoccupante")
    prepared = office.judge(DeskRequest("edu-s", "record", concern), now)
    (event,) = prepared.events
    ahead: list[Sealed] = []

    def seal(*names: str) -> None:
        """Events of one request on cases of these names, behind what was sealed so far."""
        cases = [b64u(sha256(name.encode())) for name in names]
        events = tuple(replace(event, case=case) for case in cases)
        asked = replace(prepared, events=events)
        chain = dict(office.outbox.chain)
        ahead.extend(office.seal(asked, chain, now * 1000, world.random, None, ahead))

    seal("known", "other")
    office.committed(ahead)
    ahead.clear()

    seal("known")
    seal("new", "new")
    seal("new", "other")
    with pytest.raises(ProblemError) as refused:
        seal("more")
    seal("new")

    assert refused.value.code == "too_many_new_cases"
    assert len(ahead) == 6
