"""A desk that follows a situation learns which others do, and invites those whom it may."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from contracts.conventions import shipped
from contracts.encoding import digest
from tests.contracts.convention.amended import SECOND_TEXT
from tests.flows.acts import CASE, raw
from tests.services.agency.desk.kit import DeskBench, Worker, hidden, opened, text
from tests.world import World

INVITE = "coordination_invitation"


def followed() -> World:
    """A school alerts, the CRIP has it evaluated, the prosecutor places the child in a home."""
    first = shipped().decode()
    text = first.replace("version: 1\n", "version: 2\n", 1)
    text = text.replace('predecessor: ""', f'predecessor: "{digest(shipped())}"')
    text = text.replace("\nscopes:\n", "\naccess:\n  reference: [CRIP, ASE]\nscopes:\n")
    text += SECOND_TEXT[SECOND_TEXT.index("  LOOKUP:\n") :]
    world = World()
    world.adopt(text.encode())
    world.settle()
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS RISK"))
    raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS IDENTITY"))
    raw(world, "parq-civ", "MEASURE", ("home-1", "execute_opp", "IDENTITY"), phase="start")
    return world


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[DeskBench]:
    """The child welfare service, which follows it."""
    async with opened("child_welfare", tmp_path, followed()) as desk:
        yield desk


async def arrived(browser: Worker) -> list[str]:
    """The pages of what came, the last first."""
    listed = (await browser.get("/desk/inbox")).text
    paths = re.findall(r'href="(/desk/inbox/[^"]+)"', listed)
    return [(await browser.get(path)).text for path in paths]


async def asked(browser: Worker, **more: str) -> httpx.Response:
    """Press the button of what came last, and read the answer of the bus."""
    fields = hidden((await arrived(browser))[0])
    done = await browser.post("/desk/situations", data=fields | more)
    browser.desk.bench.settle()
    return await browser.get(done.headers["location"])


async def test_the_ase_sees_who_follows_a_situation_and_invites_whom_it_may(ase: Worker) -> None:
    """By name, and no more; the form goes to those whom a clause allows."""
    shown = await asked(ase)
    path = shown.text.partition('class="button" href="/desk/write/')[2].partition('"')[0]
    form = await ase.get(f"/desk/write/{path}")

    assert re.findall(r"<li>(Service [^<]+)</li>", text(shown)) == [
        "Service crip", "Service edu-s", "Service home-1", "Service parq-civ",
    ]  # fmt: skip
    assert path.partition("?")[0] == INVITE
    chosen = re.findall(r'name="to" value="([^"]+)" checked', form.text)
    assert sorted(chosen) == ["crip", "edu-s", "home-1"]


async def test_the_crip_may_invite_nobody(crip: Worker, ase: Worker) -> None:
    """Under the first convention the ASE alone calls a meeting: no button."""
    shown = await asked(crip)
    forms = [await crip.read(f"/write/{one}") for one in (INVITE, "evaluation_request")]
    pages = [(await one.read(""), await one.read("/write")) for one in (crip, ase)]

    above = [form.partition('id="sheet"')[0] for form in forms]
    assert ["Aucune clause de la convention" in one for one in above] == [True, False]
    for kind, (home, kinds) in zip((INVITE, "signalement"), pages, strict=True):
        offered, _, shut = kinds.partition("Ce que le bus refusera")
        assert f"/desk/write/{kind}" not in home.partition("Ce que le bus refusera")[0] + offered
        assert f"/desk/write/{kind}" in shut
    assert f"/desk/write/{INVITE}" in pages[1][1].partition("Ce que le bus refusera")[0]
    assert INVITE not in shown.text


async def test_a_desk_that_does_not_follow_a_situation_learns_nothing(council: DeskBench) -> None:
    """A home has no such button; the bus refuses what it asks, and another's answer is unknown."""
    async with council.as_("home-1") as home, council.as_("ase") as ase:
        page = (await arrived(home))[0]
        refused = await asked(home, realm="civil", case=CASE)
        others = await home.get((await asked(ase)).url.path)

    assert "/desk/situations" not in page
    assert "seul un service de référence" in text(refused)
    assert others.status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("forged", [{"case": "!" * 43}, {"case": ""}, {"realm": "criminal"}])
async def test_a_forged_look_up_is_refused_in_words(forged: dict[str, str], ase: Worker) -> None:
    """Nothing failed here, so nothing says that it may be tried again later."""
    fields = hidden((await arrived(ase))[0])
    done = await ase.post("/desk/situations", data=fields | forged)

    assert done.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "Une donnée de ce formulaire est inutilisable" in text(done)
