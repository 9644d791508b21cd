"""Sessions forged or over, lying headers and hosts, any path, an oracle by time."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Final
from urllib.parse import quote

import httpx
import orjson
import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.console.settings import COOKIE
from services.platform.browser import sessions
from services.platform.browser.sessions import Sessions
from services.platform.browser.sign_in import local_accounts
from services.platform.browser.sign_in.local_accounts import LocalAccount, LocalAccounts
from tests.patience import PATIENCE
from tests.services.console.kit import OpenConsole, bare, sign_in
from tests.steps import counted


@pytest.mark.parametrize(
    "cookie",
    [
        "", "x", "operator", "forged" * 7, "a" * 60_000, '{"role":"operator"}',
        "é".encode("latin1"),
        b"\xff\xfe", "eyJhbGciOiJub25lIn0.eyJyb2xlIjoic2VjdXJpdHkifQ.",
    ],
)  # fmt: skip
async def test_a_forged_cookie_is_no_session(console: OpenConsole, cookie: str | bytes) -> None:
    """Guessed, long, of another form, with a role written into it."""
    told = cookie if isinstance(cookie, bytes) else cookie.encode()
    async with console.client() as browser:
        headers = {b"Cookie": COOKIE.encode() + b"=" + told}
        done = [await browser.get(path, headers=headers) for path in ("/", "/topics")]

    assert {answer.status_code for answer in done} == {httpx.codes.SEE_OTHER}


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


async def test_a_sign_in_ends_what_the_browser_had_and_takes_no_cookie_that_was_planted(
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


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "127.0.0.1@evil.example",
    "", "[::1]", "127.0.0.1, evil.example"]
)  # fmt: skip
async def test_a_host_that_is_not_ours_is_refused(console: OpenConsole, host: str) -> None:
    """However it is dressed."""
    async with console.client() as browser:
        done = await browser.get("/sign-in", headers={"Host": host})

    assert done.status_code == httpx.codes.BAD_REQUEST


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


def test_no_name_of_an_account_is_told_by_the_work_that_a_refusal_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wrong password costs one hash, for an account that exists and for one that does not."""
    quick = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    monkeypatch.setattr(local_accounts, "_HASHER", quick)
    local_accounts._nobody.cache_clear()
    account = LocalAccount("operator", "operator", quick.hash("right"))
    accounts = LocalAccounts({"operator": account})
    accounts.check("nobody", "first")  # makes the hash that nobody has
    taken = []
    for name in ("operator", "nobody"):
        hashes: list[str] = []

        def verify(hashed: str, password: str, hashes: list[str] = hashes) -> bool:
            hashes.append(hashed)
            return quick.verify(hashed, password)

        monkeypatch.setattr(local_accounts, "_HASHER", SimpleNamespace(verify=verify))
        with counted() as steps:
            assert accounts.check(name, "wrong") is None
        taken.append(([extract_parameters(hashed) for hashed in hashes], steps.number))
    local_accounts._nobody.cache_clear()

    (known, known_steps), (unknown, unknown_steps) = taken
    assert known == unknown == [extract_parameters(account.hash)]
    assert abs(known_steps - unknown_steps) < 5


async def test_a_page_that_is_not_the_role_s_takes_as_long_as_one_that_there_is_not(
    console: OpenConsole,
) -> None:
    """In steps: else the time would tell which pages there are."""
    taken: dict[str, int] = {}
    async with console.as_("auditor") as browser:
        for page in ("topics", "no-such") * 2:  # the first of each also loads what it needs
            with counted() as steps:
                await browser.get(f"/{page}")
            taken[page] = steps.number

    assert 0.99 < taken["topics"] / taken["no-such"] < 1.01
