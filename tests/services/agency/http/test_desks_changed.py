"""A service that serves a desk and its heir, as their systems and workers ask it."""

from __future__ import annotations

import pytest

from tests.flows.acts import CASE, OTHER
from tests.flows.desks_changed import rename
from tests.flows.key_succession import Keeper
from tests.flows.passing_on import pass_on
from tests.flows.test_homes import placed
from tests.flows.test_key_rotation import posted
from tests.services.agency.bench import serving
from tests.world import World

pytestmark = pytest.mark.anyio


def renamed() -> tuple[World, list[str]]:
    """The CRIP has another name, between two alerts to it."""
    world = World()
    events = [posted(world, "child 1")]
    world.settle()
    rename(world, Keeper(world), "crip", "crip-2")
    events.append(posted(world, "child 2"))
    world.settle()
    return world, events


async def test_an_heir_pages_through_both_inboxes_and_meets_each_arrival_once() -> None:
    """One at a time, by the cursor of the answer before."""
    world, events = renamed()
    async with serving("child_welfare", world) as bench:
        seen, cursor = [], ""
        for _ in range(3):
            page = (await bench.get("crip-2", "/v1/inbox", limit=1, after=cursor)).json()
            seen += [(one["event"], one.get("addressed_to")) for one in page["items"]]
            cursor = page["cursor"]

    assert seen == [(events[0], "crip"), (events[1], None)]


async def test_a_cursor_from_before_a_merge_reads_what_lay_unread_with_the_desk_that_ended() -> (
    None
):
    """However far the heir had read its own."""
    world = World()
    placed(world, "home-1", CASE)
    placed(world, "home-2", OTHER)
    world.settle()
    async with serving("child_welfare", world) as bench:
        before = (await bench.get("home-2", "/v1/inbox")).json()
        pass_on(world, "home-1", "home-2")

        after = (await bench.get("home-2", "/v1/inbox", after=before["cursor"])).json()
        again = (await bench.get("home-2", "/v1/inbox", after=after["cursor"])).json()

    assert [one["case"] for one in before["items"]] == [OTHER]
    assert [(one["case"], one["addressed_to"]) for one in after["items"]] == [(CASE, "home-1")]
    assert again["items"] == []


async def test_the_old_token_is_told_whose_to_use() -> None:
    """For every route of a desk, the bare one that takes records among them."""
    world, _events = renamed()
    async with serving("child_welfare", world) as bench:
        answers = [await bench.get("crip", path) for path in ("/v1/inbox", "/v1/duties")]
        answers.append(await bench.post("crip", {}))

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["code"] for answer in answers} == {"desk_has_heir"}
    assert "crip-2" in answers[0].json()["expected"]
