"""A desk's page over a world in memory: signed-in browsers, forms filled in by name."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from starlette.routing import Route

from services.agency.desk.routes import DeskPages
from services.agency.desk.way_in import DeskAccess
from services.platform.browser.access_log import AccessLog
from services.platform.browser.sign_in.local_accounts import LocalAccounts
from services.platform.browser.sign_in.provider import Provider
from services.platform.keys.keystore import hashed
from tests.samples import sample
from tests.services.agency.bench import Bench, serving
from tests.world import World

CANARY: Final = "Canary"
PASSWORD: Final = "synthetic"
_HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


class Worker(httpx.AsyncClient):
    """The browser of somebody at a desk, without scripts."""

    desk: DeskBench

    async def read(self, path: str) -> str:
        """A page below `/desk` as it is read."""
        return text(await self.get(f"/desk{path}"))

    async def filled(
        self, record: dict[str, Any], do: str = "check", query: str = ""
    ) -> httpx.Response:
        """Open the form of a record's kind, fill it in, press a button."""
        form = await self.get(f"/desk/write/{record['kind']}{query}")
        return await self.submitted(form, record, do)

    async def submitted(
        self, form: httpx.Response, record: dict[str, Any], do: str
    ) -> httpx.Response:
        """Fill in a form that was answered, and press a button."""
        fields = encoded([*hidden(form.text).items(), *flat(record), ("do", do)])
        return await self.post(str(form.url.path), data=fields)

    async def pressed(self, page: httpx.Response, do: str) -> httpx.Response:
        """Press a button of the page that was answered; what is hidden in it goes along."""
        own = dict.fromkeys(_HIDDEN.findall(page.text))
        fields = encoded((name, html.unescape(value)) for name, value in own)
        return await self.post(str(page.url.path), data={**fields, "do": do})

    async def acknowledged(self, path: str, stage: str = "received") -> None:
        """Open an arrival, and acknowledge it by its form."""
        form = hidden((await self.get(path)).text)
        await self.post(f"{path}/acknowledge", data=form | {"stage": stage})

    async def delivered(self, record: dict[str, Any], query: str = "") -> str:
        """Fill in a form, check, send, and route it; the event that it became."""
        sent = await self.pressed(await self.filled(record, query=query), "send")
        self.desk.bench.settle()
        return sent.headers["location"].rpartition("/")[2].partition("?")[0]


class DeskBench:
    def __init__(
        self, bench: Bench, folder: Path, hosts: tuple[str, ...], way: Provider | None = None
    ) -> None:
        self.bench = bench
        self.log = folder / f"accesses-{bench.office.agency.name}.jsonl"
        self.accesses = AccessLog(self.log)
        accounts = dict.fromkeys(bench.office.agency.desks, hashed(PASSWORD))
        access = DeskAccess(way or LocalAccounts(accounts), self.accesses, hosts, play=True)
        self.pages = DeskPages(bench.parts, access)
        bench.app.router.routes.append(self.pages)

    @property
    def paths(self) -> list[str]:
        """Every address of the pages, with its places in braces."""
        return [route.path for route in self.pages._app.routes if isinstance(route, Route)]

    @asynccontextmanager
    async def as_(self, desk: str) -> AsyncIterator[Worker]:
        """A browser in which a desk has signed in."""
        async with self.browser() as browser:
            form = {"account": desk, "password": PASSWORD}
            done = await browser.post("/desk/sign-in", data=form)
            assert done.status_code == httpx.codes.SEE_OTHER, done.text
            yield browser

    def browser(self, url: str = "http://test", *beside: str) -> Worker:
        """One without a session."""
        transport = httpx.ASGITransport(self.bench.app, raise_app_exceptions=True)
        network = {address: httpx.AsyncHTTPTransport() for address in beside}
        worker = Worker(transport=transport, mounts=network, base_url=url)
        worker.desk = self
        return worker


@asynccontextmanager
async def opened(
    agency: str, folder: Path, world: World | None = None, hosts: tuple[str, ...] = ("test",),
    way: Provider | None = None,
) -> AsyncIterator[DeskBench]:  # fmt: skip
    """An agency's service with its pages; by accounts of its desks, or a provider's."""
    async with serving(agency, world) as bench:
        desk = DeskBench(bench, folder, hosts, way)
        yield desk
        desk.accesses.close()


def concern() -> dict[str, Any]:
    """What an association files."""
    return sample("association", "information_preoccupante", CANARY)


def text(answer: httpx.Response) -> str:
    """A page as it is read."""
    return html.unescape(answer.text).replace("\u00a0", " ").replace("\u202f", " ")


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms, by name; of several the last."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """A record as a form is filled in."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from flat(below, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield from flat(below, f"{name}.{at}" if isinstance(below, dict) else name)
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif name != "kind":
        yield name, str(value)


def encoded(fields: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Fields as a browser sends them, several of one name among them."""
    told: dict[str, list[str]] = {}
    for name, value in fields:
        told.setdefault(name, []).append(value)
    return told
