"""A desk has ended: who works at the one that follows it answers for it, in the browser."""

from __future__ import annotations

import json
from pathlib import Path

from httpx import AsyncClient, Response, codes

from tests.flows.acts import alert
from tests.flows.desk_ends import after_its_day, end_desk, join
from tests.services.agency.desk.kit import hidden, opened, text
from tests.world import World


async def going_on(browser: AsyncClient, desk: str) -> Response:
    """Press the button by which one goes on as another desk."""
    own = hidden((await browser.get("/desk")).text)
    return await browser.post("/desk/as", data={**own, "desk": desk}, follow_redirects=True)


async def test_who_follows_a_desk_answers_what_it_owes_and_comes_back(tmp_path: Path) -> None:
    """Nothing of it is hers before she goes on as it; each page she opens then is written down."""
    world = World()
    join(world, "crip", "crip-2")
    (event,) = world.post("edu-h-1", alert(world) | {"to": ["crip"]}).events
    world.settle()
    end_desk(world, "crip", "crip-2")
    after_its_day(world)

    async with opened("child_welfare", tmp_path, world) as pages, pages.as_("crip-2") as worker:
        before = await worker.get(f"/desk/inbox/{event}")
        home = await going_on(worker, "crip")
        arrival = await worker.get(f"/desk/inbox/{event}")
        receipt = {**hidden(arrival.text), "stage": "received"}
        await worker.post(f"/desk/inbox/{event}/acknowledge", data=receipt)
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
    acted = [(one["account"], one["role"]) for one in noted if one.get("page") == "as"]
    assert acted == [("crip-2", "crip"), ("crip-2", "crip-2")]


async def test_nobody_is_offered_a_desk_that_goes_on(tmp_path: Path) -> None:
    """Neither another of the agency, nor, at the desk that ends, the one that follows it."""
    world = World()
    join(world, "crip", "crip-2")
    end_desk(world, "crip", "crip-2")

    async with opened("child_welfare", tmp_path, world) as pages, pages.as_("crip") as worker:
        home = await worker.get("/desk")
        refused = await going_on(worker, "crip-2")

    assert "Continuer en tant que" not in text(home)
    assert refused.status_code == codes.FORBIDDEN
