"""What a desk's page refuses: others' mail, forged forms, foreign hosts, guessing."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import AsyncMock

import httpx
import pytest
from structlog.testing import capture_logs

from services.agency.desk import door as doors
from services.agency.desk.way_in import desk_access
from services.agency.http.bearer_tokens import Tokens
from services.platform.browser import sessions
from services.platform.keys.keystore import hashed
from services.platform.settings import AgencySettings
from tests.services.agency.desk.kit import (
    CANARY,
    PASSWORD,
    DeskBench,
    Worker,
    concern,
    encoded,
    flat,
    hidden,
)  # fmt: skip

PATH = "/desk/write/information_preoccupante"
OWN = {"account": "asso", "password": PASSWORD}


async def test_a_desk_opens_nothing_of_another_of_its_own_agency(
    asso: DeskBench, ase: Worker
) -> None:
    """An arrival of the CRIP, and what another desk has sent, read as what there is not."""
    async with asso.as_("asso") as worker, asso.as_("psp") as other:
        event = await worker.delivered(concern())
        where = f"/desk/sendings/{event}"
        strange = [await other.get(where), await other.get(f"{where}/withdraw")]
    strange += [await ase.get(f"/desk/inbox/{one}") for one in (event, f"{event[:-1]}0")]
    own = {"form": hidden((await ase.get("/desk/write/aed")).text)["form"]}
    strange.append(await ase.post(f"/desk/inbox/{event}/acknowledge", data=own))

    assert {answer.status_code for answer in strange} == {404}
    assert all(CANARY not in answer.text for answer in strange)


async def test_without_a_session_there_is_only_the_way_in(asso: DeskBench) -> None:
    """Every address leads to the sign-in, known or not; another host's name to nothing."""
    closed = [path for path in asso.paths if "sign-" not in path and "{" not in path]
    async with asso.browser() as nobody:
        for path in (*closed, PATH, "/desk/inbox/x",
                     "/desk/sendings/x", "/desk/anything"):  # fmt: skip
            answer = await nobody.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in"), path
        foreign = await nobody.get("/desk/sign-in", headers={"Host": "evil.example"})
    assert foreign.status_code == httpx.codes.BAD_REQUEST


async def test_a_form_of_another_session_or_site_does_nothing(asso: DeskBench) -> None:
    """Neither a wrong token nor a foreign origin sends, acknowledges or withdraws."""
    async with asso.as_("asso") as worker, asso.as_("psp") as other:
        mine, theirs = await worker.filled(concern()), await other.filled(concern())
        fields, token = hidden(mine.text) | {"do": "send"}, hidden(theirs.text)["form"]
        forged = await worker.post(PATH, data=fields | {"form": token})
        evil = {"Origin": "https://evil.example"}
        foreign = await worker.post(PATH, data=fields, headers=evil)

    assert {forged.status_code, foreign.status_code} == {403}
    assert asso.bench.writes.batches == []


async def test_every_page_is_kept_by_no_cache_and_framed_by_nobody(worker: Worker) -> None:
    """Whatever is asked of each address there is, in any way, and of some there are not."""
    named = {"kind": "information_preoccupante"}
    paths = {
        re.sub(r"\{(\w+)\}", lambda one: named.get(one[1], "x"), path) for path in worker.desk.paths
    }
    answers = [await worker.filled(concern())] + [
        await worker.request(method, path)
        for path in (*paths, "/desk/nothing", "/desk//evil.example", "/desk/inbox?after=%00")
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS")
    ]
    cookie = (await worker.post("/desk/sign-in", data=OWN)).headers["set-cookie"]

    assert len(answers) > 60
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        if answer.status_code == httpx.codes.SEE_OTHER:
            assert answer.headers["location"].startswith("/desk")
            continue
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
    assert {"HttpOnly", "Path=/desk", "SameSite=strict"} <= set(cookie.split("; "))


class Markup(HTMLParser):
    """What a browser would run of a page, besides the one script that is ours."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts = 0
        self.run: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        leading = ("href", "action", "formaction", "src")
        led = [value or "" for name, value in attrs if name in leading]
        acts = any(name.startswith("on") or name == "srcdoc" for name, _value in attrs)
        leads = any(link.strip().lower().startswith(("javascript:", "data:", "//")) for link in led)
        if acts or leads or tag in ("img", "iframe", "object", "base"):
            self.run.append(tag)


EVIL = "\"'></textarea></title></script><img src=x onerror=alert(1)><script>alert(2)</script>"


async def test_a_draft_is_handed_back_as_text_whoever_sends_it_and_in_whatever_state(
    worker: Worker,
) -> None:
    """Markup in every field, in names, in what is hidden, in the button; forged, late."""
    answers = []
    form = hidden((await worker.get(PATH)).text)
    names = [name for name, _ in flat(concern())]
    odd = [*names, EVIL, "to", "case", "answers.0.issuer", "answers.0.event", "ends.0.realm"]
    fields = [*form.items(), *((name, EVIL) for name in odd)]
    for spoilt in ({}, {"form": EVIL}, {"key": EVIL}):
        sent = list({**dict(fields), **spoilt}.items())
        answers += [
            await worker.post(PATH, data=encoded([*sent, ("do", do)]))
            for do in ("check", "preview", "edit", "resume", "send", "more:to", EVIL)
        ]
    worker.desk.pages.door.sessions.end_all("asso")
    answers.append(await worker.post(PATH, data=encoded([*fields, ("do", "send")])))

    assert sum("alert(2)" in answer.text for answer in answers) > 15
    for page in (Markup(answer.text) for answer in answers):
        assert (page.run, page.scripts <= 1) == ([], True)
    assert worker.desk.bench.writes.batches == []


async def test_whoever_guesses_passwords_waits_and_nobody_else(asso: DeskBench) -> None:
    """By account however spelt, later by address; a colleague signs in, right tries are free."""
    async with asso.browser() as nobody:

        async def tried(account: str, typed: str = "wrong") -> httpx.Response:
            form = {"account": account, "password": typed}
            return await nobody.post("/desk/sign-in?lang=fr", data=form)

        wrong = [await tried(("asso", "ASSO")[n % 2]) for n in range(sessions.TRIES)][-1]
        closed = await tried("asso", PASSWORD)
        at_once = (tried("psp", PASSWORD) for _ in range(2 * sessions.TRIES))
        beside = await asyncio.gather(*at_once)
        shut = [await tried(f"nobody-{number}") for number in range(sessions.TRIES_FROM)][-1]

    assert [one.status_code for one in (wrong, closed, shut)] == [403, 429, 429]
    assert {one.status_code for one in beside} == {httpx.codes.SEE_OTHER}
    assert ["trop d’essais" in one.text for one in (wrong, closed)] == [False, True]
    assert "L’association" in wrong.text
    assert 'value="asso"' in closed.text, "what was typed once stays"


async def test_a_session_asks_for_so_many_verdicts_a_minute(
    monkeypatch: pytest.MonkeyPatch, worker: Worker
) -> None:
    """Each seals for every desk: who asks without end is told to wait, and loses nothing."""
    monkeypatch.setattr(worker.desk.pages.door, "tries", sessions.Attempts(3))
    check = await worker.filled(concern())
    answers = [await worker.pressed(check, "check") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


@pytest.mark.parametrize("path", ["/witness/add-checkpoint", "/desk/sign-in"])
async def test_whoever_hangs_up_within_a_request_leaves_no_error_behind(
    path: str, asso: DeskBench
) -> None:
    """As an auditor that is restarted does: no line in the log, and no trace of the stack."""
    gone, nobody = AsyncMock(return_value={"type": "http.disconnect"}), AsyncMock()
    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "root_path": "",
        "headers": [(b"host", b"test")],
    }  # fmt: skip
    with capture_logs() as lines:
        await asso.bench.app(scope, gone, nobody)

    assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_form_too_large_or_too_long_a_list_is_refused(worker: Worker) -> None:
    """By bytes and by fields; nothing of it comes back."""
    form = hidden((await worker.get(PATH)).text)
    large = await worker.post(PATH, data={**form, "confidences": CANARY * doors.MOST_BYTES})
    many = await worker.post(PATH, data={**form, "x": ["1"] * doors.MOST_FIELDS})

    assert {large.status_code, many.status_code} == {413}
    assert CANARY not in large.text


async def test_html_in_what_was_written_is_text_at_who_receives_it(
    worker: Worker, crip: Worker
) -> None:
    """On the page of the arrival, as in the draft."""
    evil = "<img src=x onerror=alert(1)>"
    event = await worker.delivered(concern() | {"young_person": {"known_as": evil}})
    arrival = await crip.get(f"/desk/inbox/{event}")

    assert "<img" not in arrival.text
    assert "&lt;img" in arrival.text


async def test_what_was_written_outlives_a_session_that_ended(worker: Worker) -> None:
    """Pressed too late: all of it comes back after signing in; until then nothing is sent."""
    check = await worker.filled(concern())
    worker.desk.pages.door.sessions.end_all("asso")
    ended = await worker.pressed(check, "send")
    await worker.post("/desk/sign-in", data=OWN)
    again = await worker.post(PATH, data={**hidden(ended.text), "do": "resume"})

    assert ended.status_code == httpx.codes.FORBIDDEN
    assert "Martin" in ended.text
    assert 'id="sheet"' in again.text
    assert f"Chloé {CANARY}" in again.text
    assert worker.desk.bench.writes.batches == []


async def test_who_looked_is_written_down_without_a_case_or_a_word(worker: Worker) -> None:
    """Accounts, pages and an event's hash; neither its id nor what it holds."""
    event = await worker.delivered(concern())
    await worker.get(f"/desk/sendings/{event}")
    await worker.get("/desk/sendings")

    log = worker.desk.log.read_text("utf-8")
    assert '"page":"sending"' in log
    assert '"page":"sendings","named":1' in log
    assert event not in log
    assert CANARY not in log


async def test_nobody_has_a_worker_go_on_with_words_that_she_never_wrote(asso: DeskBench) -> None:
    """A form from another site, with no session sent along, is not handed back as hers."""
    async with asso.browser() as worker:
        strange, own = [
            await worker.post(PATH, data={"young_person.known_as": CANARY}, headers={"Origin": one})
            for one in ("https://evil.example", "http://test")
        ]

    assert [CANARY in one.text for one in (strange, own)] == [False, True]


async def test_an_account_of_a_desk_that_has_left_opens_nothing(asso: DeskBench) -> None:
    """A session begun as a desk that is another agency's reads as none."""
    secret = asso.pages.door.sessions.begin("somebody", "crip")
    async with asso.browser() as stranger:
        stranger.cookies.set(asso.pages.door.place.cookie, secret)
        answer = await stranger.get("/desk")

    assert answer.status_code == httpx.codes.SEE_OTHER


DESKS = ("asso", "psp")


@pytest.mark.parametrize(
    ("play", "host", "opens"),
    [(True, "127.0.0.1", True), (True, "0.0.0.0", False), (False, "127.0.0.1", False)],  # noqa: S104
)
async def test_a_desks_token_opens_its_page_in_a_play_alone(
    tmp_path: Path, play: bool, host: str, opens: bool
) -> None:
    """None on an address of the network, none outside a play."""
    settings = AgencySettings(agency="association", home=tmp_path, play=play, http_host=host)
    tokens = Tokens({desk: hashed(f"token of {desk}") for desk in DESKS})
    async with AsyncExitStack() as stack:
        assert (desk_access(settings, DESKS, tokens, stack) is not None) is opens
