"""What a console's pages show, and to whom: roles, what was seen, topics, quarantine."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from unittest.mock import AsyncMock

import httpx
import pytest

from contracts.vocabulary.scopes import AGENCIES
from services.console.facts import FlowRow, flow, flowed, overview, topics
from services.console.roles import PAGES, ROLES, Page, Role
from services.console.watch import ConsoleWatch, DriftSeen
from services.operate.status.ask import Answer, KeptBy
from services.operate.status.state import FederationState, KafkaState, TopicState, federation
from services.platform.process.metrics import Metrics
from tests.services.console.kit import OpenConsole, bare
from tests.services.operate.status.pages import AT, BUSY, CALM, answer, calm, router

# Written down once more, by hand: a change of the table is a change here too.
EXPECTED: Final[dict[Role, tuple[Page, ...]]] = {
    "operator": ("overview", "alerts", "topics", "quarantine", "event"),
    "auditor": ("overview", "alerts", "quarantine", "event"),
}


@pytest.mark.parametrize("role", ROLES)
async def test_a_page_answers_those_who_have_it_and_is_not_there_for_others(
    console: OpenConsole, role: Role
) -> None:
    """What is forbidden reads as what does not exist."""
    async with console.as_(role) as browser:
        pages = {page: await browser.get(f"/{page}") for page in PAGES}
        nowhere = await browser.get("/no-such-page")

    assert {*EXPECTED["operator"]} == pages.keys()
    for page, shown in pages.items():
        allowed = page in EXPECTED[role]
        assert shown.status_code == (httpx.codes.OK if allowed else httpx.codes.NOT_FOUND)
        assert allowed or bare(shown.text) == bare(nowhere.text)


async def test_columns_are_left_out_of_pages_that_a_role_has(console: OpenConsole) -> None:
    """Memory, addresses, what to do (what is typed as code) are the operator's."""
    shown = {}
    for role in ROLES:
        async with console.as_(role) as browser:
            page = (await browser.get("/?lang=en")).text
            alerts = (await browser.get("/alerts?lang=fr")).text.partition("<main>")[2]
            assert "`" not in alerts
            assert ("<code>code</code> dit pourquoi" in alerts) == (role == "operator")
        words = ('<th scope="col">memory</th>', "what to do", "http://127.0.0.1:2")
        shown[role] = [page.count(word) for word in words]

    assert shown["auditor"] == [0, 0, 0]
    assert shown["operator"][0] == shown["operator"][2] == 1


OUTBOX: Final = "relais.civil.outbox.police"
READER: Final = answer("routing-civil-0", lambda metrics: metrics.lag.labels(OUTBOX, "0").set(2))


def test_a_topic_has_what_its_readers_have_left_of_it() -> None:
    """A dash for what nobody has said: it is no nought."""
    kafka = KafkaState(brokers=("a:1",), topics=(TopicState(OUTBOX, 6, 3, 0, 0),))

    rows = [topics(calm(*some, kafka=kafka), "en")[0]["rows"][0] for some in ([READER], [])]

    assert rows == [[OUTBOX, "6", "3", "0", "0", left, "–"] for left in ("2", "–")]


async def _quarantine(console: OpenConsole, state: FederationState) -> str:
    console.watch.take(state)
    async with console.as_("operator") as browser:
        page = (await browser.get("/quarantine?lang=en")).text
        sent = await browser.post("/quarantine", data={"kind": "release"})
    assert sent.status_code == httpx.codes.METHOD_NOT_ALLOWED  # owners order elsewhere
    assert 'action="/quarantine' not in page
    return re.sub(r"<[^>]+>|\s+", " ", page).replace("\xa0", " ").replace("\u202f", " ")


async def test_quarantine_says_whose_it_is_since_when_and_what_nobody_tells(
    console: OpenConsole,
) -> None:
    """By code, outbox and issuer; a figure of an auditor or router that is away is no nought."""
    rows = (
        KeptBy("unknown_convention", "education", "edu-s", 12, AT - 3 * 86_400),
        KeptBy("signature_wrong", "", "", 3, AT - 60),
    )
    known = {**BUSY.realms, "civil": replace(BUSY.realms["civil"], kept_by=rows)}
    page = await _quarantine(console, replace(BUSY, realms=known))
    silent = await _quarantine(console, BUSY)
    dead = await _quarantine(console, federation(AT, [answer("audit")], CALM, {}, {}))

    assert re.search(r"unknown_convention\s+education\s+edu-s\s+12\s+12 January 2027", page)
    assert re.search(r"signature_wrong\s+–\s+–\s+3 ", page)
    assert "relais quarantine decide PARTITION:DECISION" in page
    assert "no auditor" not in page
    assert "no auditor of the civil bus has told: 3 to be ruled on" in silent
    assert "Routing of the civil bus does not answer" in dead
    assert "None." not in silent + dead


POLICE = Answer("police", "http://127.0.0.1:2", None, why="silent")


@pytest.mark.parametrize(
    ("own", "alerts"),
    [
        (answer("console"), ["police"]),
        (Answer("console", "http://127.0.0.1:3", None, why="late"), []),
    ],
)
async def test_a_look_without_a_turn_to_hear_raises_no_alarm(
    own: Answer, alerts: list[str]
) -> None:
    """A busy machine must not show a federation as down that runs."""
    watch = ConsoleWatch(AsyncMock(return_value=calm(POLICE, own)))

    await watch.look()

    assert [seen.alert.who for seen in watch.seen] == alerts
    assert (watch.state is None) is (not alerts)


async def test_looks_are_rare_while_nobody_reads_and_a_reader_sees_what_is_so_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page is not older than two looks, however long nobody has asked; nor asked for twice."""
    watch, seen = ConsoleWatch(AsyncMock(return_value=calm(POLICE))), []
    for at in (100.0, 105.0, 3700.0, 3701.0):
        monkeypatch.setattr("services.console.watch.monotonic", lambda at=at: at)
        await watch.for_reader()
        seen.append(watch.number)

    assert seen == [1, 1, 2, 2]


def test_what_flowed_is_summed_over_shards_by_institution() -> None:
    """A shard of each bus counts; an institution that a service makes up is not heard."""

    def routed(metrics: Metrics) -> None:
        counted = ("police", "decided"), ("police", "refused"), ("made-up", "decided")
        for agency, outcome in counted:
            metrics.routed.labels("civil", agency, outcome).inc(2)
        metrics.delivered.labels("civil", "police").inc()

    shards = calm(answer("routing-civil-0", routed), answer("routing-criminal-0", routed))

    rows = {row.name: row for row in flow(shards, "en")}

    assert rows["police"] == FlowRow("police", 4, 4, 2)
    assert not any(row.decided for name, row in rows.items() if name != "police")
    assert len(rows) == len(AGENCIES)


def test_one_event_is_no_plural() -> None:
    """Nor one delivery beside several events."""
    drawn = flowed([FlowRow("éducation", 2, 1, 1)], "fr")

    assert "3 événements décidés et 1 remise effectuée" in drawn


def test_of_a_bus_whose_router_is_stopped_nothing_is_said_to_have_flowed() -> None:
    """No nought where nobody answers: neither of events nor of shards."""
    watch = ConsoleWatch(AsyncMock())
    watch.take(federation(AT, [router("criminal")], CALM, {}, {}, 0))
    shown = overview(watch, "operator", "en")

    assert not shown["flow"]
    assert "civil bus: no router answers" in str(shown["parts"])
    assert "0 of 0" not in str(shown["parts"])


def test_drift_is_among_the_console_s_metrics() -> None:
    """Prometheus reads no file: without it `RelaisDriftNotChecked` would fire for ever."""
    watch, metrics = ConsoleWatch(AsyncMock()), Metrics("console")
    metrics.registry.register(DriftSeen(watch))
    before = metrics.page().decode()
    watch.take(calm(right_extra=(1, AT)))
    after = metrics.page().decode()

    assert 'relais_drift{kind="right_extra"}' not in before
    assert 'relais_drift{kind="topic_missing"}' not in after
    assert 'relais_drift{kind="right_extra"} 1.0' in after
    assert 'relais_drift_checked_seconds{kind="right_extra"}' in after
