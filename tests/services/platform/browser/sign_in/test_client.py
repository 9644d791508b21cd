"""What settings make of the console at a provider, and a sign-in that a browser has begun."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import JSONResponse

from contracts.errors import UsageError
from services.console import app
from services.console.roles import ROLES
from services.console.settings import ConsoleSettings
from services.platform.browser.sign_in.by_provider import ENTRANCE, WRITTEN
from services.platform.browser.sign_in.client import BACK, read_client
from services.platform.browser.sign_in.provider import (
    BEGUN,
    MOST_AT_ONCE,
    BegunSignIn,
    Provider,
)
from services.platform.browser.sign_in.refusals import SignInRefused
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import BUSY
from tests.services.platform.browser.sign_in.conftest import FakeProvider, signed
from tests.shell import lines_of


def settings_of(folder: Path, **changed: object) -> ConsoleSettings:
    """Right ones, but for what is changed."""
    secret = folder / "secret"
    secret.touch(0o600)
    secret.write_text("synthetic\n")
    right = {
        "home": folder, "oidc_issuer": "https://identity.example",
        "oidc_client_id": "relais-console", "oidc_client_secret_file": secret,
        "oidc_redirect": f"https://console.example{BACK}",
    }  # fmt: skip
    return ConsoleSettings.model_validate({**right, **changed})


def test_settings_make_a_client_whose_secret_is_printed_nowhere(tmp_path: Path) -> None:
    """The line's end of its file is none of it; one that others may read is refused."""
    settings = settings_of(tmp_path)
    client = read_client(settings, ROLES)
    (tmp_path / "secret").chmod(0o644)

    assert client.secret == "synthetic"
    assert "synthetic" not in repr(client)
    with pytest.raises(UsageError, match="key_file_too_open"):
        read_client(settings, ROLES)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"oidc_client_id": ""}, "oidc_setting_missing"),
        ({"oidc_client_secret_file": None}, "oidc_setting_missing"),
        ({"oidc_redirect": ""}, "oidc_setting_missing"),
        ({"oidc_issuer": "http://identity.example"}, "oidc_address_open"),
        ({"oidc_issuer": "identity.example"}, "oidc_address_open"),
        ({"oidc_issuer": "https://u:p@identity.example"}, "oidc_address_open"),
        ({"oidc_issuer": "https://["}, "oidc_address_open"),
        ({"oidc_redirect": f"http://console.example{BACK}"}, "oidc_address_open"),
        ({"oidc_redirect": "https://console.example/"}, "oidc_redirect_wrong"),
        ({"oidc_client_secret_file": "/nowhere"}, "key_file_missing"),
    ],
)
def test_settings_that_would_sign_nobody_in_safely_are_refused_at_the_start(
    tmp_path: Path, changed: dict[str, object], code: str
) -> None:
    """Missing ones, a secret in clear over a network, an address that is no way back."""
    with pytest.raises(UsageError) as told:
        read_client(settings_of(tmp_path, **changed), ROLES)

    assert told.value.code == code


async def test_without_a_provider_a_console_starts_where_one_plays_alone(tmp_path: Path) -> None:
    """Accounts in a file are for no federation that is real, be there a file or not."""
    with pytest.raises(UsageError, match="oidc_setting_missing"):
        await app.serve(ConsoleSettings(home=tmp_path), asyncio.Event())
    with pytest.raises(UsageError, match="key_file_missing"):
        await app.serve(ConsoleSettings(home=tmp_path, play=True), asyncio.Event())


def test_what_was_begun_is_known_by_its_browser_alone() -> None:
    """State, nonce and verifier are three; the cookie without its state is worth nothing."""
    begun, other = BegunSignIn.new(), BegunSignIn.new()

    assert BegunSignIn.of(begun.cookie, begun.state) == begun
    for cookie, state in (
        (begun.cookie, other.state), (other.cookie, begun.state), (f"2{begun.cookie}", begun.state),
        (begun.state, begun.state), ("", ""), ("..", ""), ("é", "\udcff"),
    ):  # fmt: skip
        assert BegunSignIn.of(cookie, state) is None
    assert len({*begun, *other}) == 6
    assert 43 <= len(begun.verifier) <= 128  # RFC 7636, section 4.1


async def test_whoever_begins_sign_ins_without_end_asks_the_provider_for_eight_at_once(
    fake: FakeProvider, provider: Provider
) -> None:
    """The others are told at once that it is silent; its addresses are asked once a minute."""
    fake.wait_s = 0.1

    told = await asyncio.gather(
        *(provider.entrance(BegunSignIn.new()) for _ in range(100)), return_exceptions=True
    )
    fake.wait_s = 0
    for _ in range(50):
        await provider.entrance(BegunSignIn.new())

    refused = [it for it in told if isinstance(it, SignInRefused)]
    assert (len(refused), len(fake.asked)) == (100 - MOST_AT_ONCE, MOST_AT_ONCE)


@pytest.fixture
def console(tmp_path: Path, provider: Provider) -> Iterator[OpenConsole]:
    """A console whose people the provider signs in."""
    opened = OpenConsole(tmp_path, BUSY, provider)
    yield opened
    opened.close()


async def sign_in(
    browser: httpx.AsyncClient, fake: FakeProvider, **claims: object
) -> httpx.Response:
    """Begin, be signed in by the provider with a token of these claims, and come back."""
    asked = httpx.URL((await browser.get(ENTRANCE)).headers["location"]).params
    token = signed({**fake.claims(asked["nonce"]), **claims})
    fake.pages["/token"] = JSONResponse({"id_token": token})
    return await browser.get(BACK, params={"code": "c", "state": asked["state"]})


@pytest.mark.parametrize(("token_s", "least_s", "most_s"), [(300, 355, 360), (90_000, 3600, 3600)])
async def test_a_session_lasts_as_long_as_its_token_and_an_hour_at_most(
    fake: FakeProvider, console: OpenConsole, token_s: int, least_s: int, most_s: int
) -> None:
    """By the cookie that a browser is given, and by the session that the server keeps."""
    async with console.client() as browser:
        done = await sign_in(browser, fake, exp=int(time.time()) + token_s)
    (session,) = console.routes._sessions._by_hash.values()
    cookies = done.headers.get_list("set-cookie")

    assert done.status_code == httpx.codes.OK, done.text
    assert least_s <= session.lasts_s <= most_s
    assert [it for it in cookies if it.startswith(BEGUN) and "Max-Age=0" in it]
    assert any(
        f"Max-Age={session.lasts_s};" in it and "HttpOnly" in it and "SameSite=strict" in it
        for it in cookies
    )


async def test_the_first_of_two_tabs_that_sign_in_is_told_so(
    fake: FakeProvider, console: OpenConsole
) -> None:
    """A browser keeps the sign-in that it began last."""
    async with console.client() as browser:
        asked = httpx.URL((await browser.get(ENTRANCE)).headers["location"]).params
        await browser.get(ENTRANCE)
        back = {"code": "c", "state": asked["state"], "lang": "en"}
        told = await browser.get(BACK, params=back)

    assert "not this browser’s last" in told.text


async def test_who_comes_back_without_end_fills_no_disk(
    fake: FakeProvider, console: OpenConsole
) -> None:
    """Twenty refusals of an address are written, then it pauses; an account's always are."""
    async with console.client() as browser:
        codes = {(await browser.get(BACK, params={"code": "c"})).status_code for _ in range(100)}
        await sign_in(browser, fake, roles=[])

    rows = lines_of(console.log.read_text())
    assert codes == {httpx.codes.FORBIDDEN}
    assert [row["why"] for row in rows] == ["sign_in_not_begun"] * WRITTEN + ["role_not_one"]
