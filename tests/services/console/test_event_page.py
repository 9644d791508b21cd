"""An event's life by its id: who sees what of it; auditors that are dead, silent, or lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from unittest.mock import Mock

import httpx
import orjson
import pytest

from contracts.encoding import b64u, sha256
from contracts.errors import UsageError
from services.audit.projection import answers
from services.audit.projection.answers import _addressee
from services.console.auditor.event_page import LOOK_UPS_S
from services.console.roles import Role
from services.operate.status import ask
from services.operate.status.ask import ANSWER_S
from services.platform.browser.sessions import Attempts
from tests.contracts.log.routed import Bus
from tests.patience import PATIENCE
from tests.services.audit.projected import NOBODYS, URL, Lives, ProjectedBus, projected
from tests.services.console.kit import OpenConsole, bare
from tests.services.operate.status.pages import BUSY
from tests.steps import counted

NOT_SEEN: Final = "There is no event of this id"


@pytest.fixture
async def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectedBus:
    """Forty odd events, and an auditor that has read them."""
    return await projected(Lives(Bus(), tmp_path, monkeypatch))


@pytest.fixture
async def asking(bus: ProjectedBus, tmp_path: Path) -> AsyncIterator[OpenConsole]:
    """A console that asks this auditor."""
    transport = httpx.ASGITransport(bus.app)
    with closing(OpenConsole(tmp_path, BUSY, None, {"audit": URL}, transport)) as opened:
        yield opened


def told_by(tmp_path: Path, answer: bytes | None, name: str = "audit") -> OpenConsole:
    """A console whose auditor answers so, without end if it is None."""

    async def told(_request: httpx.Request) -> httpx.Response:
        if answer is None:
            await asyncio.sleep(60)
        return httpx.Response(200, stream=httpx.ByteStream(answer or b""))

    return OpenConsole(tmp_path, BUSY, None, {name: URL}, httpx.MockTransport(told))


async def look_up(browser: httpx.AsyncClient, event: str) -> httpx.Response:
    """Send the page's form."""
    return await browser.post("/event", data={"form": await form_of(browser), "event": event})


async def page_of(console: OpenConsole) -> str:
    """What a console that ends with it shows of an event."""
    with closing(console):
        async with console.as_("auditor") as browser:
            return " ".join((await look_up(browser, NOBODYS)).text.split())


async def form_of(browser: httpx.AsyncClient) -> str:
    """The secret of the page's form."""
    page = (await browser.get("/event?lang=en")).text
    return page.partition('name="form" value="')[2].partition('"')[0]


async def test_an_event_s_life_is_found_by_its_id(asking: OpenConsole, bus: ProjectedBus) -> None:
    """For an auditor by desk, for operators by role; who looked is written, by a hash alone.

    A text that is no id is not looked up, and not written down.
    """
    decided = bus.decided.items()
    event = next(event for event, claims in decided if claims["iss"].endswith(":psp"))
    pages = {}
    roles: tuple[Role, ...] = ("auditor", "operator")
    for role in roles:
        async with asking.as_(role) as browser:
            pages[role] = (await look_up(browser, event)).text
            wrong = (await look_up(browser, "a child's name")).text
            assert ("a child" in wrong, "36 characters" in wrong) == (False, True)
            assert 'maxlength="36"' not in wrong, "one is pasted with a space, and would be cut"

    assert "not shown to operators" in pages["operator"]
    assert "(psp)" in pages["auditor"]
    assert "(psp)" not in pages["operator"]
    assert bus.decided[event]["sub"] not in "".join(pages.values())
    assert all(event not in page for page in pages.values())
    written = asking.log.read_bytes()
    looks = [row for row in map(orjson.loads, written.splitlines()) if row["what"] == "looked_up"]
    assert [row["about"] for row in looks] == [b64u(sha256(event.encode()))] * 2
    assert not [text for text in (event.encode(), b"child") if text in written]


async def test_an_unknown_id_and_one_not_to_be_seen_are_the_same_page_and_work(
    asking: OpenConsole, bus: ProjectedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte; and console and auditor together take as many steps."""
    hidden, claims = next(iter(bus.decided.items()))
    monkeypatch.setattr(answers, "SUPERVISION", frozenset({claims["etype"]}))
    taken: dict[str, int] = {}
    pages = {}
    async with asking.as_("operator") as browser:
        form = await form_of(browser)
        for event in (NOBODYS, hidden) * 2:  # the first of each also loads what it needs
            given = {"form": form, "event": event}
            with counted() as steps:
                answer = await browser.post("/event?lang=en", data=given)
            taken[event], pages[event] = steps.number, answer.text

    assert 0.99 < taken[hidden] / taken[NOBODYS] < 1.01
    assert bare(pages[hidden]) == bare(pages[NOBODYS])
    assert NOT_SEEN in pages[hidden]


async def test_look_ups_are_limited_in_all_sessions_of_an_account(
    asking: OpenConsole, bus: ProjectedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a page would be a way to try ids."""
    monkeypatch.setattr(asking.routes, "_look_ups", Attempts(2, LOOK_UPS_S))
    event = next(iter(bus.decided))
    said = []
    for _session in range(2):
        async with asking.as_("auditor") as browser:
            said += [(await look_up(browser, event)).text for _ in range(2)]

    assert ["Too many events" in page for page in said] == [False, False, True, True]


async def test_a_form_of_another_site_looks_nothing_up(
    asking: OpenConsole, bus: ProjectedBus
) -> None:
    """Without the session's own secret, or from elsewhere."""
    event = next(iter(bus.decided))
    async with asking.as_("auditor") as browser:
        form, evil = await form_of(browser), {"Origin": "http://evil.example"}
        without = await browser.post("/event", data={"event": event})
        elsewhere = await browser.post("/event", data={"form": form, "event": event}, headers=evil)
    async with asking.client() as nobody:
        outside = await nobody.post("/event", data={"event": event})

    assert without.status_code == elsewhere.status_code == httpx.codes.NOT_FOUND
    assert outside.status_code == httpx.codes.SEE_OTHER
    assert b"looked_up" not in asking.log.read_bytes()


async def test_with_a_dead_or_silent_auditor_nobody_can_tell(tmp_path: Path) -> None:
    """Which is not that there is no such event; a page waits less than a second."""
    dead = OpenConsole(tmp_path, BUSY, None, {"audit": "http://127.0.0.1:1"})
    for console in (dead, told_by(tmp_path, None)):
        async with asyncio.timeout(PATIENCE):
            page = await page_of(console)

        assert "nobody can tell" in page
        assert "Audit of the civil bus: no answer." in page
        assert NOT_SEEN not in page
    assert ANSWER_S < 1


async def test_with_a_malformed_list_of_services_auditors_are_asked_where_they_were(
    asking: OpenConsole, bus: ProjectedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of targets that is being replaced is no reason to show nothing, and none to fail."""
    malformed = UsageError("targets_malformed", "ValueError", "a list of targets")
    event = next(iter(bus.decided))
    async with asking.as_("auditor") as browser:
        before = await look_up(browser, event)
        monkeypatch.setattr(asking.audit_client, "_services", Mock(side_effect=malformed))
        after = await look_up(browser, event)

    assert "Whom it reached" in before.text
    assert bare(after.text) == bare(before.text)


MARKUP: Final = "<script>alert(1)</script>"
PLACE: Final = {"records": 1, "read": 1, "alarms": 0, "kept": True}
CRIP: Final = {"role": "CRIP", "desk": "crip"}
TOLD: Final = {
    "etype": "IP", "kind": "decided", "issued": 1, "at": 2, "judged": "same", "code": "",
    "refused": False, "reasons": [], "told": 1, "issuer": CRIP,
    "addressees": [], "steps": [], "duties": [],
}  # fmt: skip


def answer(place: Any = PLACE, **changed: Any) -> bytes:
    """What an auditor would say, but for something of the event."""
    return orjson.dumps({"place": place, "event": {**TOLD, **changed}})


@pytest.mark.parametrize(
    "said",
    [
        b"", b"[" * 100_000, b'{"place":' + b" " * (ask.MOST_BYTES + 1), b"\xff\xfe",
        answer(issuer={**CRIP, "desk": MARKUP}), answer(issuer={**CRIP, "role": MARKUP}),
        answer(told="7"), answer(told=-1), answer(told=1e300), answer(steps={"crip": 1}),
        answer(steps=[{"k": "stage", "at": 5, "stage": "received", **CRIP}] * 201),
        answer(place={}), answer(place={**PLACE, "read": 10**18}),
        answer(place={**PLACE, "alarms": MARKUP}),
    ],
    ids=range(14),
)  # fmt: skip
async def test_an_answer_of_another_form_is_no_answer(tmp_path: Path, said: bytes) -> None:
    """Too long, too deep, of other types or figures, or with markup: none of it is shown."""
    page = await page_of(told_by(tmp_path, said))

    assert "no answer" in page
    assert "<script>alert" not in page
    assert "crip" not in page


async def test_an_outcome_stands_among_what_came_back(tmp_path: Path) -> None:
    """By its type, and who sent it."""
    steps = [
        {"k": "stage", "at": 5, "stage": "received", **CRIP},
        {"k": "answered", "at": 9, "stage": "FEEDBACK", **CRIP},
    ]
    page = await page_of(told_by(tmp_path, answer(steps=steps)))

    assert "(crip)" in page  # a good answer is shown: the others were refused for what was changed
    assert "no answer" not in page
    back = page.partition("What came back")[2].partition("<tbody>")[2].partition("</tbody>")[0]
    assert back.index("acknowledgement") < back.index("feedback")


async def test_who_audits_one_bus_is_not_asked_of_the_other(tmp_path: Path) -> None:
    """Each has its own secret; and of a realm without one nobody is asked."""
    page = await page_of(told_by(tmp_path, answer(), "audit-criminal"))

    assert "nobody can tell" in page
    assert "(crip)" not in page


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"withheld": {"HEALTH": ["no_clause"]}}, "let through in part"),
        ({"left_out": {"HEALTH": ["no_clause"]}}, "never published: health (full data) ("),
    ],
)
async def test_in_part_is_what_the_bus_withheld(
    tmp_path: Path, kept: dict[str, Any], said: str
) -> None:
    """What the sender left out never came to the bus; the audit's report says the same."""
    row = {"verdict": "release", "clause": "R01", "reasons": [], "released": ["FACTS"]}
    told = {**CRIP, **row, "withheld": {}, "left_out": {}, **kept}

    page = await page_of(told_by(tmp_path, answer(addressees=[told])))
    of_operator = _addressee(told, lambda _urn: {"role": "CRIP", "desk": ""})

    assert said in page
    assert of_operator["reasons"] == [code for code in ("no_clause",) if "withheld" in kept]
    assert ("let through in part" in page) == ("withheld" in kept)
