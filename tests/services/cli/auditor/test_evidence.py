"""`relais audit export|verify`: from a log to one file, and from the file to a verdict.

And `prove --case`: what a court gets of a case, and checks from files alone.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest

from contracts.encoding import digest
from contracts.log.replaying.finding import event_of
from contracts.vocabulary import topics
from services.audit import source
from services.cli.common.asked import AtKafka
from services.platform.keys.owners import with_policy
from tests.contracts.log.erasing.kit import naming, two_children
from tests.flows.acts import CASE
from tests.services.audit.bundle.kit import pin_owners, small_world, written
from tests.services.audit.bundle.test_checkpoints import published_by
from tests.services.audit.bundle.test_hostile_bundles import listed, sound
from tests.services.audit.lies.lab import Lab
from tests.shell import invoke, lines_of
from tests.simulation.planted_log import PlantedKafka, PlantedLog
from tests.world import World


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that pins the owners, over a log in memory, at the world's instant."""
    world = small_world()
    pin_owners(tmp_path)
    monkeypatch.setattr(source, "KafkaLog", lambda *_given: PlantedLog(world.topics))
    monkeypatch.setattr(AtKafka, "bus", lambda *_given: None)
    clock = SimpleNamespace(now=world.clock.now, now_ms=world.clock.now_ms)
    monkeypatch.setattr("services.platform.process.clock.home_clock", lambda _home: clock)
    return tmp_path


run = partial(invoke, "audit", env={"RELAIS_LANG": "en"})


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
    other, unset = (
        run("verify", out, "--owners", owners, "--auditor", key) for key in ("A" * 43, "")
    )

    expected = Lab(small_world()).replayed().json()
    assert (told.exit_code, orjson.loads(told.stdout)) == (0, orjson.loads(orjson.dumps(expected)))
    readings = lines_of((home / "audit" / "readings.jsonl").read_text())
    assert [row["command"] for row in readings] == ["export", "replay"]
    assert unnamed.exit_code == 0
    assert f"with the key {auditor}; nobody has said that it must be this" in unnamed.stderr
    assert "clean: " in unnamed.stdout
    assert "No divergence." in (page := (home / "report.html").read_text("utf-8"))
    assert "banner calm" in page
    assert (again.exit_code, (home / "from-log.jsonl").read_bytes()) == (0, rows.read_bytes())
    events = [row["event"] for row in lines_of(rows.read_text())]
    assert len(events) == expected["records"]
    assert all(event in page for event in events)
    for done in (other, unset):
        assert (done.exit_code, "bundle_foreign" in done.stderr) == (2, True)
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


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two children's cases, published, at the home's Kafka."""
    world = two_children()
    published_by(world.topics, home)
    bus = PlantedKafka(world.topics)
    monkeypatch.setattr(AtKafka, "bus", lambda *_given: bus)
    return world


def proved(home: Path, case: str) -> tuple[int, str]:
    """The command's exit code and what it says of an error."""
    words = ("prove", "--case", case, "--out", home / "case", "--home", home)
    done = run(*words, "--log", home / "log")
    return done.exit_code, done.stderr


def test_each_decision_on_a_case_is_proved_with_its_evidence(home: Path, world: World) -> None:
    """Also one under another key in Kafka, which nobody signs: a court gets no decision less."""
    rows = world.topics[topics.decisions("civil"), 0]
    rows[-1] = replace(rows[-1], key=b"another")
    code, told = proved(home, CASE)

    assert code == 0, told
    proofs = sorted((home / "case").glob("*.tlog-proof"))
    assert len(proofs) == len(naming(world, CASE))
    policy = home / "policy"  # nobody has cosigned this log
    own = (home / "case" / "civil-0.tlog-policy").read_text()
    policy.write_text(own.replace("quorum agencies", "quorum none"))
    for proof in proofs:
        shown = orjson.loads(run("check", proof, "--policy", policy, "--format", "json").stdout)
        assert shown["holds"]
        evidence = proof.with_suffix(".evidence.json").read_bytes()
        assert CASE.encode() in evidence
        assert shown["record"]["evd"] == digest(evidence)
        proof.with_suffix(".evidence.json").write_bytes(evidence + b" ")
        altered = run("check", proof, "--policy", policy)
        assert (altered.exit_code, "evidence_differs" in altered.stdout) == (1, True)
        proof.with_suffix(".evidence.json").unlink()
        os.mkfifo(proof.with_suffix(".evidence.json"))
        assert run("check", proof, "--policy", policy).exit_code == 0  # nobody writes into it


def test_an_event_is_proved_by_the_record_that_the_log_vouches_for(
    home: Path, world: World
) -> None:
    """Whatever somebody lays beside it in Kafka under the event's id."""
    (_number, leaf), *_ = naming(world, CASE)
    value = world.evidence("civil", 0)[leaf]
    rows = world.topics[topics.evidence("civil"), 0]
    of_another = next(row.key for row in rows if row.key != leaf.encode())
    rows.insert(0, replace(rows[0], key=of_another, value=value + b" "))
    words = ("--out", home / "one.tlog-proof", "--log", home / "log", "--home", home)

    done = run("prove", event_of(orjson.loads(value)), *words)

    assert done.exit_code == 0, done.stderr
    assert leaf in done.stdout


def test_a_case_of_nobody_is_told_and_leaves_no_folder(home: Path, world: World) -> None:
    """Neither is an empty folder handed out; and an event and a case are not asked for at once."""
    assert proved(home, "A" * 43)[0] == 2
    assert not (home / "case").exists()
    both = run("prove", "01990000-0000-7000-8000-000000000000", "--case", CASE, "--out", home / "x")
    assert (both.exit_code, "prove_what" in both.stderr) == (2, True)
