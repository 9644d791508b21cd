"""The console, tried: by guessing, with others' forms, forged sessions, lying headers, by time."""

from __future__ import annotations

import asyncio
import re
import resource
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import UsageError
from services.console.app import serve
from services.console.roles import PAGES
from services.console.settings import COOKIE, ConsoleSettings
from services.operate.status.state import KafkaState
from services.platform.browser import sessions
from services.platform.browser.access_log import AccessLog
from services.platform.browser.sessions import Sessions
from services.platform.process.exit_codes import UNREACHABLE, UnreachableError, exit_code
from tests.patience import PATIENCE
from tests.services.console.kit import PASSWORD, OpenConsole, bare, sign_in
from tests.services.operate.status.pages import calm
from tests.steps import counted

FORM: Final = f"account=operator&password={PASSWORD}".encode()
AS_FORM: Final = {b"Content-Type": b"application/x-www-form-urlencoded"}
FORGED: Final = (
    b"", b"x", b"operator", b"forged" * 7, b"a" * 60_000, b'{"role":"operator"}', b"\xe9",
    b"\xff\xfe", b"eyJhbGciOiJub25lIn0.eyJyb2xlIjoic2VjdXJpdHkifQ.",
)  # fmt: skip
FOREIGN: Final = (
    "evil.example", "127.0.0.1.evil.example", "evil.example:80", "127.0.0.1@evil.example", "",
    "[::1]", "127.0.0.1, evil.example",
)  # fmt: skip
ATTACKS: Final[dict[str, list[tuple[dict[bytes, bytes], bytes | None, int]]]] = {
    "a cookie that is guessed, long, of another form, or has a role in it": [
        ({b"Cookie": COOKIE.encode() + b"=" + cookie}, None, 303) for cookie in FORGED
    ],
    "a host that is not ours, however it is dressed": [
        ({b"Host": host.encode()}, None, 400) for host in FOREIGN
    ],
    "the form of another site, even with the right password": [
        ({b"Origin": b"http://evil.example"}, FORM, 403),
        ({b"Origin": b"null"}, FORM, 403),
        ({b"Sec-Fetch-Site": b"cross-site"}, FORM, 403),
    ],
    "a form too long, of no text, of too many fields, empty": [
        ({}, body, 403) for body in (b"a" * 100_000, b"\xff\xfe", b"a=1&" * 500, b"")
    ],
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_request_that_lies_begins_no_session(console: OpenConsole, attack: str) -> None:
    """Nor does it find one."""
    async with console.client() as browser:
        for headers, body, status in ATTACKS[attack]:
            done = await (
                browser.get("/topics", headers=headers)
                if body is None
                else browser.post("/sign-in", content=body, headers=headers | AS_FORM)
            )
            assert (done.status_code, COOKIE in browser.cookies) == (status, False), headers
    async with console.client() as browser:  # as they are here, without the lie
        good = await browser.post("/sign-in", content=FORM, headers=AS_FORM)
        assert (good.status_code, COOKIE in browser.cookies) == (303, True)


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

    assert [f'<html lang="{lang}">' in page.text, '<html lang="fr">' in other.text] == [True, True]
    assert 'href="/sign-in?lang=en"' in other.text


async def test_a_wrong_name_and_a_wrong_password_read_the_same(console: OpenConsole) -> None:
    """But for the name that was typed, which stays; and neither begins a session."""
    async with console.client() as browser:
        nobody = await sign_in(browser, "nobody")
        wrong = await sign_in(browser, "operator", "wrong")

    assert nobody.status_code == wrong.status_code == httpx.codes.FORBIDDEN
    assert nobody.text.replace('value="nobody"', 'value="operator"') == wrong.text
    assert not nobody.cookies
    assert not wrong.cookies


async def test_signing_out_takes_the_session_s_own_form(console: OpenConsole) -> None:
    """Without it one stays signed in; with it the session's cookie is worth nothing."""
    async with console.as_("operator") as browser:
        cookie = browser.cookies[COOKIE]
        await browser.post("/sign-out", data={"form": "x"})
        still = await browser.get("/")
        (form,) = re.findall(r'name="form" value="([^"]+)"', still.text)
        await browser.post("/sign-out", data={"form": form})
        over = await browser.get("/", headers={"Cookie": f"{COOKIE}={cookie}"})

    assert still.status_code == httpx.codes.OK
    assert over.status_code == httpx.codes.SEE_OTHER


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


def test_a_console_that_can_note_no_look_says_so_and_starts_again(tmp_path: Path) -> None:
    """A disk that takes nothing is no fault of the program: the file is named, the code is 3."""
    (tmp_path / "state").write_text("no folder")

    with pytest.raises(UnreachableError, match="accesses_unwritable") as error:
        AccessLog(tmp_path / "state" / "accesses.jsonl")

    assert exit_code(error.value) == UNREACHABLE


@pytest.mark.parametrize("begun_anew", [False, True])
async def test_nothing_is_shown_once_the_file_of_looks_is_not_there(
    console: OpenConsole, begun_anew: bool
) -> None:
    """Moved, and another put in its place: what was written then would be read by nobody."""
    async with console.as_("operator") as browser:
        console.log.rename(console.log.with_name("away"))
        if begun_anew:
            console.log.touch()
        with pytest.raises(FileNotFoundError):
            await browser.get("/topics")


async def test_nothing_is_shown_once_the_disk_takes_half_a_line_of_who_looked(
    console: OpenConsole,
) -> None:
    """A look of which half is written down is told by no line."""
    async with console.as_("operator") as browser:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (console.log.stat().st_size + 10, limits[1]))
            with pytest.raises(OSError, match="its disk is full"):
                await browser.get("/topics")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)


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


async def test_a_session_is_over_after_its_time_however_much_it_is_used(
    console: OpenConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight hours; one that a provider's token gave, when that ends; unused, half an hour."""
    monkeypatch.setattr(sessions, "monotonic", lambda: 0.0)
    known = Sessions()
    day, short = known.begin("a", "operator"), known.begin("b", "operator", 300)
    unused = [known.begin("c", "operator") for _ in range(2)]
    alive = {}
    for minute in range(0, 500, 4):
        monkeypatch.setattr(sessions, "monotonic", lambda at=60.0 * minute: at)
        alive[minute] = known.of(day) is not None, known.of(short) is not None
        if minute in (28, 32):
            assert (known.of(unused.pop()) is not None) is (minute == 28)

    assert max(minute for minute, (is_day, _) in alive.items() if is_day) == 480
    assert max(minute for minute, (_, is_short) in alive.items() if is_short) == 4


def test_a_new_role_ends_the_sessions_of_the_old_one_and_of_nobody_else() -> None:
    """And the same role again ends none: one may look from two machines."""
    known = Sessions()
    old, same, other = (known.begin(user, "auditor") for user in "aab")

    new = known.begin("a", "operator")

    assert [known.of(secret) is not None for secret in (old, same, other, new)] == [
        False, False, True, True,
    ]  # fmt: skip


async def test_a_sign_in_ends_the_session_before_and_takes_no_planted_cookie(
    console: OpenConsole,
) -> None:
    """Session fixation: the secret is always a new one."""
    known = console.routes._sessions
    async with console.client() as browser:
        browser.cookies.set(COOKIE, "planted", domain="127.0.0.1")
        await sign_in(browser, "operator")
        first = browser.cookies[COOKIE]
        await sign_in(browser, "auditor")
        second = browser.cookies[COOKIE]

    assert [known.of(secret) is not None for secret in ("planted", first, second)] == [
        False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
         "Forwarded": "host=evil.example", "X-Forwarded-Prefix": "//evil.example",
         "X-Forwarded-For": "203.0.113.9", "Via": "1.1 evil.example"},
        {"X-Original-URL": "/topics", "X-Rewrite-URL": "/topics", "X-HTTP-Method-Override": "POST"},
    ],
)  # fmt: skip
async def test_headers_of_a_proxy_change_no_page(
    console: OpenConsole, headers: dict[str, str]
) -> None:
    """No link, redirect, cookie or role comes of one."""
    async with console.as_("auditor") as browser:
        plain, lied = await browser.get("/alerts"), await browser.get("/alerts", headers=headers)
        hidden = await browser.get("/", headers=headers)
    async with console.client() as nobody:
        away = await nobody.get("/", headers=headers)

    assert "evil.example" not in lied.text + hidden.text + str(lied.headers) + str(away.headers)
    assert away.headers["location"] == "/sign-in"
    assert bare(lied.text) == bare(plain.text)


TARGETS: Final = (
    "/?lang=fr%0d%0aSet-Cookie:%20relais-session=x", "/alerts%0d%0aX-Injected:%201",
    "/%0d%0a%0d%0a<script>alert(1)</script>", "//evil.example/%2e%2e", "/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd", "/overview%00.html", "/" + "a" * 8000, "/?" + "a=1&" * 2000,
    "http://evil.example/", "*",
)  # fmt: skip


async def test_what_stands_in_a_path_becomes_no_header_and_no_file(console: OpenConsole) -> None:
    """Line ends, dots, another host, no byte of text: an answer of ours or a refusal."""
    async with console.served() as port, httpx.AsyncClient(timeout=PATIENCE) as browser:
        for target in TARGETS:
            request = browser.build_request("GET", f"http://127.0.0.1:{port}/")
            request.extensions["target"] = target.encode()
            done = await browser.send(request)

            assert done.status_code in ({422} if "&a=" in target else {200, 303, 400, 404}), target
            assert "x-injected" not in done.headers
            assert "evil.example" not in done.headers.get("location", "")
            assert not done.headers.get("set-cookie", "").startswith(COOKIE)
            assert "root:" not in done.text
            assert "<script>alert" not in done.text


async def test_what_a_proxy_says_of_an_origin_is_an_address_or_nothing(
    console: OpenConsole,
) -> None:
    """The file of looks is not filled with made-up addresses; the proxy's own counts."""
    told = {
        "203.0.113.9": "203.0.113.9", "<script>": "", "a" * 5000: "",
        "203.0.113.9, 10.0.0.1": "10.0.0.1",
    }  # fmt: skip
    async with console.served() as port, httpx.AsyncClient() as browser:
        for forwarded in told:
            headers = {"X-Forwarded-For": forwarded}
            form = {"account": "x", "password": "y"}
            await browser.post(f"http://127.0.0.1:{port}/sign-in", data=form, headers=headers)

    rows = [orjson.loads(line) for line in console.log.read_bytes().splitlines()]
    assert [row["from"] for row in rows] == [*told.values()]


TEXT: Final = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@settings(
    max_examples=30, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(path=TEXT, query=st.dictionaries(st.sampled_from(["lang", "page", "x"]), TEXT), lang=TEXT)
def test_any_path_query_and_header_is_answered_as_it_should_be(
    console: OpenConsole, path: str, query: dict[str, str], lang: str
) -> None:
    """For who is signed in: a page of ours or none, and nothing else."""
    cookie = console.routes._sessions.begin("u", "operator")

    async def asked() -> httpx.Response:
        async with console.client() as browser:
            headers = {b"Cookie": f"{COOKIE}={cookie}".encode(), b"Accept-Language": lang.encode()}
            return await browser.get(f"/{quote(path)}", params=query, headers=headers)

    done = asyncio.run(asked())

    assert done.status_code in {200, 404}
    assert done.headers["content-type"].startswith("text/")


async def test_a_page_of_another_role_takes_as_long_as_none(console: OpenConsole) -> None:
    """In steps: else the time would tell which pages there are."""
    taken: dict[str, int] = {}
    async with console.as_("auditor") as browser:
        for page in ("topics", "no-such") * 2:  # the first of each also loads what it needs
            with counted() as steps:
                await browser.get(f"/{page}")
            taken[page] = steps.number

    assert 0.99 < taken["topics"] / taken["no-such"] < 1.01
