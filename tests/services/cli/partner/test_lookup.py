"""`relais lookup`, against a service that is played."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from services.cli.partner import lookup
from tests.services.cli.partner.conftest import Run

CASE = "c" * 43
ANSWER = {"event": "look-1", "case": CASE, "realm": "civil"}


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
        return httpx.Response(200, json=ANSWER | stands)


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
