"""The page of partners over an agency's real HTTP: rows, a button, and nobody who may not makes anything be tried."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from services.agency.self_test.runner import SelfTest
from services.console.roles import ROLES
from services.platform.self_test.rows import SelfTestRow
from tests.patience import PATIENCE
from tests.services.agency.bench import Bench, serving
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import calm

pytestmark = pytest.mark.anyio
NOBODY = "127.0.0.1:1"  # where no broker listens
FORM = re.compile(r'name="form" value="([^"]+)"')


class PartnerService:
    """Child welfare's service as the console reaches it; can be made to hang, to lie or to be away."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.asked = bench, 0
        self.lie, self.hangs = b"", False

    def client(self) -> httpx.AsyncClient:
        """What a console asks it with."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert "authorization" not in request.headers
        if self.hangs:
            await asyncio.Event().wait()
        if self.lie:
            return httpx.Response(200, stream=httpx.ByteStream(self.lie))
        told = await self.bench.client.request(request.method, request.url.raw_path.decode())
        return httpx.Response(told.status_code, stream=httpx.ByteStream(told.content))


@asynccontextmanager
async def partnered(folder: Path) -> AsyncIterator[tuple[OpenConsole, PartnerService]]:
    """A console beside one service that tests itself."""
    async with serving("child_welfare") as bench:
        kept = frozenset(bench.office.agency.desks)
        bench.parts.self_test = SelfTest(NOBODY, {}, bench.publisher, kept, bench.parts.clock)
        service, console = PartnerService(bench), OpenConsole(folder, calm())
        tests = console.routes.partners.tests
        tests.addresses, tests.client = lambda: {"child_welfare": "http://test"}, service.client
        routing = asyncio.create_task(_route(bench))
        try:
            yield console, service
        finally:
            tries = list(tests._tries.values())
            for task in (routing, *tries):
                task.cancel()
            await asyncio.gather(routing, *tries, return_exceptions=True)
            console.close()


async def _route(bench: Bench) -> None:
    while True:
        bench.settle()
        await asyncio.sleep(0.005)


async def _press(browser: httpx.AsyncClient, desk: str, **fields: str) -> httpx.Response:
    page = (await browser.get("/partners?lang=en")).text
    found = FORM.search(page)
    assert found is not None
    return await browser.post(f"/partners/{desk}/again", data={"form": found[1], **fields})


async def test_a_button_has_a_row_tried_again_and_the_page_shows_what_came(tmp_path: Path) -> None:
    """With cause and next step, in French and English; who pressed it is on record."""
    async with partnered(tmp_path) as (console, _service), console.as_("operator") as browser:
        before = (await browser.get("/partners/crip?lang=en")).text
        done = await _press(browser, desk="crip", row="ping")
        after = (await browser.get(f"{done.headers['location']}?lang=en")).text
        french = (await browser.get("/partners/crip?lang=fr")).text

        assert before.count("nobody has tried it yet") == 7
        assert (done.status_code, done.headers["location"]) == (303, "/partners/crip")
        assert (
            len(re.findall(r'class="good">seen working at', after)) == 3
        )  # directory, clock, ping
        assert "jeton" in french
        assert "vu en état de marche le" in french
        assert '"what":"tried"' in console.log.read_text("utf-8")


async def test_only_an_operator_with_the_pages_own_form_has_anything_tried(tmp_path: Path) -> None:
    """Another role, no form, another's, another site's, another row: nothing reaches the service."""
    async with partnered(tmp_path) as (console, service):
        for role in ROLES:
            async with console.as_(role) as browser:
                page = await browser.get("/partners/crip")
                assert ("<button aria-label" in page.text) is (role == "operator")
                assert page.status_code == (200 if role in ("operator", "security") else 404)
                asked, fields = service.asked, {"row": "ping"}
                form = FORM.search(page.text)
                assert form is not None
                own = {"form": form[1]}
                tries = [
                    await browser.post("/partners/crip/again", data=fields),
                    await browser.post("/partners/crip/again", data={**fields, "form": "canary"}),
                    await browser.post("/partners/crip/again", data={**fields, **own}, headers={"Origin": "http://x"}),
                    await browser.post("/partners/crip/again", data={**fields, **own, "row": "canary"}),
                ]  # fmt: skip
                if role != "operator":
                    tries.append(await browser.post("/partners/crip/again", data={**fields, **own}))
                assert {answer.status_code for answer in tries} == {404}
                assert service.asked == asked
        async with console.client() as nobody:
            assert (await nobody.post("/partners/crip/again", data={})).status_code == 303


async def test_a_service_that_hangs_lies_or_is_away_holds_no_page_up(tmp_path: Path) -> None:
    """What was told last stays, with the instants of its tries and a word that it is old; a lie is nobody's."""
    async with partnered(tmp_path) as (console, service), console.as_("operator") as browser:
        await browser.get("/partners/crip")
        kept = console.routes.partners.tests.desks["crip"].rows
        for service.hangs, service.lie in (
            (True, b""),
            (False, b'{"desks":{"<b>canary</b>":[]}}'),
            (False, b'{"desks":{"crip":[{"row":"ping","state":"working","code":"<canary>"}]}}'),
            (False, b"\xff" * 100),
        ):
            console.routes.partners.tests._looked = float("-inf")
            async with asyncio.timeout(PATIENCE):
                page = (await browser.get("/partners/crip?lang=en")).text

            assert "child_welfare does not answer now" in page
            assert console.routes.partners.tests.desks["crip"].rows == kept
            assert "canary" not in page
        service.hangs = True
        async with asyncio.timeout(PATIENCE):
            done = await _press(browser, desk="crip", row="tls")
        assert done.headers["location"] == "/partners/crip"


async def test_a_desk_that_nobody_told_of_is_shown_and_tried_by_nobody(tmp_path: Path) -> None:
    """An address cannot name a service, nor a page repeat what was asked."""
    async with partnered(tmp_path) as (console, service), console.as_("operator") as browser:
        page = (await browser.get("/partners/canary-7f3a91")).text
        asked = service.asked
        done = await _press(browser, desk="canary-7f3a91@evil", row="ping")

        assert "canary" not in page
        assert done.status_code == httpx.codes.NOT_FOUND
        assert service.asked == asked


async def test_a_hundred_readers_cost_a_service_one_look(tmp_path: Path) -> None:
    """Whoever reloads without end asks nobody oftener."""
    async with partnered(tmp_path) as (console, service), console.as_("operator") as browser:
        for _ in range(10):
            await asyncio.gather(*(browser.get("/partners") for _ in range(10)))

        assert service.asked <= 3


def test_a_row_says_nothing_but_what_is_listed() -> None:
    """What a page, a stream or a file could carry of it is these members, and no text of anybody's."""
    row = SelfTestRow("ping", "working", 1.5, "", None, 0.25)

    assert row.document() == {"row": "ping", "state": "working", "at": 1.5, "seconds": 0.25}
