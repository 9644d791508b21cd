"""`relais audit export|verify`: from a log to one file, and from the file to a verdict."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from typer.testing import CliRunner, Result

from contracts.log.orders.order import KINDS
from services.audit import source
from services.cli.app import app
from services.cli.common.asked import AtKafka
from services.platform.keys.owners import owners_text, with_policy
from tests.contracts.log.first_orders import owners
from tests.services.audit.bundle.kit import replayed, small_world
from tests.services.audit.bundle.test_hostile_bundles import listed, sound, written
from tests.simulation.planted_log import PlantedLog


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that pins the owners, over a log in memory, at the world's instant."""
    world = small_world()
    whose = owners()
    kinds = {kind: (whose.quorum[kind], tuple(whose.keys[kind].values())) for kind in KINDS}
    text = owners_text(kinds, tuple(whose.directory.values()), tuple(whose.parties.values()))
    (tmp_path / "owners.json").write_bytes(text)
    monkeypatch.setattr(source, "KafkaLog", lambda *_given: PlantedLog(world.topics))
    monkeypatch.setattr(AtKafka, "bus", lambda *_given: None)
    clock = SimpleNamespace(now=world.clock.now, now_ms=world.clock.now_ms)
    monkeypatch.setattr("services.platform.process.clock.home_clock", lambda _home: clock)
    return tmp_path


def run(*words: object) -> Result:
    """One command line, documents in English."""
    return CliRunner().invoke(app, ["audit", *map(str, words)], env={"RELAIS_LANG": "en"})


def test_a_stranger_reaches_the_verdict_from_the_file(home: Path) -> None:
    """With the auditor's key as told, the owners' file, and nothing else; not another's."""
    out, owners = home / "evidence.zip", home / "owners.json"

    out.write_bytes(b"a bundle of before")
    made = run("export", "--home", home, "--out", out, "--realm", "civil", "--format", "json")
    assert made.exit_code == 0, made.output
    assert "is replaced" in made.stderr
    auditor = orjson.loads(made.stdout)["auditor"]
    told = run("verify", out, "--owners", owners, "--auditor", auditor, "--format", "json")
    rows = home / "decisions.jsonl"
    page_too = ("--report", home / "report.html", "--decisions", rows)
    unnamed = run("verify", out, "--owners", owners, *page_too)
    from_log = ("--home", home, "--realm", "civil", "--decisions", home / "from-log.jsonl")
    again = run("replay", *from_log)
    other = run("verify", out, "--owners", owners, "--auditor", "A" * 43)

    expected = replayed(small_world(), realms=("civil",)).json()
    assert (told.exit_code, orjson.loads(told.stdout)) == (0, orjson.loads(orjson.dumps(expected)))
    lines = (home / "audit" / "readings.jsonl").read_text().splitlines()
    assert [orjson.loads(line)["command"] for line in lines] == ["export", "replay"]
    assert unnamed.exit_code == 0
    assert f"with the key {auditor}; nobody has said that it must be this" in unnamed.stderr
    assert "clean: " in unnamed.stdout
    assert "No divergence." in (page := (home / "report.html").read_text("utf-8"))
    assert "banner calm" in page
    assert (again.exit_code, (home / "from-log.jsonl").read_bytes()) == (0, rows.read_bytes())
    events = [orjson.loads(line)["event"] for line in rows.read_bytes().splitlines()]
    assert len(events) == expected["records"]
    assert all(event in page for event in events)
    assert (other.exit_code, "bundle_foreign" in other.stderr) == (2, True)
    assert run("verify", out, "--owners", owners, "--after", out).exit_code == 0


def test_an_end_that_nobody_attests_is_said_on_terminal_and_page(home: Path) -> None:
    """The owners pin witnesses, the bundle has no checkpoint: exit 0, but it may lack some."""
    out, report, owners = home / "evidence.zip", home / "report.html", home / "owners.json"
    owners.write_bytes(with_policy(owners.read_bytes(), witnesses=2))
    written(out, listed(sound()))

    told = run("verify", out, "--owners", owners, "--report", report)

    page = report.read_text("utf-8")
    assert told.exit_code == 0
    assert "the end of the log is not attested" in told.stdout
    assert "the end of the log is not attested" in page
    for size in ("3/3", "10/10"):
        assert (size in told.stdout, size in page) == (True, True)
    assert "clean: " not in told.stdout
    assert "No divergence.</strong>" not in page


def test_an_altered_file_is_said_to_be_altered(home: Path) -> None:
    """One byte: exit 2, since there is no verdict, and what to do."""
    out = home / "evidence.zip"
    data = bytearray(written(out, sound()).read_bytes())
    data[len(data) // 2] ^= 1
    out.write_bytes(data)

    told = run("verify", out, "--owners", home / "owners.json")
    unread = run("verify", out, "--owners", home / "owners.json", "--report", home)

    assert (unread.exit_code, "report_unwritable" in unread.stderr) == (2, True)  # told before
    assert told.exit_code == 2
    assert "altered since or is damaged, ask for it again" in " ".join(told.stderr.split())
