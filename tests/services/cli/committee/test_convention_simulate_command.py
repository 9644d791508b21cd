"""`relais convention simulate`: what is typed and seen, on a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.conventions import SECOND, read
from contracts.log.orders.order import KINDS
from services.audit.bundle.export import export
from services.cli.app import create_app
from services.platform.keys.owners import owners_text
from tests.flows.test_simulation import world
from tests.services.audit.bundle.memory_log import request_of


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that pins the owners, the log of the stories, and the second version."""
    folder = tmp_path_factory.mktemp("simulate")
    owners = world().registries["civil"].owners
    kinds = {
        kind: (owners.quorum[kind], tuple(owners.keys[kind].values())) for kind in KINDS
    }  # fmt: skip
    keepers = tuple(owners.directory.values())
    text = owners_text(kinds, keepers, tuple(owners.parties.values()))
    (folder / "owners.json").write_bytes(text)
    (folder / "new.yaml").write_bytes(read(SECOND))
    export(request_of(world()), folder / "evidence.zip")
    return folder


def run(place: Path, *words: str) -> Result:
    """One command line."""
    line = ["convention", "simulate", str(place / "new.yaml"), "--home", str(place)]
    return CliRunner().invoke(create_app(), [*line, "--log", str(place / "evidence.zip"), *words])


def test_the_shared_report_says_what_is_not_told(place: Path) -> None:
    """Counts below ten, of which the stories have no other."""
    done = run(place)

    assert done.exit_code == 0, done.output
    assert "No change is shared by at least ten events." in done.stdout
    assert "Counts below ten are not told" in done.stdout


def test_the_shared_report_as_json_tells_no_more_than_its_text(place: Path) -> None:
    """The stories' changes are each unlike the others: no row, count or word is doubled."""
    found = json.loads(run(place, "--format", "json").stdout)

    assert found.pop("decided") % 10 == 0
    assert set(found.pop("events").values()) == {None}
    assert (found.pop("report"), found.pop("changed")) == ("shared", None)
    assert all(rows == [] for rows in found.values())


def test_the_operators_report_has_counts_and_a_list(place: Path, tmp_path: Path) -> None:
    """One line of JSON for each event that would have been decided otherwise."""
    events = tmp_path / "events.jsonl"

    result = run(place, "--report", "operators", "--events", str(events), "--format", "json")

    found = json.loads(result.stdout)
    lines = [json.loads(one) for one in events.read_text().splitlines()]
    assert found["report"] == "operators"
    assert found["changed"] == len(lines) > 0
    assert {"event", "old", "new"} <= set(lines[0])
    assert events.stat().st_mode & 0o077 == 0


def test_the_list_of_events_is_not_for_the_shared_report(place: Path, tmp_path: Path) -> None:
    """Whoever counts its lines would have every count."""
    result = run(place, "--events", str(tmp_path / "events.jsonl"))

    assert result.exit_code == 2
    assert "list_is_not_shared" in result.stderr


def test_a_log_that_is_not_there_is_wrong_use(place: Path) -> None:
    """With what would have been right."""
    words = ["convention", "simulate", str(place / "new.yaml"), "--home", str(place)]

    result = CliRunner().invoke(create_app(), [*words, "--log", "nowhere.zip"])

    assert result.exit_code == 2
    assert "bundle_missing" in result.stderr


def test_the_version_in_force_changes_nothing_of_what_it_decided(place: Path) -> None:
    """Without a file that version is tried: here the shipped one, which made this log."""
    words = ("--home", str(place), "--log", str(place / "evidence.zip"), "--report", "operators")

    done = CliRunner().invoke(create_app(), ["convention", "simulate", *words, "--format", "json"])

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["changed"] == 0


def test_people_read_names_where_programs_read_codes(place: Path) -> None:
    """Roles, data, purposes and acts as the convention calls them; no kind of none."""
    shown = run(place, "--report", "operators")
    rows = json.loads(run(place, "--report", "operators", "--format", "json").stdout)

    tables = ("issuer", "recipient", "category", "purpose")
    codes = {row["row"] for name in tables for row in rows[name]} - {"CRIP"}  # its name, too
    codes |= {row[side] for row in rows["duties"] for side in ("debtor", "act")} - {"CRIP"}
    assert {"CODE.meeting", "ASE"} < codes
    assert not codes & set(shown.stdout.replace(",", " ").split())
    assert "(in what is delivered, tried: 1)." in shown.stdout.splitlines()[0]
