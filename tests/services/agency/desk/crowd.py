"""A whole department's schools at the pages of one agency's service at once, over a world in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests import world as worlds
from tests.contracts.envelope import kit
from tests.samples import sample
from tests.services.agency.desk.kit import PASSWORD, DeskBench, encoded, flat, hidden, opened
from tests.world import BEGIN, World

SCHOOLS: Final = 200
KIND: Final = "information_preoccupante"
FORM: Final = f"/desk/write/{KIND}"


@contextmanager
def _schools(count: int) -> Iterator[tuple[str, ...]]:
    """A world that is made meanwhile has so many schools more, with keys of two weeks."""
    names = tuple(f"ecole-{number}" for number in range(count))
    made = cache(kit.realm.__wrapped__)
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setitem(kit.DESKS, name, ("EDU-S", kit.CIVIL, True))
        start = BEGIN - 7 * kit.DAY
        patch.setattr(worlds, "realm_keys", lambda realm: made(realm, start=start, weeks=2))
        for name in ("first_orders", "_first"):
            patch.setattr(worlds, name, cache(getattr(worlds, name).__wrapped__))
        yield names


@dataclass
class School:
    """One of them: a browser that is signed in, what it wrote, and what it was sent.

    Attributes:
        canary: the name of its child, which no other school may see.
        sent, outcome: ids of its alert and of what the CRIP told it.
        filled: its form.
    """

    desk: str
    browser: httpx.AsyncClient
    canary: str
    sent: str = ""
    outcome: str = ""
    filled: dict[str, list[str]] = field(default_factory=dict)

    @property
    def record(self) -> dict[str, Any]:
        """What it writes."""
        return sample("education", KIND, self.canary)

    async def looks(self) -> dict[str, httpx.Response]:
        """Form, verdict, arrivals, duties and where its alert stands, one after the other as a person does."""
        form = await self.browser.get(FORM)
        self.filled = encoded([*hidden(form.text).items(), *flat(self.record), ("do", "check")])
        return {
            "form": form,
            "check": await self.checks(),
            "inbox": await self.browser.get("/desk/inbox"),
            "duties": await self.browser.get("/desk/duties"),
            "sent": await self.browser.get(f"/desk/sendings/{self.sent}"),
        }

    async def checks(self) -> httpx.Response:
        """Ask for the verdict on the form that it has filled in."""
        return await self.browser.post(FORM, data=self.filled)


@dataclass
class Crowd:
    """All of them, and the service."""

    desk: DeskBench
    schools: list[School]


@asynccontextmanager
async def crowd(folder: Path, count: int = SCHOOLS) -> AsyncIterator[Crowd]:
    """So many schools, each of which has alerted the CRIP and been told an outcome."""
    with _schools(count) as names:
        world = World()
        async with opened("education", folder, world) as desk, AsyncExitStack() as stack:
            schools = []
            for number, name in enumerate(names):
                transport = httpx.ASGITransport(desk.bench.app, client=(f"10.0.0.{number}", 1))
                browser = httpx.AsyncClient(transport=transport, base_url="http://test")
                await stack.enter_async_context(browser)
                schools.append(School(name, browser, f"Canary-{name}-end"))
            for school in schools:
                school.sent = world.post(school.desk, school.record).body["events"][0]
            world.settle()
            for school in schools:
                told = world.outcome("crip", school.sent, "being_evaluated")
                school.outcome = told.body["events"][0]
            world.settle()
            form = {"password": PASSWORD}
            for school in schools:
                await school.browser.post("/desk/sign-in", data={**form, "account": school.desk})
            yield Crowd(desk, schools)
