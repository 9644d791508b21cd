"""The page on quarantine: whose it is, what is prepared about it, and that nothing here orders anything."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse

from contracts.encoding import digest
from services.audit.projection.quarantine import QuarantineProjection
from services.console.auditor.client import AuditClient
from services.console.roles import Role
from services.operate.quarantine_task import parse_task
from services.operate.status.state import federation
from services.platform.http.shared_secret import SharedSecrets
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus
from tests.contracts.log.ruling import LATER, good, put_aside, rule, settle
from tests.services.audit.lives import Lives
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import AT, CALM, answer
from tests.services.operate.status.test_told import BUSY

pytestmark = pytest.mark.anyio

SECRET = bytes(range(32))
BROKEN = "civil|internal_error|education|"
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

        told = self.console.routes.quarantine.told
        told.client = _client(httpx.MockTransport(asked))
        self.forget()

    def forget(self) -> None:
        """Let the next page ask again."""
        self.console.routes.quarantine.told._asked = -1e9

    async def prepare(self, browser: httpx.AsyncClient, **form: str) -> httpx.Response:
        """Send the form of the page."""
        page = await browser.get("/quarantine")
        secret = re.search(r'name="form" value="([^"]+)"', page.text)
        assert secret is not None
        given = {
            "form": secret[1],
            "group": BROKEN,
            "kind": "release",
            "reason": "fault_mended",
            "age": "0",
        }
        return await browser.post("/quarantine/prepare", data=given | form)


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
    assert "3 × internal_error · education · civil" in page
    assert "1 × it names a convention that is neither in force" in page
    assert CANARY not in page


async def test_a_task_says_how_many_of_what_age_go_where(told: Told) -> None:
    """Its file names partition and decision of each, bears no signature, and has the digest that is shown."""
    async with told.console.as_("operator") as browser:
        done = await told.prepare(
            browser, group="civil|unknown_convention|education|edu-s", kind="discard"
        )
        page = (await browser.get(done.headers["location"] + "?lang=en")).text
        file = await browser.get(f"{done.headers['location']}/file")

    task = parse_task(file.content)
    assert done.status_code == httpx.codes.SEE_OTHER
    assert task is not None
    (named,) = task.decisions
    number, _, leaf = named.partition(":")
    assert leaf in told.bus.routers[int(number)].state.kept
    assert task.digest in page
    assert re.search(r'<th scope="row">crip</th><td>1</td>', page)
    assert "Nothing of it is ordered" in page
    assert "--task discard-civil-" in page
    assert b"signature" not in file.content
    assert b"crip" not in file.content


async def test_a_release_that_would_be_refused_is_refused_here(told: Told) -> None:
    """By the convention in force; a discard of the same is prepared."""
    vain = "civil|unknown_convention|education|edu-s"
    async with told.console.as_("operator") as browser:
        refused = await told.prepare(browser, group=vain)
        prepared = await told.prepare(browser, group=vain, kind="discard")

    assert refused.status_code == httpx.codes.CONFLICT
    assert prepared.status_code == httpx.codes.SEE_OTHER


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"group": "civil|nothing|education|"}, 409), ({"kind": "erase"}, 409), ({"age": "604800"}, 409),
        ({"reason": "because"}, 409), ({"form": "another"}, 404), ({"age": "-1"}, 409),
    ],
)  # fmt: skip
async def test_what_is_no_form_of_this_page_prepares_nothing(
    told: Told, form: dict[str, str], status: int
) -> None:
    """Another group, kind, age, reason; and a form that is not of this session."""
    async with told.console.as_("operator") as browser:
        done = await told.prepare(browser, **form)

    assert done.status_code == status
    assert not told.console.routes.quarantine._tasks.all()


async def test_a_form_that_another_site_sends_prepares_nothing(told: Told) -> None:
    """Even with the session's own secret."""
    async with told.console.as_("operator") as browser:
        browser.headers["Origin"] = "http://evil.example"
        done = await told.prepare(browser)

    assert done.status_code == httpx.codes.NOT_FOUND
    assert not told.console.routes.quarantine._tasks.all()


async def test_a_task_is_read_from_its_own_folder_alone(told: Told) -> None:
    """No name leads out of it."""
    async with told.console.as_("operator") as browser:
        name = (await told.prepare(browser)).headers["location"].rpartition("/")[2]
    tasks = told.console.routes.quarantine._tasks
    (tasks._folder.parent / "other.json").write_bytes((tasks._folder / f"{name}.json").read_bytes())

    assert tasks.get(name) is not None
    assert tasks.get("../other") is None
    assert not tasks.drop("../other")


@pytest.mark.parametrize("role", ["auditor", "security", "committee"])
async def test_whoever_only_looks_prepares_nothing_and_takes_no_file(
    told: Told, role: Role
) -> None:
    """Operators prepare; auditor and security see, and the committee not even that."""
    async with told.console.as_("operator") as browser:
        address = (await told.prepare(browser)).headers["location"]
    async with told.console.as_(role) as browser:
        page = await browser.get("/quarantine?lang=en")
        shown = await browser.get(address)
        file = await browser.get(f"{address}/file")
        secret = re.search(r'name="form" value="([^"]+)"', page.text)
        form = {
            "form": secret[1] if secret else "",
            "group": BROKEN,
            "kind": "release",
            "reason": "test",
            "age": "0",
        }
        done = await browser.post("/quarantine/prepare", data=form)
        dropped = await browser.post(f"{address}/drop", data=form)

    assert 'action="/quarantine/prepare"' not in page.text
    assert (shown.status_code == httpx.codes.OK) is (role != "committee")
    assert {file.status_code, done.status_code, dropped.status_code} == {httpx.codes.NOT_FOUND}
    assert len(told.console.routes.quarantine._tasks.all()) == 1


async def test_desks_are_shown_to_those_who_see_desks(told: Told) -> None:
    """Neither the issuer nor to whom it was to go stands on the security officer's page."""
    async with told.console.as_("operator") as browser:
        done = await told.prepare(
            browser, group="civil|unknown_convention|education|edu-s", kind="discard"
        )
    async with told.console.as_("security") as browser:
        pages = [
            (await browser.get(path)).text for path in ("/quarantine", done.headers["location"])
        ]

    assert re.findall(r".*edu-s.*|.*\bcrip\b.*", "\n".join(pages)) == []


async def test_progress_is_what_the_owners_have_ordered(told: Told) -> None:
    """One of three ordered: two wait; all ordered and routed: done."""
    async with told.console.as_("operator") as browser:
        address = (await told.prepare(browser)).headers["location"]
        rule(told.bus, "release", told.leaves[0], start=LATER + 1)
        settle(told.bus, LATER + 1)
        await told.follow(LATER + 3)
        half = _plain((await browser.get(f"{address}?lang=en")).text)
        rule(told.bus, "release", *told.leaves[1:], start=LATER + 4)
        settle(told.bus, LATER + 4)
        await told.follow(LATER + 6)
        done = _plain((await browser.get(f"{address}?lang=en")).text)
        listed = _plain((await browser.get("/quarantine?lang=en")).text)

    assert "1 of 3 carried out" in half
    assert "All 3 carried out: it is done." in done
    assert "3 released and decided" in done
    assert "2 / 2" in listed


async def test_with_the_auditor_dead_the_page_is_whole_and_prepares_nothing(told: Told) -> None:
    """With what was told last and its age; metrics beside it."""
    async with told.console.as_("operator") as browser:
        await browser.get("/quarantine")
        told.answers = False
        told.forget()
        page = await browser.get("/quarantine?lang=en")
        told.forget()
        done = await told.prepare(browser)

    assert "does not answer; it told this" in page.text
    assert "internal_error" in page.text
    assert done.status_code == httpx.codes.CONFLICT


async def test_a_service_that_calls_itself_audit_is_shown_no_secret(told: Told) -> None:
    """It is asked by the name that it has in the home, whatever its metrics say."""
    asked: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(404)

    told.console.routes.quarantine.told.client = AuditClient(
        lambda: {"police": "http://127.0.0.1:1"}, {"civil": SECRET}, httpx.MockTransport(note)
    )
    liar = replace(answer("audit"), service="police")
    told.console.watch.take(federation(AT, [liar], CALM, {}, {}))
    async with told.console.as_("operator") as browser:
        await browser.get("/quarantine")

    assert asked == []


async def test_with_routing_dead_the_page_says_that_its_counts_are_missing(told: Told) -> None:
    """What the auditor told stands there all the same, and orders are prepared."""
    told.console.watch.take(federation(AT, [answer("audit")], CALM, {}, {}))
    async with told.console.as_("operator") as browser:
        page = await browser.get("/quarantine?lang=en")
        done = await told.prepare(browser)

    assert "Routing of the civil bus does not answer" in page.text
    assert "3 × internal_error" in page.text
    assert done.status_code == httpx.codes.SEE_OTHER


async def test_a_task_has_five_hundred_unless_all_are_asked_for(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is beyond is counted, and the oldest come first."""
    monkeypatch.setattr("services.console.quarantine.routes.MOST", 2)
    async with told.console.as_("operator") as browser:
        some = await told.prepare(browser)
        every = await told.prepare(browser, all="yes")
        pages = [
            (await browser.get(f"{one.headers['location']}?lang=en")).text for one in (some, every)
        ]

    assert "1 more is not in it" in pages[0]
    assert "more is not in it" not in pages[1]


async def test_a_dropped_task_is_gone_and_each_step_is_written_down(told: Told) -> None:
    """Who prepared, took and dropped it; its page reads then as one that never was."""
    async with told.console.as_("operator") as browser:
        address = (await told.prepare(browser)).headers["location"]
        page = (await browser.get(address)).text
        await browser.get(f"{address}/file")
        secret = re.search(r'name="form" value="([^"]+)"', page)
        assert secret is not None
        await browser.post(f"{address}/drop", data={"form": secret[1]})
        after = await browser.get(address)
        never = await browser.get("/quarantine/tasks/release-civil-000000000000")

    rows = [orjson.loads(line) for line in told.console.log.read_bytes().splitlines()]
    assert [row["what"] for row in rows if row.get("task")] == [
        "prepared",
        "looked",
        "took",
        "dropped",
    ]
    assert after.status_code == never.status_code == httpx.codes.NOT_FOUND


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
    told.console.routes.quarantine.told.client = _client(transport)
    async with told.console.as_("operator") as browser:
        page = await browser.get("/quarantine?lang=en")

    assert page.status_code == httpx.codes.OK
    assert "No auditor has told anything yet" in page.text
    assert "<b>" not in page.text


@pytest.mark.parametrize("change", [b"", b"{}", b"[]", b'"', b'\n  "x": 1', b"9" * 2_000_000])
def test_a_file_that_is_not_exactly_a_task_is_none(change: bytes) -> None:
    """Whoever adds a member, a byte or a megabyte has another file."""
    assert parse_task(change) is None


def test_a_task_reads_back_as_it_was_written() -> None:
    """Byte for byte."""
    text = b'{\n  "relais-task": 1,\n  "kind": "release",\n  "realm": "civil",\n  "code": "expired",\n  "reason": "test",\n'
    text += b'  "made": "2026-11-26T09:00:00Z",\n  "until": "2026-12-03T09:00:00Z",\n  "decisions": [\n    "2:'
    text += b"A" * 43 + b'"\n  ]\n}\n'
    task = parse_task(text)

    assert task is not None
    assert task.text() == text
    assert parse_task(text.replace(b"2:A", b"x:A")) is None
    assert parse_task(text + b" ") is None
    assert kit.NOW > 0
