"""A desk signs in by others' provider: its claim names one desk of this agency."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import httpx
import pytest

from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import CIVIL
from services.agency.desk.way_in import BASE, desk_access
from services.agency.http.bearer_tokens import Tokens
from services.platform.browser.sign_in.by_provider import ENTRANCE
from services.platform.browser.sign_in.client import BACK
from services.platform.browser.sign_in.provider import Provider
from services.platform.settings import AgencySettings
from tests.go.zitadel_server import PASSWORD, SECRET, Zitadel, signed, way_back, zitadel
from tests.services.agency.desk.kit import DeskBench, hidden, opened
from tests.services.platform.browser.sign_in.conftest import patient

__all__ = ["patient"]  # a fixture

URL: Final = "http://127.0.0.1"
REDIRECT: Final = f"{URL}{BASE}{BACK}"
# Account -> desks that its claim names; of the first alone one.
ACCOUNTS: Final[dict[str, list[str]]] = {
    "marie": ["asso"], "both": ["asso", "psp"], "none": [], "foreign": ["crip"],
    "operator": ["operator"], "shouting": ["ASSO"],
}  # fmt: skip


@pytest.fixture
async def running(go_program: Callable[..., Path], tmp_path: Path) -> AsyncIterator[Zitadel]:
    """The provider."""
    with zitadel(go_program("zitadel"), tmp_path, REDIRECT, **ACCOUNTS) as told:
        yield told


@pytest.fixture
async def asso(running: Zitadel, tmp_path: Path) -> AsyncIterator[DeskBench]:
    """The associations' service, by settings as an operator writes them."""
    settings = AgencySettings(agency="association", home=tmp_path, **running.settings(REDIRECT))
    async with AsyncExitStack() as stack:
        access = desk_access(settings, ("asso", "psp"), Tokens({}), stack)
        assert access is not None
        assert isinstance(access.way, Provider)
        yield await stack.enter_async_context(
            opened("association", tmp_path, hosts=("127.0.0.1",), way=access.way)
        )


def browser_of(asso: DeskBench, running: Zitadel) -> httpx.AsyncClient:
    """A browser that reaches both."""
    return asso.browser(URL, running.issuer)


async def sign_in(browser: httpx.AsyncClient, account: str) -> httpx.Response:
    """All of it."""
    return await browser.get(await way_back(browser, BASE + ENTRANCE, REDIRECT, account))


async def test_an_account_opens_its_desk_and_signs_out(asso: DeskBench, running: Zitadel) -> None:
    """The desk is the claim's, the account the person's; no token is on page, cookie or file."""
    async with browser_of(asso, running) as browser:
        first = await browser.get("/desk/sign-in?lang=en")
        done = await sign_in(browser, "marie")
        home = await browser.get("/desk")
        form = hidden(home.text)["form"]
        out = await browser.post("/desk/sign-out", data={"form": form})
        over = await browser.get("/desk")

    assert 'type="password"' not in first.text
    assert done.headers["refresh"] == "0; url=/desk"
    assert f"<strong>Relais</strong> · {_name(asso, 'asso')}" in home.text
    assert (out.headers["location"], over.headers["location"]) == ("/desk/sign-in", "/desk/sign-in")
    told = first.text + done.text + home.text + str(done.headers) + asso.log.read_text("utf-8")
    assert not any(secret in told for secret in ("eyJ", SECRET, PASSWORD))
    assert signed(asso.log) == [("signed_in", "marie", "asso"), ("signed_out", "marie", "asso")]


async def test_an_account_of_no_desk_here_or_of_two_opens_nothing(
    asso: DeskBench, running: Zitadel
) -> None:
    """Nor one of another agency's desk, of a console role, or of a name only nearly its."""
    accounts = [*ACCOUNTS][1:]
    for account in accounts:
        async with browser_of(asso, running) as browser:
            refused = await sign_in(browser, account)
            page = await browser.get("/desk")

        assert refused.status_code == httpx.codes.FORBIDDEN
        assert page.headers["location"] == "/desk/sign-in"
    assert signed(asso.log) == [("refused", account, "") for account in accounts]


def _name(asso: DeskBench, desk: str) -> str:
    """What the directory calls it, in English."""
    directory = asso.bench.office.agency.book(asso.bench.world.clock.now()).directories[CIVIL]
    entry = directory.desk(desk_urn(CIVIL, desk))
    assert entry is not None
    return entry.label["en"]
