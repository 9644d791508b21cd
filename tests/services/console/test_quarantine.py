"""The page on quarantine: whose it is, what is ordered about it, and that nothing here orders anything."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse

from contracts.encoding import digest
from services.audit.projection.quarantine import QuarantineProjection
from services.console.auditor.client import AuditClient
from services.operate.status.state import federation
from services.platform.http.shared_secret import SharedSecrets
from tests.contracts.log.bus import Bus
from tests.contracts.log.ruling import LATER, good, put_aside, rule, settle
from tests.services.audit.lives import Lives
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import AT, CALM, answer
from tests.services.operate.status.test_told import BUSY

pytestmark = pytest.mark.anyio

SECRET = bytes(range(32))
CANARY = "Zoe Canari"


def _client(transport: httpx.AsyncBaseTransport) -> AuditClient:
    return AuditClient(lambda: {"audit": "http://127.0.0.1:1"}, {"civil": SECRET}, transport)


class Told:
    """A bus whose log an audit service follows, and a console that asks it.

    Attributes:
        answers: whether the audit service does.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bus, self.answers, self._folder, self._patch = Bus(), True, folder, monkeypatch
        self.leaves = put_aside(self.bus, *(good(self.bus, number) for number in range(3)))
        self.bus.route(good(self.bus, 7, convd=digest("no convention yet")))
        self.bus.route(replace(good(self.bus, 8), value=CANARY.encode(), key=b"k"))
        self.console = OpenConsole(folder, BUSY)

    async def follow(self, now: int = LATER) -> None:
        """Let a new audit service read the log."""
        projection = QuarantineProjection(SharedSecrets({"civil": SECRET}), lambda: now)
        life = await Lives(self.bus, self._folder / f"audit-{now}").live(self._patch, looks=0)
        projection.follow(life.audit)
        await life.followed.look(now)
        app = httpx.ASGITransport(app=Starlette(routes=projection.routes))

        async def asked(request: httpx.Request) -> httpx.Response:
            if not self.answers:
                raise httpx.ConnectError("refused")
            return await app.handle_async_request(request)

        self.console.routes.quarantine.client = _client(httpx.MockTransport(asked))
        self.forget()

    def forget(self) -> None:
        """Let the next page ask again."""
        self.console.routes.quarantine._asked = -1e9


@pytest.fixture
async def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Told]:
    """Three events at which routing broke, one of an unknown convention, one that is garbage."""
    opened = Told(tmp_path, monkeypatch)
    await opened.follow()
    yield opened
    opened.console.close()


def _plain(page: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", page).replace("\xa0", " ").replace("\u202f", " ")


async def test_the_page_says_whose_it_is_and_how_old(told: Told) -> None:
    """By code, outbox and issuer; and that a release of one of them would be in vain."""
    async with told.console.as_("operator") as browser:
        page = (await browser.get("/quarantine?lang=en")).text

    assert "edu-s" in page
    assert re.search(r"internal_error.*education.*not known.* 3 ", _plain(page))
    assert "1 × it names a convention that is neither in force" in page
    assert CANARY not in page


async def test_the_page_says_the_commands_and_has_no_form_that_orders(told: Told) -> None:
    """What is ordered, owners sign elsewhere."""
    async with told.console.as_("operator") as browser:
        page = (await browser.get("/quarantine?lang=en")).text
        sent = await browser.post("/quarantine/prepare", data={"kind": "release"})

    assert "relais quarantine release PARTITION:DECISION" in page
    assert 'action="/quarantine' not in page
    assert sent.status_code in {httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED}


async def test_progress_is_what_the_owners_have_ordered(told: Told) -> None:
    """Ordered and not come to yet; then carried out."""
    async with told.console.as_("operator") as browser:
        rule(told.bus, "release", *told.leaves[:2], start=LATER + 1)
        await told.follow(LATER + 1)
        half = _plain((await browser.get("/quarantine?lang=en")).text)
        settle(told.bus, LATER + 2)
        await told.follow(LATER + 3)
        done = _plain((await browser.get("/quarantine?lang=en")).text)

    assert "0 / 2" in half
    assert "2 ordered, routing has not come to it" in half
    assert "2 / 2" in done
    assert "2 released and decided" in done


async def test_with_the_auditor_dead_the_page_is_whole(told: Told) -> None:
    """With what was told last and its age; metrics beside it."""
    async with told.console.as_("operator") as browser:
        await browser.get("/quarantine")
        told.answers = False
        told.forget()
        page = await browser.get("/quarantine?lang=en")

    assert "does not answer; it told this" in page.text
    assert "internal_error" in page.text


async def test_a_service_that_calls_itself_audit_is_shown_no_secret(told: Told) -> None:
    """It is asked by the name that it has in the home, whatever its metrics say."""
    asked: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(404)

    told.console.routes.quarantine.client = AuditClient(
        lambda: {"police": "http://127.0.0.1:1"}, {"civil": SECRET}, httpx.MockTransport(note)
    )
    liar = replace(answer("audit"), service="police")
    told.console.watch.take(federation(AT, [liar], CALM, {}, {}))
    async with told.console.as_("operator") as browser:
        await browser.get("/quarantine")

    assert asked == []


async def test_with_routing_dead_the_page_says_that_its_counts_are_missing(told: Told) -> None:
    """What the auditor told stands there all the same."""
    told.console.watch.take(federation(AT, [answer("audit")], CALM, {}, {}))
    async with told.console.as_("operator") as browser:
        page = await browser.get("/quarantine?lang=en")

    assert "Routing of the civil bus does not answer" in page.text
    assert "internal_error" in page.text


@pytest.mark.parametrize(
    "said",
    [{"at": 1}, {"at": 1, "groups": [{"code": "<b>"}], "orders": [], "whole": True}, {"at": []}],
)
async def test_an_auditor_that_was_taken_over_puts_nothing_on_the_page(
    told: Told, said: dict[str, Any]
) -> None:
    """Another form is as no answer."""

    async def lie(_scope: Any, _receive: Any, send: Any) -> None:
        await JSONResponse(said)(_scope, _receive, send)

    transport = httpx.ASGITransport(app=lie)
    told.console.routes.quarantine.client = _client(transport)
    async with told.console.as_("operator") as browser:
        page = await browser.get("/quarantine?lang=en")

    assert page.status_code == httpx.codes.OK
    assert "No auditor has told anything yet" in page.text
    assert "<b>" not in page.text
