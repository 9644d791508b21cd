"""`relais statistics export`: from a log in memory; what goes to Kafka is tried there."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from contracts.envelope.publication import Publication
from contracts.log.orders.order import KINDS
from services.audit import publishing, saying, source
from services.cli.app import create_app
from services.cli.common.asked import AtKafka
from services.platform.keys.owners import owners_text
from tests.services.audit.bundle.memory_log import log_of, owners_of
from tests.services.cli.auditor.test_evidence import said
from tests.services.committee.statistics.kit import IP, body, happen, move_to
from tests.world import World


@cache
def world(seed: str = "statistics") -> World:
    """Twelve alerts in September, eleven in October, which is not told yet."""
    made = World(partitions=1, seed=seed)
    happen(made, "edu-s", "IP", IP, cases=range(12))
    move_to(made, "2026-10-16")
    happen(made, "edu-s", "IP", IP, cases=range(20, 31))
    made.settle()
    return made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home over that log; nothing is published yet."""
    made = world()
    owners = owners_of(made)
    kinds = {kind: (owners.quorum[kind], tuple(owners.keys[kind].values())) for kind in KINDS}
    text = owners_text(kinds, tuple(owners.directory.values()), tuple(owners.parties.values()))
    (tmp_path / "owners.json").write_bytes(text)
    clock = SimpleNamespace(now=made.clock.now, now_ms=lambda: made.now_ms)
    monkeypatch.setattr(source, "KafkaLog", lambda *_given: log_of(made))
    monkeypatch.setattr(AtKafka, "reach", lambda *_given: ("nowhere", {}))
    monkeypatch.setattr("services.platform.process.clock.home_clock", lambda _home: clock)
    monkeypatch.setattr(saying, "say", said(tmp_path / "said"))
    publish(monkeypatch, {})
    return tmp_path


def publish(monkeypatch: pytest.MonkeyPatch, months: dict[str, Publication]) -> None:
    """Have these months been published before."""

    async def published(*_given: Any) -> dict[str, Publication]:
        return months

    monkeypatch.setattr(publishing, "published", published)


def run(home: Path, *words: str) -> Result:
    """The command, in French."""
    return CliRunner().invoke(
        create_app(), ["statistics", "export", "--home", str(home), "--lang", "fr", *words]
    )


def test_a_month_that_has_ended_is_written_for_a_spreadsheet(home: Path) -> None:
    """A row a cell with its words; the running month is not there; what the bus cannot know is named."""
    done = run(home, "--for", "odpe")

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    told = [row for row in rows if row["state"] == "counted"]
    assert done.exit_code == 0, done.output
    assert [(row["period"], row["row"], row["column"], row["count"]) for row in told] == [
        ("2026-09", "IP.assess", "EDU-S", "10")
    ]
    assert "Information préoccupante" in told[0]["label"]
    assert {row["period"] for row in rows} == {"2026-09", ""}
    unknown = {row["row"] for row in rows if row["state"] == "unknown"}
    assert {"NUMDEP", "NUMANONYM", "CODEV", "SEX", "BIRTH"} <= unknown


def test_a_document_has_the_body_as_it_is_published(home: Path) -> None:
    """With the clause and the words of its codes, and no token of a case."""
    done = run(home, "--for", "COPIL", "--format", "json", "--from", "2026-09", "--to", "2026-09")

    found = orjson.loads(done.stdout)
    assert found["months"] == [body(world(), "2026-09", "steer").wire()]
    assert (found["reader"], found["clause"], found["unit"]) == ("COPIL", "R45", "case")
    assert len(found["labels"]) == len(found["months"][0]["cells"])


def test_that_the_log_is_read_is_said_before(home: Path) -> None:
    """Once, of the civil bus alone."""
    run(home, "--for", "odpe")

    assert (home / "said").read_text().startswith("civil ")
    assert (home / "said").read_text().count("\n") == 1


def test_a_month_that_was_published_is_given_as_it_was(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever compares what is counted now with what was published learns who was erased."""
    before = body(world(), "2026-09").model_copy(
        update={"cells": body(world(), "2026-09").cells[:1]}
    )
    publish(monkeypatch, {"2026-09": SimpleNamespace(counts=before)})  # type: ignore[dict-item]

    done = run(home, "--for", "odpe", "--format", "json")

    assert orjson.loads(done.stdout)["months"] == [before.wire()]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--for", "canary-7f3a91"), "reader_unknown"),
        (("--for", "odpe", "--from", "2026-13"), "month_malformed"),
        (("--for", "odpe", "--to", "9"), "month_malformed"),
    ],
)
def test_what_is_asked_wrongly_is_said_before_the_log_is_read(
    home: Path, words: tuple[str, ...], code: str
) -> None:
    """What is right stands beside it; a name that no clause has is not repeated."""
    done = run(home, *words)

    assert done.exit_code == 2
    assert code in done.stderr
    assert "canary" not in done.output
    assert not (home / "said").exists()


def test_of_a_log_that_is_not_sound_no_figure_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first alarm by code, and where all are listed."""
    made = world("a log that loses a record")
    made.topics["relais.civil.decisions", 0].pop(4)
    monkeypatch.setattr(source, "KafkaLog", lambda *_given: log_of(made))

    done = run(home, "--for", "odpe")

    assert done.exit_code == 2
    assert "log_not_clean" in done.stderr
    assert "relais audit replay" in done.stderr
    assert done.stdout == ""
