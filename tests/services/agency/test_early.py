"""Notices that come before their event's cover are kept while it may come, and so many at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from contracts.envelope.wire import Outbound
from contracts.vocabulary.schema import desk_urn, short
from services.agency.office.fold import desk_fold
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.numbers import ErasedNumbers
from tests.services.agency.bench import Writes, serving
from tests.services.agency.http.test_http import concern
from tests.services.agency.office.fold.test_desk_fold import PLACE, notice


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
