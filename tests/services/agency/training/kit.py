"""A training over a world in memory: every agency's pages, and trainees who do what their band says and nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

import httpx

from services.agency.desk.routes import DeskPages
from services.agency.desk.way_in import DeskAccess
from services.agency.training.cases import CASES
from services.agency.training.routes import TrainingWays
from services.agency.training.seats import SeatFiles
from services.agency.training.training import Training
from services.platform.browser.access_log import AccessLog
from services.platform.browser.sign_in.local_accounts import LocalAccount, LocalAccounts
from services.platform.sign_in_settings import TRAINING_ROLES
from tests.services.agency.bench import Bench, serving
from tests.services.agency.desk.kit import HASH, PASSWORD, hidden
from tests.services.agency.training.form_reader import fields_of
from tests.world import World

KEY: Final = b"a key of this training, for tests"
AGENCIES: Final = ("education", "justice", "child_welfare", "association")
MARKED: Final = {"fr": "EXERCICE – données fictives", "en": "EXERCISE – invented data"}
_FIELD: Final = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
_FORM: Final = re.compile(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)


class Classroom:
    """All agencies of one training.

    Attributes:
        benches, trainings: by agency.
    """

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self._folder = world, folder
        self.benches: dict[str, Bench] = {}
        self.trainings: dict[str, Training] = {}
        self._logs: list[AccessLog] = []

    def join(self, bench: Bench) -> None:
        """One more agency."""
        name = bench.office.agency.name
        accounts = {role: LocalAccount(role, role, HASH) for role in TRAINING_ROLES}
        addresses = {
            desk: f"http://{agency}.test"
            for desk in CASES
            for agency in AGENCIES
            if desk in self.world.offices[agency].agency.desks
        }
        seats = SeatFiles(self._folder / "training", name)
        training = Training(
            bench.parts, TrainingWays(LocalAccounts(accounts), KEY, addresses, seats)
        )
        log = AccessLog(self._folder / f"accesses-{name}.jsonl")
        desks = {desk: LocalAccount(desk, desk, HASH) for desk in bench.office.agency.desks}
        hosts = (f"{name}.test",)
        access = DeskAccess(LocalAccounts(desks), log, hosts, play=True, exercise=training)
        bench.app.router.routes.append(DeskPages(bench.parts, access))
        self.benches[name], self.trainings[name] = bench, training
        self._logs.append(log)

    async def settle(self) -> None:
        """Let everybody who plays by itself act, until nobody has anything to do."""
        idle = 0
        while idle < 2:  # who sits where is heard of in the next round
            self.world.settle()
            acted = [await training.look() for training in self.trainings.values()]
            idle = 0 if any(acted) else idle + 1

    def browser(self, agency: str) -> httpx.AsyncClient:
        """One without a session."""
        transport = httpx.ASGITransport(self.benches[agency].app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=f"http://{agency}.test")

    @asynccontextmanager
    async def signed_in(self, agency: str, role: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that has signed in to the training at one agency's pages."""
        async with self.browser(agency) as browser:
            form = {"account": role, "password": PASSWORD}
            done = await browser.post("/desk/training/sign-in", data=form)
            assert done.status_code == httpx.codes.SEE_OTHER, done.text
            yield browser

    @asynccontextmanager
    async def playing(
        self, desk: str, lang: str = "fr", *, arrives: bool = True
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A trainee who has signed in at the association's address and chosen a profession there.

        Args:
            arrives: what begins her case has come.
        """
        async with self.signed_in("association", "trainee") as first:
            chosen = (await first.get("/desk/training")).text
        link = next(
            html.unescape(one)
            for one in re.findall(r'href="(http[^"]*)"', chosen)
            if f"pass={desk}." in one
        )
        agency = link.partition("://")[2].partition(".")[0]
        async with self.browser(agency) as browser:
            entered = await browser.get(link)
            assert entered.headers["location"] == "/desk", entered.headers
            await browser.get(f"/desk?lang={lang}")
            if arrives:
                await self.settle()
            yield browser

    def close(self) -> None:
        """Its files."""
        for log in self._logs:
            log.close()


@asynccontextmanager
async def classroom(folder: Path, world: World | None = None) -> AsyncIterator[Classroom]:
    """A training that goes on."""
    room = Classroom(world or World(), folder)
    async with AsyncExitStack() as stack:
        for agency in AGENCIES:
            room.join(await stack.enter_async_context(serving(agency, room.world)))
        stack.callback(room.close)
        yield room


class Settling(Protocol):
    """What lets the others act."""

    async def settle(self) -> None:
        """Until they have acted."""


async def obey(browser: httpx.AsyncClient, room: Settling) -> str:
    """Do what the band says once, by the pages alone; the first page as it is then."""
    band = banded((await browser.get("/desk")).text)
    if _FORM.search(band) is not None:
        address, fields = form_of_band(band)
        written = await browser.post(address, data=fields)
        checked = await browser.post(address, data={**fields_of(below(written)), "do": "check"})
        sent = await browser.post(address, data={**fields_of(below(checked)), "do": "send"})
        assert sent.status_code == httpx.codes.SEE_OTHER, checked.text
    elif (link := re.search(r'class="button" href="(/desk/inbox/[^"]*)"', band)) is not None:
        await _answer(browser, link[1])
    await room.settle()
    return (await browser.get("/desk")).text


def form_of_band(band: str) -> tuple[str, dict[str, list[str]]]:
    """Where the exercise's form is opened, and by which fields."""
    form = _FORM.search(band)
    assert form is not None, band
    fields: dict[str, list[str]] = {}
    for name, value in _FIELD.findall(form[2]):
        fields.setdefault(name, []).append(html.unescape(value))
    return form[1], fields


async def _answer(browser: httpx.AsyncClient, address: str) -> None:
    """The main button of an arrival; where there is none, the outcome."""
    page = (await browser.get(address)).text
    own = {"form": hidden(page)["form"]}
    if (stage := re.search(r'name="stage" value="([^"]*)"', page)) and 'class="main"' in page:
        stages = re.findall(r'name="stage" value="([^"]*)"', page)
        stage_ = "decided" if "decided" in stages else stage[1]
        await browser.post(f"{address}/acknowledge", data={**own, "stage": stage_})
        return
    codes = re.findall(r'<option value="([^"]+)">', page)
    code = next(one for one in codes if one in ("help_in_place", "measure_ordered"))
    await browser.post(f"{address}/outcome", data={**own, "key": hidden(page)["key"], "code": code})


def below(page: httpx.Response) -> str:
    """A page without its band, whose form is another."""
    return page.text.replace(banded(page.text), "")


def banded(page: str) -> str:
    """The band of a page."""
    found = re.search(r'<aside class="case".*?</aside>', page, re.DOTALL)
    return found[0] if found else ""
