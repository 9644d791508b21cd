"""A desk has ended: who works at the one that follows it answers for it, in the browser."""

from __future__ import annotations

import json
from pathlib import Path

from httpx import AsyncClient, Response, codes

from contracts.log.orders.desk_end import DESK_END
from tests.flows.directories import after_its_day, end_desk, join
from tests.samples import concern
from tests.services.agency.desk.kit import hidden, opened, text
from tests.world import World


async def going_on(browser: AsyncClient, desk: str) -> Response:
    """Press the button by which one goes on as another desk."""
    own = hidden((await browser.get("/desk")).text)
    return await browser.post("/desk/as", data={**own, "desk": desk}, follow_redirects=True)


def followed(*to: str) -> tuple[World, str]:
    """The CRIP ends, and another follows it; an alert that came to desks before."""
    world = World()
    join(world, "crip", "crip-2")
    (event,) = world.post("edu-h-1", concern(to=[*to])).events
    world.settle()
    end_desk(world, "crip", "crip-2")
    return world, event


async def test_who_follows_a_desk_answers_what_it_owes_and_comes_back(tmp_path: Path) -> None:
    """Nothing of it is hers before she goes on as it; each page she opens then is written down."""
    world, event = followed("crip")
    after_its_day(world)

    async with opened("child_welfare", tmp_path, world) as pages, pages.as_("crip-2") as worker:
        before = await worker.get(f"/desk/inbox/{event}")
        home = await going_on(worker, "crip")
        await worker.acknowledged(f"/desk/inbox/{event}")
        pages.bench.settle()
        back = await going_on(worker, "crip-2")
        after = await worker.get(f"/desk/inbox/{event}")
        strange = await going_on(worker, "ase")

    assert (before.status_code, after.status_code) == (codes.NOT_FOUND, codes.NOT_FOUND)
    assert "Continuer en tant que" in text(home)
    assert "Continuer en tant que" in text(back)
    (told,) = world.status("edu-h-1", event)["to"]
    assert [one["stage"] for one in told["acknowledged"]] == ["received"]
    assert strange.status_code == codes.FORBIDDEN
    noted = [json.loads(line) for line in pages.log.read_text().splitlines()]
    went = [one for one in noted if (one["what"], one.get("page")) == ("looked", "as")]
    assert [(one["account"], one["role"]) for one in went] == [
        ("crip-2", "crip"),
        ("crip-2", "crip-2"),
    ]
    acted = [(one["role"], one["page"]) for one in noted if one["what"] == "acted"]
    assert acted == [("crip", "acknowledge"), ("crip", "as")]


async def test_a_form_of_the_one_desk_is_not_sent_as_the_other(tmp_path: Path) -> None:
    """Another tab goes on as another desk: what was written before would be signed in its name."""
    world, event = followed("crip", "crip-2")

    async with opened("child_welfare", tmp_path, world) as pages, pages.as_("crip-2") as worker:
        shown = hidden((await worker.get(f"/desk/inbox/{event}")).text)
        await going_on(worker, "crip")
        receipt = {**shown, "stage": "received"}
        refused = await worker.post(f"/desk/inbox/{event}/acknowledge", data=receipt)
        pages.bench.settle()
        await worker.post("/desk/sign-out", data=shown)
        out = await worker.get("/desk")

    assert refused.status_code == codes.FORBIDDEN
    assert not [one for one in world.status("edu-h-1", event)["to"] if one["acknowledged"]]
    assert out.headers["location"] == "/desk/sign-in"


async def test_without_the_order_one_is_at_ones_own_desk_again(tmp_path: Path) -> None:
    """The clock was before it, or control is read anew: no session outlives what it rests on."""
    world, event = followed("crip")

    async with opened("child_welfare", tmp_path, world) as pages, pages.as_("crip-2") as worker:
        await going_on(worker, "crip")
        before = await worker.get(f"/desk/inbox/{event}")
        orders = pages.bench.office.agency.registries["civil"].orders
        orders[:] = [order for order in orders if order.kind != DESK_END]
        after = await worker.get(f"/desk/inbox/{event}")

    assert (before.status_code, after.status_code) == (codes.OK, codes.NOT_FOUND)


async def test_nobody_is_offered_a_desk_that_goes_on(tmp_path: Path) -> None:
    """Neither another of the agency, nor, at the desk that ends, the one that follows it."""
    world, _event = followed("crip")

    async with opened("child_welfare", tmp_path, world) as pages, pages.as_("crip") as worker:
        home = await worker.get("/desk")
        refused = await going_on(worker, "crip-2")

    assert "Continuer en tant que" not in text(home)
    assert refused.status_code == codes.FORBIDDEN
