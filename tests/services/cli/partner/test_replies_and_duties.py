"""`relais reply`, `lookup`, `inbox --owed` and `--follow`, against a played service."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from services.cli.partner import lookup
from tests.services.cli.partner.conftest import Run
from tests.shell import lines_of

EVENT = "019a2f4e-0000-7000-8000-000000000001"
ANSWER = {"events": ["e-9"], "case": "c-1", "dry_run": False, "to": [], "left_out": []}
OWED = {
    "id": "d-1", "act": "R39:final", "event": EVENT, "issuer": "edu-s", "debtor": "crip",
    "creditor": "edu-s", "due": "2026-12-01T00:00:00Z", "legal": True, "realm": "civil",
    "case": "c-1", "state": "open", "overdue": True,
}  # fmt: skip


@pytest.fixture
def requests() -> list[httpx.Request]:
    """What the service was asked."""
    return []


@pytest.fixture
def reply(run: Run, requests: list[httpx.Request]) -> Run:
    """`relais reply`, of a service that takes every answer of a desk."""

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(202, json=ANSWER)

    return lambda event, *words: run(handler, "reply", event, "--desk", *words)


def test_an_arrival_is_acknowledged_by_its_stage(reply: Run, requests: list[httpx.Request]) -> None:
    """At the path of the event; without a key, since the service makes one of event and stage."""
    result = reply(EVENT, "CRIP", "--stage", "accepted")

    assert result.exit_code == 0, result.output
    assert result.stdout == "acknowledged: accepted\n  event e-9\n"
    assert requests[0].url.path == f"/v1/inbox/{EVENT}/acknowledge"
    assert orjson.loads(requests[0].content) == {"stage": "accepted"}
    assert "idempotency-key" not in requests[0].headers


def test_a_warning_is_shown(run: Run) -> None:
    """What looks like a slip of the pen is told, though it stopped nothing."""
    warning = {"cause": "stage_not_expected", "got": "received", "expected": "accepted or declined"}

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(202, json=ANSWER | {"warnings": [warning]})

    english = run(handler, "reply", EVENT, "--desk", "crip")

    last = "  the stage received is not the one that is waited for (accepted or declined)"
    assert english.stdout.splitlines()[-1] == last


def test_an_outcome_says_only_what_was_typed(reply: Run, requests: list[httpx.Request]) -> None:
    """What is left out is the service's to decide; a key of its own makes a second try safe."""
    options = ("--outcome", "closed", "--on", "2026-11-20", "--final", "--format", "json")
    result = reply(EVENT, "crip", *options)
    reply(EVENT, "parq-civ", "--status", "judge_seized", "--measure", "aemo")

    bodies = [orjson.loads(request.content) for request in requests]
    assert result.exit_code == 0, result.output
    assert orjson.loads(result.stdout) == ANSWER
    assert requests[0].url.path == f"/v1/inbox/{EVENT}/outcome"
    assert bodies == [
        {"code": "closed", "on": "2026-11-20", "final": True},
        {"status": {"status": "judge_seized"}, "measure": {"measure": "aemo"}},
    ]
    assert requests[0].headers["idempotency-key"]


def test_an_id_cannot_lead_to_another_route(reply: Run, requests: list[httpx.Request]) -> None:
    """A slash in it is a character of the id."""
    reply("../referrals/x?y", "crip")

    assert requests[0].url.raw_path == b"/v1/inbox/..%2Freferrals%2Fx%3Fy/acknowledge"


def test_duties_are_shown_with_their_deadline(run: Run) -> None:
    """For people as a table; as data, what the service says."""

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.params["desk"] == "crip"
        return httpx.Response(200, json={"desk": "crip", "items": [OWED]})

    told = run(handler, "inbox", "--desk", "CRIP", "--owed")
    data = run(handler, "inbox", "--desk", "CRIP", "--owed", "--format", "json")

    assert (told.exit_code, data.exit_code) == (0, 0)
    line = "1\u00a0December 2026 at 01:00 *  overdue  a reply on the final outcome (R39)  edu-s"
    assert line in told.stdout  # Paris is an hour ahead of UTC in winter
    assert EVENT in told.stdout
    assert lines_of(data.stdout) == [OWED]


def test_an_inbox_is_followed_until_it_is_interrupted(run: Run) -> None:
    """An empty page is waited on again from its cursor; Ctrl-C is a good end."""
    asked: list[tuple[str, str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.params["after"], request.url.params["wait"]))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return httpx.Response(200, json={"items": [], "cursor": f"c{len(asked)}"})

    result = run(handler, "inbox", "--desk", "crip", "--follow")

    assert result.exit_code == 0
    assert asked == [("", "20"), ("c1", "20"), ("c2", "20")]


CASE = "c" * 43
LOOKED_UP = {"event": "look-1", "case": CASE, "realm": "civil"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between two looks."""
    monkeypatch.setattr(lookup, "PAUSE_S", 0)


class Played:
    """A service that answers a look-up once it has been looked at twice."""

    def __init__(self, state: str = "decided") -> None:
        self.state = state
        self.bodies: list[dict[str, Any]] = []
        self.looks = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Take a look-up or tell where it stands."""
        if request.method == "POST":
            self.bodies.append(orjson.loads(request.content))
            return httpx.Response(202, json={"events": ["look-1"], "to": []})
        self.looks += 1
        stands: dict[str, Any] = {"state": self.state, "participants": ["crip", "home-1"]}
        if self.state == "refused":
            stands |= {"reasons": ["not_reference"], "participants": []}
        elif self.looks % 2:
            stands = {"state": "published", "participants": []}
        return httpx.Response(200, json=LOOKED_UP | stands)


def test_the_desks_of_a_case_are_listed_a_line_each(run: Run) -> None:
    """One look-up, asked for once; as data with its event, which stands in the log."""
    service = Played()

    result = run(service, "lookup", CASE, "--desk", "CRIP")
    data = orjson.loads(run(Played(), "lookup", CASE, "--desk", "crip", "--format", "json").stdout)

    assert result.exit_code == 0, result.output
    assert service.bodies == [{"case": CASE}]
    assert result.stdout.splitlines() == data["participants"] == ["crip", "home-1"]
    assert data["event"] == "look-1"


def test_a_refusal_says_no_more_than_that_and_ends_with_1(run: Run) -> None:
    """Whether there is such a case is not said, by anybody."""
    result = run(Played("refused"), "lookup", CASE, "--desk", "home-1")

    assert result.exit_code == 1
    assert result.stdout.startswith("refused: only a reference service")
    assert CASE not in result.output


def test_a_bus_that_stands_still_is_told_and_not_waited_for_without_end(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3: the look-up is published, its answer comes later."""
    monkeypatch.setattr(lookup, "PATIENCE_S", 0)

    result = run(Played(), "lookup", CASE, "--desk", "crip")

    assert result.exit_code == 3
    assert "no_answer" in result.output
