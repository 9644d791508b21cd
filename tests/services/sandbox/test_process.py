"""`relais sandbox` as a newcomer starts it, twice or wrongly; it answers as its document says."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import orjson
import pytest

from contracts.errors import UsageError
from services.cli.play import progress
from services.operate.home.home import Home
from services.operate.home.lock import MARK, alone
from services.sandbox.app import serve
from services.sandbox.records import EXAMPLE
from services.sandbox.webhooks import read_receivers
from tests.promises import DESKS, Asked, promised, records
from tests.services.sandbox.process import client, running
from tests.shell import invoke


def test_a_second_one_in_its_home_is_told_where_the_first_answers(tmp_path: Path) -> None:
    """By its process and address."""
    with running(tmp_path / "home", "--empty") as facts:
        second = invoke("sandbox", "--home", facts["home"])

    assert second.exit_code == 2
    assert f"got process {facts['pid']} at {facts['url']}, expected one sandbox a home: " in (
        second.stderr
    )


def test_a_federation_does_not_start_in_a_sandboxs_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keys would be the sandbox's, and the next sandbox would take its clock away."""
    monkeypatch.setattr(progress, "fetch", lambda: pytest.fail("it was fetched"))
    (tmp_path / MARK).touch()

    refused = invoke("up", "--home", tmp_path)

    assert (refused.exit_code, "home_of_sandbox" in refused.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == [tmp_path / MARK]


def test_a_federations_home_is_left_alone(tmp_path: Path) -> None:
    """Told as that while it runs too: its clock would go, and its directory be signed anew."""
    (tmp_path / "owners.json").touch()

    with alone(tmp_path):
        refused = invoke("sandbox", "--home", tmp_path)

    assert refused.exit_code == 2
    assert f"home_of_federation at {tmp_path}: got a federation's home, " in refused.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"owners.json", "up.lock"}


def test_wrong_use_is_told_before_a_key_is_made(tmp_path: Path) -> None:
    """A port that somebody has, by its number; an agency that there is not; another's desk."""
    told = read_receivers(["crip=http://127.0.0.1:9/hook"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for agency, at, receivers, said in (
            ("education", port, {}, f"port_taken at {port}: .*--port"),
            ("nobody", 0, {}, "agency_unknown"), ("education", 0, told, "desk_unknown"),
        ):  # fmt: skip
            asked = serve(Home(tmp_path), agency, at, print, asyncio.Event(), receivers, empty=True)
            with pytest.raises(UsageError, match=said):
                asyncio.run(asked)

    assert list(tmp_path.iterdir()) == []


def test_the_example_is_of_the_agency_that_is_played(tmp_path: Path) -> None:
    """In a home where another was played before, too."""
    outcomes = []
    for agency, desk in (("education", "edu-s"), ("justice", "parq-civ"), ("police", "pol")):
        with running(tmp_path / "home", "--empty", "--agency", agency) as facts:
            record = orjson.loads((Path(facts["home"]) / EXAMPLE).read_bytes())
            with client(facts, desk) as http:
                sent = http.post("/v1/referrals", json=record)
            outcomes.append(sent.json()["outcome"])

    assert outcomes == ["published"] * 3


def test_a_duty_has_one_date(tmp_path: Path) -> None:
    """In the inbox and among the duties; no request names a day of its own beside the term."""
    with running(tmp_path / "home") as facts, client(facts, "edu-s") as http:
        [item] = http.get("/v1/inbox").json()["items"]
        owed = http.get("/v1/duties").json()["items"]

    assert "due" not in item["facts"]
    assert [(duty["id"], duty["due"]) for duty in owed] == [
        (duty["id"], duty["due"]) for duty in item["owes"]
    ]
    assert owed


@pytest.mark.slow
@pytest.mark.parametrize(
    "agency", [pytest.param("education", marks=pytest.mark.nightly), "child_welfare"]
)
def test_a_sandbox_answers_as_its_document_says(agency: str, tmp_path: Path) -> None:
    """Every operation of `/v1` and beside it, asked rightly and wrongly, over full inboxes.

    Of an agency that sends most, and of the one that is sent most.
    """
    desk = DESKS[agency]
    with running(tmp_path / "home", "--agency", agency) as facts:
        with client(facts, desk) as http:
            items = [http.get(path).json()["items"] for path in ("/v1/inbox", "/v1/referrals")]
            headers = {"Authorization": http.headers["Authorization"]}
        events = [item["event"] for items_of in items for item in items_of if item.get("event")]
        mine = [record for one, record in records(agency) if one == desk]

        statuses = promised(Asked(facts["url"], headers, events, mine))

    assert {200, 202, 401, 403, 404, 422} <= statuses
