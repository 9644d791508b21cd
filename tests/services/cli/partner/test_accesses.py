"""`relais audit who`, its `--ask` and `reply --motive`, against a service that is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from services.cli.auditor import accesses
from tests.shell import lines_of

CASE = "c" * 43
ROW = {
    "event": "e-1", "issuer": "parq-civ", "type": "MEASURE", "realm": "civil", "case": CASE,
    "desk": "home-1", "at": "2026-10-03T12:05:00Z", "clause": "R25", "scopes": ["IDENTITY",
    "CONTACT"],
}  # fmt: skip
PAGE = {
    "case": CASE, "realm": "civil", "state": "decided", "answered": True, "skip": 0, "total": 2,
}  # fmt: skip


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between two looks."""
    monkeypatch.setattr(accesses, "PAUSE_S", 0)


class Played:
    """A service that answers one delivery a page, once it has been looked at twice."""

    def __init__(self, state: str = "decided") -> None:
        self.state = state
        self.bodies: list[dict[str, Any]] = []
        self.looks = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Take a look-up or tell where it stands."""
        if request.method == "POST":
            self.bodies.append(orjson.loads(request.content))
            return httpx.Response(202, json={"events": [f"look-{len(self.bodies)}"], "to": []})
        self.looks += 1
        event = {"event": request.url.path.rpartition("/")[2]}
        if self.state == "refused":
            reasons = ["not_reference"]
            return httpx.Response(200, json=PAGE | event | {"state": "refused", "reasons": reasons})
        if self.looks % 2:
            waiting = {"state": "published", "answered": False, "total": 0, "items": []}
            return httpx.Response(200, json=PAGE | event | waiting)
        skip = self.bodies[-1].get("skip", 0)
        return httpx.Response(200, json=PAGE | event | {"skip": skip, "items": [ROW]})


def test_all_pages_of_a_case_are_one_table(run: Callable[..., Any]) -> None:
    """Each page is a look-up of its own; instants in Paris, data and heads in words."""
    service = Played()

    result = run(service, "audit", "who", "--desk", "CRIP", "--case", CASE)

    assert result.exit_code == 0, result.output
    assert service.bodies == [
        {"case": CASE, "realm": "civil"}, {"case": CASE, "realm": "civil", "skip": 1},
    ]  # fmt: skip
    told = result.stdout.replace("\u00a0", " ").replace("\u202f", " ")
    assert told.count("home-1") == 2
    for text in (
        "received on",
        "3 October 2026",
        "14:05",
        "identity; contact details",
        "R25",
        "parq-civ",
    ):
        assert text in told


def test_the_json_has_the_rows_of_all_pages_and_each_look_up(run: Callable[..., Any]) -> None:
    """So that a program finds them in the log."""
    result = run(Played(), "audit", "who", "--desk", "crip", "--case", CASE, "--format", "json")

    assert lines_of(result.stdout) == [ROW | {"look_up": f"look-{at}"} for at in (1, 2)]


def test_a_refusal_says_no_more_than_that_and_ends_with_1(run: Callable[..., Any]) -> None:
    """Whether there is such a case is not said, by anybody."""
    result = run(Played("refused"), "audit", "who", "--desk", "home-1", "--case", CASE)

    assert result.exit_code == 1
    assert result.stdout.startswith("refused: only a reference service")
    assert CASE not in result.output


def test_on_the_criminal_bus_nobody_is_entitled_and_nothing_is_sent(
    run: Callable[..., Any],
) -> None:
    """It has no reference service: said before anything is published, and without the case."""
    service = Played()

    result = run(
        service, "audit", "who", "--desk", "pp", "--case", CASE, "--realm", "criminal",
    )  # fmt: skip

    told = " ".join(result.output.replace("\u00a0", " ").split())
    assert (result.exit_code, service.bodies) == (2, [])
    assert "nobody is its reference service" in told
    assert CASE not in told


def test_a_bus_that_stands_still_is_told_and_not_waited_for_without_end(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3: the look-up is published, its answer comes later."""
    monkeypatch.setattr(accesses, "PATIENCE_S", 0)

    result = run(Played(), "audit", "who", "--desk", "crip", "--case", CASE)

    assert result.exit_code == 3
    assert "no_answer" in result.output


def test_without_a_case_first_accesses_are_shown(run: Callable[..., Any]) -> None:
    """As the notices told them."""
    told = run(lambda _: httpx.Response(200, json={"desk": "crip", "items": [ROW]}),
               "audit", "who", "--desk", "crip")  # fmt: skip
    none = run(lambda _: httpx.Response(200, json={"desk": "crip", "items": []}),
               "audit", "who", "--desk", "crip")  # fmt: skip

    assert "home-1" in told.stdout
    assert (none.stdout, none.exit_code) == ("", 0)


def test_a_desk_is_asked_and_answers_by_a_motive(run: Callable[..., Any]) -> None:
    """The question names who is asked; the answer is an acknowledgement by its code."""
    bodies: list[tuple[str, dict[str, Any]]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append((request.url.path, orjson.loads(request.content)))
        to = [{"desk": "home-1", "event": "q-1"}]
        return httpx.Response(202, json={"events": ["q-1"], "to": to, "warnings": []})

    asked = run(handler, "audit", "who", "--ask", "e-1", "--of", "home-1", "--desk", "crip")
    given = run(handler, "reply", "q-1", "--motive", "own_case", "--desk", "home-1")

    assert bodies == [
        ("/v1/accesses/e-1/ask", {"of": "home-1"}),
        ("/v1/inbox/q-1/acknowledge", {"stage": "justified", "motive": "own_case"}),
    ]
    assert asked.stdout == (
        "the question to home-1 is sent, by event q-1; "
        "`relais referrals` says whether it was refused\n"
    )
    assert given.stdout.splitlines()[0] == "motive given: it follows the child"
