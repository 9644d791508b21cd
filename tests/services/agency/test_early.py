"""Notices that come before their event's cover: kept while it may come, no longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.envelope.wire import Outbound
from services.agency.loops.own_outbox import OwnOutboxes
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.office import Office
from services.platform.process.exit_codes import TransactionAbortedError
from tests.services.agency.bench import Bench, Writes, serving
from tests.services.agency.http.test_http import concern
from tests.services.agency.office.fold.test_desk_fold import EDU, PLACE, notice
from tests.simulation.planted_log import PlantedKafka


@dataclass
class Hurried(Writes):
    """Routing answers, and the agency reads its answer, before the writer knows of the commit."""

    seen: int = 0
    fails: bool = False

    async def write(self, records: Sequence[Outbound]) -> None:
        if self.fails:
            view_of(self.world.offices["education"]).noticed(*PLACE, lost(99))
            raise TransactionAbortedError("transaction_aborted", "a broker that went")
        await super().write(records)
        self.world.settle()
        self.seen = len(view_of(self.world.offices["education"]).early)


def view_of(office: Office) -> DeskFold:
    """The school's."""
    return office.view("edu-s")


def lost(number: int) -> dict[str, Any]:
    """A notice on an event of the school's that no outbox has any more."""
    mine = {"iss": EDU, "jti": f"01939e3a-0000-7000-8000-{number:012}"}
    return notice("acknowledged", number, event=mine, aud=EDU)


async def started(bench: Bench, writes: Writes) -> None:
    """The service has read its outboxes, and writes with this."""
    async with PlantedKafka({}).reader() as empty:  # as retention has left it
        await OwnOutboxes(bench.office).read(empty, bench.world.clock.now())
    bench.publisher._writes = writes


async def test_notices_on_events_that_the_outbox_has_lost_are_not_kept() -> None:
    """Inboxes are kept for longer: what they say of such events would wait for ever."""
    async with serving("education") as bench:
        view = view_of(bench.office)
        view.noticed(*PLACE, lost(1))

        await started(bench, bench.writes)
        for number in range(2, 50):
            view.noticed(*PLACE, lost(number))

        assert view.early == {}


async def test_a_notice_that_overtakes_the_commit_is_kept_for_it() -> None:
    """While we write, an answer that comes before the commit is known is not lost."""
    async with serving("education") as bench:
        writes = Hurried(bench.world)
        await started(bench, writes)

        answer = await bench.post("edu-s", concern())

        event = answer.json()["events"][0]
        assert writes.seen == 1
        assert view_of(bench.office).own[event].state == "decided"
        assert view_of(bench.office).early == {}


async def test_what_waited_for_a_transaction_that_was_aborted_is_forgotten() -> None:
    """Nothing of it will come."""
    async with serving("education") as bench:
        await started(bench, Hurried(bench.world, fails=True))

        answer = await bench.post("edu-s", concern())

        assert answer.status_code == 503
        assert view_of(bench.office).early == {}
        assert not view_of(bench.office).expecting
