"""A sandbox keeps what its `/openapi.json` promises, to both ends; so do its routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.operate.home.home import Home
from services.sandbox.steering import PREFIX, WORDS
from tests.promises import DESKS, Asked, promised, records
from tests.services.sandbox import process

pytestmark = pytest.mark.slow
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
BODIES = st.recursive(
    LEAVES,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(["seconds", "to", "x"]), below, max_size=3)
    ),
    max_leaves=5,
)


@pytest.fixture(params=["education", "child_welfare"])
def playing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """An agency that sends most, and the one that is sent most; each with full inboxes."""
    agency = str(request.param)
    with process.running(tmp_path / "home", "--agency", agency) as facts:
        yield agency, facts


def test_a_sandbox_answers_as_its_document_says(playing: tuple[str, Any]) -> None:
    """Every operation of `/v1` and beside it, asked rightly and wrongly."""
    agency, facts = playing
    desk = DESKS[agency]
    with process.client(facts, desk) as http:
        items = [http.get(path).json()["items"] for path in ("/v1/inbox", "/v1/referrals")]
        headers = {"Authorization": http.headers["Authorization"]}
    events = [item["event"] for items_of in items for item in items_of if item.get("event")]
    mine = [record for one, record in records(agency) if one == desk]
    home = Home(Path(facts["home"]))

    statuses = promised(Asked(facts["url"], headers, events, mine, home))

    assert {200, 202, 401, 403, 404, 422} <= statuses


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A school's sandbox, asked for its social service."""
    with (
        process.running(tmp_path_factory.mktemp("alone") / "home", "--empty") as facts,
        process.client(facts, "edu-s") as http,
    ):
        yield http


def test_its_clock_takes_or_refuses_whatever_it_is_told(alone: httpx.Client) -> None:
    """And never goes back, nor past its keys."""
    before = alone.get("/sandbox").json()["clock"]

    @settings(
        max_examples=60, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(BODIES)
    def move(body: Any) -> None:
        try:
            answer = alone.post("/sandbox/clock", json=body)
        except ValueError:  # not a number that JSON has
            return
        assert answer.status_code in (200, 400, 413, 415, 422), answer.text
        assert answer.status_code == 200 or answer.headers["content-type"].endswith("problem+json")

    move()

    now = alone.get("/sandbox").json()["clock"]
    assert before["now"] <= now["now"] <= now["until"]


def test_its_references_steer_or_are_refused(alone: httpx.Client) -> None:
    """Whatever stands behind the prefix; whoever misspells a word is told."""
    (record,) = (
        one
        for desk, one in records("education")
        if desk == "edu-s" and one["kind"] == "information_preoccupante"
    )
    words = st.sampled_from(sorted(WORDS)) | st.text(max_size=12)
    texts = st.tuples(
        words, st.sampled_from(["", "=", "=x", "=not_informed", "=\u0000", "=٣"])
    ).map("".join)
    statuses = set[int]()

    @settings(
        max_examples=60, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(texts, max_size=3).map(" ".join))
    def send(text: str) -> None:
        answer = alone.post("/v1/referrals", json=record | {"reference": f"{PREFIX}{text}"})
        statuses.add(answer.status_code)
        assert answer.headers["content-type"].endswith("json"), answer.text

    send()

    assert statuses <= {202, 422}
    assert {202, 422} <= statuses
