"""The console signs people in by a provider of others: zitadel's, with its own login page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import httpx
import pytest

from services.console.roles import ROLES, pages_of
from services.console.settings import COOKIE, ConsoleSettings
from services.platform.browser.sign_in.by_provider import ENTRANCE
from services.platform.browser.sign_in.client import read_client
from services.platform.browser.sign_in.provider import BEGUN, Provider
from tests.go.zitadel_server import PASSWORD, SECRET, Zitadel, signed, way_back, zitadel
from tests.services.console.kit import URL, OpenConsole
from tests.services.operate.status.pages import BUSY
from tests.services.platform.browser.sign_in.conftest import patient

__all__ = ["patient"]  # a fixture

BACK: Final = f"{URL}/sign-in/back"
ACCOUNTS: Final = {str(role): [str(role)] for role in ROLES}


@pytest.fixture
async def running(go_program: Callable[..., Path], tmp_path: Path) -> AsyncIterator[Zitadel]:
    """The provider."""
    with zitadel(go_program("zitadel"), tmp_path, BACK, **ACCOUNTS) as told:
        yield told


@pytest.fixture
async def console(running: Zitadel, tmp_path: Path) -> AsyncIterator[OpenConsole]:
    """A console whose people it signs in, by settings as an operator writes them."""
    settings = ConsoleSettings(**running.settings(BACK))
    provider = Provider(read_client(settings, ROLES))
    opened = OpenConsole(tmp_path, BUSY, provider)
    yield opened
    await provider.close()
    opened.close()


def browser_of(console: OpenConsole, running: Zitadel) -> httpx.AsyncClient:
    """A browser that reaches both."""
    network = {running.issuer: httpx.AsyncHTTPTransport()}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(console.app), mounts=network, base_url=URL
    )


async def code_for(browser: httpx.AsyncClient, account: str) -> str:
    """Where the provider sends a browser of the console's."""
    return await way_back(browser, ENTRANCE, BACK, account)


async def test_each_role_signs_in_sees_its_pages_and_signs_out(
    console: OpenConsole, running: Zitadel
) -> None:
    """The menu is the role's; no token or secret is on a page, in a cookie or in looks."""
    told = ""
    for role in ROLES:
        async with browser_of(console, running) as browser:
            first = await browser.get("/sign-in?lang=en")
            done = await browser.get(await code_for(browser, role))
            menu = (await browser.get("/")).text
            form = re.search(r'name="form" value="([^"]+)"', menu)
            assert form is not None
            out = await browser.post("/sign-out", data={"form": form[1]})
            over = await browser.get("/")

        assert 'type="password"' not in first.text
        assert done.status_code == httpx.codes.OK
        assert done.headers["refresh"] == "0; url=/"
        assert f"You are signed in as {role}." in done.text
        assert {name for name in re.findall(r'<li><a href="/([a-z]*)"', menu) if name} == set(
            pages_of(role)
        ) - {"overview"}
        assert (out.status_code, over.status_code) == (303, 303)
        told += menu + done.text + str(done.headers)
    assert not re.search(rf"eyJ|{SECRET}|{PASSWORD}", told + console.log.read_text())
    assert signed(console.log) == [
        (what, role, role) for role in ROLES for what in ("signed_in", "signed_out")
    ]


async def test_a_code_is_worth_something_once_and_in_its_own_browser(
    console: OpenConsole, running: Zitadel
) -> None:
    """Not twice, not with another state, not in the browser of whoever stole it or is led to it."""
    async with browser_of(console, running) as own, browser_of(console, running) as other:
        back = httpx.URL(await code_for(own, "operator"))
        foreign = httpx.URL(await code_for(other, "auditor"))
        begun = own.cookies[BEGUN]
        tried = [
            await own.get(back.copy_set_param("state", "guessed")),
            await own.get(back.copy_remove_param("state")),
            await own.get(foreign),  # login CSRF: the victim would look under the attacker's name
            await other.get(back),
            await own.get(back.copy_set_param("code", foreign.params["code"])),  # another's PKCE
        ]
        assert COOKIE not in own.cookies
        first = await own.get(back)
        again = await own.get(back, headers={"Cookie": f"{BEGUN}={begun}"})
        denied = await other.get("/sign-in/back?error=access_denied&error_description=<script>")

    assert [answer.status_code for answer in tried] == [httpx.codes.FORBIDDEN] * 5
    assert (first.status_code, again.status_code) == (httpx.codes.OK, httpx.codes.FORBIDDEN)
    assert denied.status_code == httpx.codes.FORBIDDEN
    assert "<script>" not in denied.text.partition("<main>")[2]


async def test_a_provider_that_is_down_stops_nobody_who_is_signed_in(
    console: OpenConsole, running: Zitadel
) -> None:
    """And whoever is not is told so."""
    async with browser_of(console, running) as browser, browser_of(console, running) as late:
        await browser.get(await code_for(browser, "operator"))
        back = await code_for(late, "auditor")
        running.process.kill()
        running.process.wait()
        goes_on, stuck = await browser.get("/"), await late.get(back)

    assert goes_on.status_code == httpx.codes.OK
    assert stuck.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "identity provider" in stuck.text.lower() or "fournisseur" in stuck.text
