"""A fault of ours at one record is counted, passed over, and hides and keeps nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from contracts.log.erasing.forgetting import Overwriting
from contracts.vocabulary import topics
from services.agency.loops import incoming
from services.agency.loops.forgetting import NOT_FORGOTTEN, Forgetting
from services.agency.loops.own_outbox import OwnOutboxes
from services.agency.loops.watching import PASSED_OVER, counting_passed_over
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.inbox import inbox_fold
from services.agency.office.inbox.reading import opened
from services.agency.office.office import Office
from services.platform.kafka.bus import Bus
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.sandbox.records import CANARY
from tests.flows.test_hostile_records import everything, lived, raising
from tests.samples import concern
from tests.services.agency.bench import serving
from tests.simulation.planted_log import PlantedKafka
from tests.world import World


async def test_a_fault_of_ours_at_a_record_is_counted_and_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In inbox and outbox: told by `/ready` and a metric, without its text; the next is read."""
    world, health, metrics = World(), ServiceHealth(), Metrics("education")
    for number in range(2):
        world.post("edu-s", concern(reference=f"case {number}"))
    offices, world.offices = world.offices, {}
    world.settle()
    office = Office(offices["education"].agency, counting_passed_over(health, metrics))
    outboxes = OwnOutboxes(office)
    seen = list[str]()

    def once(name: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: object, **more: object) -> Any:
            seen.append(name)
            return raising() if seen.count(name) == 1 else do(*given, **more)

        return done

    monkeypatch.setattr(Fold, "published", once("outbox", Fold.published))
    monkeypatch.setattr(inbox_fold, "fold_in", once("inbox", inbox_fold.fold_in))

    with capture_logs() as lines:
        async with PlantedKafka(world.topics).reader() as reader:
            await outboxes.read(reader, world.clock.now())
        for row in world.rows(".inbox.education"):
            office.take(row, ("civil", row.partition), office.agency.desks, world.clock.now())

    assert health.warnings == {PASSED_OVER}
    assert metrics.page().decode().count("relais_passed_over_total{") == 2
    assert [line["event"] for line in lines] == ["record passed over"] * 2
    assert CANARY not in repr([{**line, "exc_info": ""} for line in lines])
    assert len(office.view("edu-s").own) == 1


async def test_a_fault_of_ours_at_an_arrival_hides_neither_it_nor_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever asks for the inbox sees that it came, and reads what came beside it."""
    async with serving("child_welfare") as bench:
        for number in range(2):
            school = concern(reference=f"case {number}")
            bench.world.post("edu-s", school)
        bench.settle()
        given = iter((raising, opened))
        monkeypatch.setattr(
            incoming,
            "opened",
            lambda record, *rest: (next(given) if record else opened)(record, *rest),
        )

        items = await everything(bench, "crip", "/v1/inbox")

    assert sorted(str(item.get("error", item.get("type"))) for item in items) == [
        "IP",
        "internal_error",
    ]


async def test_a_fault_of_ours_at_a_record_keeps_nothing_from_being_erased(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What an order erases is looked for behind the record; `/ready` says what may be left."""
    async with serving("education", lived()) as bench:
        passed_over, world = list[str](), bench.world
        bench.office.count = passed_over.append
        monkeypatch.setattr(Overwriting, "take_outbox", raising)
        health = ServiceHealth(warnings={NOT_FORGOTTEN})
        bus = cast("Bus", PlantedKafka(world.topics))

        await Forgetting(bench.office, bench.incoming, health, bus, 0).heed()

    assert set(passed_over) == {topics.outbox("civil", "education")}
    assert health.warnings == {NOT_FORGOTTEN}
