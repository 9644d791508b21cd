"""The console, tried: without session, with others' forms, by guessing, by name."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import orjson
import pytest

from contracts.errors import UsageError
from services.console.app import serve
from services.console.roles import PAGES
from services.console.settings import COOKIE, ConsoleSettings
from services.operate.status.state import KafkaState
from services.platform.browser import sessions
from services.platform.browser.sessions import TRIES
from tests.services.console.kit import PASSWORD, OpenConsole, sign_in
from tests.services.operate.status.pages import calm


async def test_without_a_session_every_page_asks_to_sign_in(console: OpenConsole) -> None:
    """Those that exist, and those that do not."""
    async with console.client() as browser:
        for page in ("", *PAGES, "no-such-page", "..%2f..%2fetc/passwd"):
            done = await browser.get(f"/{page}")
            assert done.status_code in (httpx.codes.SEE_OTHER, httpx.codes.NOT_FOUND)
            assert "police" not in done.text


@pytest.mark.parametrize(
    ("asked", "lang"), [
        ("en-GB,fr;q=0.5", "en"), ("de, en;q=0", "fr"), ("fr;q=0.3,en;q=0.3", "fr"),
        ("en" + ";q=" * 9000, "en"), ("\xe9, en;q=9", "en"),
    ],
)  # fmt: skip
async def test_the_page_to_sign_in_speaks_the_browser_s_language(
    console: OpenConsole, asked: str, lang: str
) -> None:
    """A link on it chooses the other one."""
    headers = {b"Accept-Language": asked.encode("latin-1")}
    async with console.client() as browser:
        page = await browser.get("/sign-in", headers=headers)
        other = await browser.get("/sign-in?lang=fr", headers=headers)

    assert (f'lang="{lang}"' in page.text, 'lang="fr"' in other.text) == (True, True)


async def test_a_wrong_name_and_a_wrong_password_read_the_same(console: OpenConsole) -> None:
    """But for the name that was typed, which stays; and neither begins a session."""
    async with console.client() as browser:
        nobody = await sign_in(browser, "nobody")
        wrong = await sign_in(browser, "operator", "wrong")

    assert nobody.status_code == wrong.status_code == httpx.codes.FORBIDDEN
    assert nobody.text.replace('value="nobody"', 'value="operator"') == wrong.text
    assert not nobody.cookies
    assert not wrong.cookies


async def test_whoever_guesses_waits_even_with_the_right_password(console: OpenConsole) -> None:
    """After some tries of one name."""
    async with console.client() as browser:
        for _ in range(TRIES):
            await sign_in(browser, "operator", "wrong")
        right = await sign_in(browser, "operator")

    assert right.status_code == httpx.codes.TOO_MANY_REQUESTS


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
async def test_a_form_of_another_site_does_not_sign_in(
    console: OpenConsole, headers: dict[str, str]
) -> None:
    """Even with the right password."""
    async with console.client() as browser:
        done = await sign_in(browser, "operator", PASSWORD, **headers)

    assert done.status_code == httpx.codes.FORBIDDEN


async def test_signing_out_takes_the_session_s_own_form(console: OpenConsole) -> None:
    """Without it one stays signed in; with it the session's cookie is worth nothing."""
    async with console.as_("operator") as browser:
        cookie = browser.cookies[COOKIE]
        await browser.post("/sign-out", data={"form": "x"})
        still = await browser.get("/")
        form = re.search(r'name="form" value="([^"]+)"', still.text)
        assert form is not None
        await browser.post("/sign-out", data={"form": form[1]})
        over = await browser.get("/", headers={"Cookie": f"{COOKIE}={cookie}"})

    assert still.status_code == httpx.codes.OK
    assert over.status_code == httpx.codes.SEE_OTHER


@pytest.mark.parametrize("body", [b"a" * 100_000, b"\xff\xfe", b"a=1&" * 500, b""])
async def test_a_form_that_is_none_is_a_wrong_password(console: OpenConsole, body: bytes) -> None:
    """Too long, no text, too many fields, empty."""
    async with console.client() as browser:
        done = await browser.post("/sign-in", content=body)

    assert done.status_code == httpx.codes.FORBIDDEN


async def test_every_answer_forbids_what_a_page_does_not_need(console: OpenConsole) -> None:
    """No foreign host, no frame, no copy kept, and only the script that is its own."""
    async with console.as_("operator") as browser:
        done = await browser.get("/")

    policy = done.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert done.headers["cache-control"] == "no-store"
    assert "script-src" not in policy
    own = {"http://127.0.0.1:1", "http://127.0.0.1:2"}
    assert set(re.findall(r"https?://[^ /<]+", done.text)) <= own


async def test_who_looked_at_what_is_written_down(console: OpenConsole) -> None:
    """Signing in, refused tries, each page, those that there are not; and no password."""
    async with console.as_("auditor") as browser:
        for page in ("alerts", "quarantine", "topics", "nothing"):
            await browser.get(f"/{page}")
    async with console.client() as browser:
        await sign_in(browser, "operator", "a-secret-typed-wrong")

    rows = [orjson.loads(line) for line in console.log.read_bytes().splitlines()]
    assert [(row["what"], row.get("page")) for row in rows] == [
        ("signed_in", None), ("looked", "alerts"), ("looked", "quarantine"),
        ("looked", "none"), ("looked", "none"), ("refused", None),
    ]  # fmt: skip
    assert b"a-secret" not in console.log.read_bytes()


@pytest.mark.parametrize("host", ["192.0.2.1", "::", "console.example"])
async def test_it_does_not_listen_on_a_network_without_https(tmp_path: Path, host: str) -> None:
    """Passwords and cookies would go over it in clear."""
    with pytest.raises(UsageError, match="console_open"):
        await serve(ConsoleSettings(home=tmp_path, http_host=host), asyncio.Event())
    secure = ConsoleSettings(home=tmp_path, http_host=host, secure=True)
    with pytest.raises(UsageError) as behind:  # its accounts are not there
        await serve(secure, asyncio.Event())
    assert behind.value.code != "console_open"


async def test_nothing_is_shown_once_the_file_of_looks_was_deleted(console: OpenConsole) -> None:
    """What was written then would be read by nobody."""
    async with console.as_("operator") as browser:
        console.log.unlink()
        with pytest.raises(FileNotFoundError):
            await browser.get("/topics")


def test_who_tries_without_end_fills_no_memory_with_names() -> None:
    """An address that has to wait brings no name in."""
    attempts = sessions.Attempts()
    for number in range(100):
        attempts.may("from 10.0.0.1", f"name {number}")

    assert len(attempts._tries) <= 1 + sessions.TRIES


async def test_with_everything_down_a_page_shows_what_was_seen_last(tmp_path: Path) -> None:
    """And before anything was seen, says so."""
    blind = OpenConsole(tmp_path, None)
    async with blind.as_("operator") as browser:
        nothing = await browser.get("/?lang=en")
        blind.watch.take(calm(kafka=KafkaState("kafka_unreachable")))
        last = await browser.get("/")
    blind.close()

    assert "Nobody has been asked yet." in nothing.text
    assert "kafka_unreachable" in last.text
