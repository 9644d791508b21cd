"""What a record's reference asks for happens in its case, there alone; how the clock is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from services.sandbox.steering import PREFIX, WORDS
from tests.samples import concern
from tests.services.agency.bench import serving
from tests.services.sandbox.process import client, running, seen, send, sent

HOUR = 3600


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a sandbox of the schools has printed."""
    with running(tmp_path_factory.mktemp("steered") / "home", "--empty") as facts:
        yield facts


@pytest.fixture(scope="module")
def http(sandbox: dict[str, Any]) -> Iterator[httpx.Client]:
    """The client of a school's social service at it."""
    with client(sandbox, "edu-s") as own:
        yield own


def move(http: httpx.Client, seconds: int) -> None:
    """Move the sandbox's clock."""
    moved = http.post("/sandbox/clock", json={"seconds": seconds})
    assert moved.status_code == 200, moved.text


def stages(status: dict[str, Any]) -> list[str]:
    """The stages that the CRIP told."""
    return [told["stage"] for told in status["to"][0].get("acknowledged", ())]


def test_whoever_is_late_answers_after_its_term(http: httpx.Client) -> None:
    """Not before the clock is moved; another case is answered at once."""
    late, prompt = sent(http, "sandbox:late"), sent(http, "another")
    seen(http, prompt, stages)
    waiting = http.get(late).json()
    move(http, 5 * 24 * HOUR)
    behind = seen(http, late, stages)

    assert stages(waiting) == []
    assert [duty["in_time"] for duty in behind["duties"] if duty["state"] == "closed"] == [False]


@pytest.mark.parametrize(
    ("word", "holds"),
    [
        ("withdraw", lambda items: any(item.get("withdrawn") for item in items)),
        ("twice", lambda items: "replayed" in [item.get("error") for item in items]),
        ("corrupt", lambda items: any("error" in item for item in items)),
        ("", lambda items: any(item.get("type") == "FEEDBACK" for item in items)),
    ],
)
def test_the_outcome_of_a_steered_case_comes_as_its_word_says(
    word: str, holds: Callable[[list[dict[str, Any]]], bool], http: httpx.Client
) -> None:
    """Taken back, twice, spoilt, or as it is."""
    cursor = http.get("/v1/inbox").json()["cursor"]
    arrivals = f"/v1/inbox?after={cursor}"
    sent(http, f"sandbox:{word} # {word}")
    seen(http, arrivals, lambda page: page["items"])
    move(http, 2)

    seen(http, arrivals, lambda page: holds(page["items"]))


def test_nothing_is_missing_behind_a_refused_event(sandbox: dict[str, Any]) -> None:
    """Nor once the bus has told what fell due of it."""
    refused = "sandbox:refuse=not_informed"
    with client(sandbox, "edu-h-1") as head:  # of whose messages nothing was corrupted
        for seconds in (7 * 24 * HOUR, 0):
            seen(head, sent(head, refused), lambda status: status["state"] == "refused")
            move(head, seconds)
        inbox, duties = head.get("/v1/inbox").json(), head.get("/v1/duties").json()

    assert (inbox["missing"], duties["items"]) == ([], [])


def test_a_word_of_no_table_is_refused(http: httpx.Client) -> None:
    """So that who misspells one is told; the table is the program's own."""
    wrong = (
        "nonsense", "refuse", "refuse=x", "refuse=\0", "late=1", "late=\u0663", "late nonsense",
    )  # fmt: skip
    refused = [send(http, f"sandbox:{text}") for text in wrong]
    table = http.get("/sandbox").json()["words"]

    assert {(one.status_code, one.json()["code"]) for one in refused} == {(422, "code_unknown")}
    assert all("GET /sandbox" in one.json()["next"] for one in refused)
    assert [row["word"] for row in table] == list(WORDS)
    assert all(row["means"] for row in table)


def test_its_clock_goes_neither_back_nor_past_its_keys(http: httpx.Client) -> None:
    """Whatever it is told, it answers in words and stays as it is."""
    wrong: list[Any] = [
        {}, [], None, "x", {"seconds": -1}, {"seconds": 10**9}, {"seconds": True},
        {"seconds": 1.5}, {"seconds": "1"}, {"seconds": 1, "to": 2}, {"to": 1},
    ]  # fmt: skip
    before = http.get("/sandbox").json()["clock"]
    refused = [http.post("/sandbox/clock", json=body) for body in wrong]
    refused.append(http.post("/sandbox/clock", content=b"{"))
    after = http.get("/sandbox").json()["clock"]

    assert {one.status_code for one in refused} == {400, 415, 422}
    assert {one.headers["content-type"] for one in refused} == {"application/problem+json"}
    assert after["until"] == before["until"]
    assert before["now"] <= after["now"] < before["until"]


async def test_no_other_service_is_led_by_a_reference() -> None:
    """An agency's own takes each word as any text: decided, delivered, nobody answers."""
    async with serving("education") as agency:
        for word in (*WORDS, "nonsense"):
            answer = await agency.post("edu-s", concern(reference=f"{PREFIX}{word}"))
            agency.settle()
            status = (await agency.get("edu-s", answer.headers["location"])).json()

            assert (status["state"], status["to"][0]["state"]) == ("decided", "delivered"), word
            assert stages(status) == [], word
