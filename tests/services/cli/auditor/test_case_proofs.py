"""`relais audit prove --case`: what a court gets of a case, and checks from files alone."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from contracts.encoding import digest
from contracts.log.replaying.finding import event_of
from contracts.vocabulary import topics
from services.cli.common.asked import AtKafka
from tests.contracts.log.erasing.kit import naming, two_children
from tests.flows.acts import CASE
from tests.services.audit.bundle.test_checkpoints import published_by
from tests.services.cli.auditor.test_evidence import home, run
from tests.simulation.planted_log import PlantedKafka
from tests.world import World

__all__ = ["home"]  # a fixture


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two children's cases, published, at the home's Kafka."""
    world = two_children()
    published_by(world, home)
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
