"""`relais audit replay`: what an auditor reads, in French and in English."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.log.finding import AuditFinding
from services.audit.replay import AuditVerdict
from services.audit.snapshot import RealmSnapshot
from services.cli.app import create_app
from services.cli.auditor import audit

COUNTS = {"records": 7, "released": 5, "withheld": 2, "refused": 1, "unaudited": 0}


def replayed(monkeypatch: pytest.MonkeyPatch, lang: str, *findings: AuditFinding) -> Result:
    """The command, over a log in which this was found."""

    async def verdict(*_: Any) -> AuditVerdict:
        found = tuple(("civil", one) for one in findings)
        return AuditVerdict(7, {"civil": COUNTS}, found, {})

    monkeypatch.setattr(audit, "_replay", verdict)
    return CliRunner().invoke(create_app(), ["audit", "replay", "--lang", lang])


@pytest.mark.parametrize(
    ("lang", "unaudited", "notes"),
    [
        (
            "fr",
            "3 inscriptions n’ont pas pu être décidées à nouveau",
            "remarques\u00a0: prev_absent 2",
        ),
        ("en", "3 records could not be decided again", "notes: prev_absent 2"),
    ],
)
def test_every_alarm_has_its_place_and_notes_are_counted_by_code(
    monkeypatch: pytest.MonkeyPatch, lang: str, unaudited: str, notes: str
) -> None:
    """Two alarms are two lines: topic, partition, offset, instant, event; what was not audited is said."""
    monkeypatch.setitem(COUNTS, "unaudited", 3)
    event = "01990000-0000-7000-8000-000000000000"
    first = AuditFinding(
        2, 4, "evidence_missing", topic="relais.civil.decisions", offset=9, at=1_788_775_200
    )
    second = AuditFinding(
        1, 7, "prev_does_not_follow", event=event, topic="relais.civil.outbox.police", offset=41,
        at=1_788_775_201,
    )  # fmt: skip
    note = AuditFinding(0, 3, "prev_absent", alarm=False)

    done = replayed(monkeypatch, lang, first, note, second, note)

    assert "  evidence_missing  relais.civil.decisions/2/9  2026-09-07T10:00:00Z\n" in done.stdout
    assert (
        "  prev_does_not_follow  relais.civil.outbox.police/1/41  2026-09-07T10:00:01Z"
        in done.stdout
    )
    assert event in done.stdout
    assert (unaudited in done.stdout, notes in done.stdout) == (True, True)


@pytest.mark.parametrize(
    ("lang", "said", "column"),
    [
        (
            "fr",
            "sain\u00a0: 7 inscriptions décidées à nouveau, aucune divergence, 1 remarque",
            "bus",
        ),
        ("en", "clean: 7 records decided again, no divergence, 1 note", "bus"),
    ],
)
def test_a_clean_log_is_said_to_be_clean(
    monkeypatch: pytest.MonkeyPatch, lang: str, said: str, column: str
) -> None:
    """Notes are counted and fail nothing."""
    done = replayed(monkeypatch, lang, AuditFinding(0, 3, "prev_missing", alarm=False))

    assert done.exit_code == 0
    assert said in done.stdout
    assert column in done.stdout.split("\n")[0]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "fr",
            "1 alarme\u00a0: decision_differs sur le bus civil, partition 2, inscription 4\u00a0: here",
        ),
        ("en", "1 alarm: decision_differs in civil, partition 2, record 4: here"),
    ],
)
def test_a_divergence_is_said_with_its_place(
    monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    """Of several the first alarm, whatever notes stand before it; exit 1."""
    alarm = AuditFinding(2, 4, "decision_differs", "here")

    done = replayed(monkeypatch, lang, AuditFinding(0, 3, "prev_missing", alarm=False), alarm)

    assert done.exit_code == 1
    assert said in done.stdout


def test_what_one_replay_saves_the_next_begins_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the names of two files; one that is not there, or is none, is wrong use."""
    begun: list[dict[str, RealmSnapshot]] = []

    async def verdict(_: Any, __: Any, given: Any, kept: Any) -> AuditVerdict:
        begun.append(given)
        if kept is not None:
            kept["civil"] = RealmSnapshot([], {"an id": 3}, [])
        return AuditVerdict(7, {"civil": COUNTS}, (), {})

    monkeypatch.setattr(audit, "_replay", verdict)
    snapshot = str(tmp_path / "snapshot")

    def run(*options: str) -> Result:
        return CliRunner().invoke(create_app(), ["audit", "replay", *options, "--lang", "en"])

    missing = run("--from", snapshot)
    saved = run("--save", snapshot)
    gone_on = run("--from", snapshot)
    (tmp_path / "snapshot").write_text("none")
    spoilt = run("--from", snapshot)

    assert [done.exit_code for done in (missing, saved, gone_on, spoilt)] == [2, 0, 0, 2]
    assert "snapshot_missing" in missing.stderr
    assert "snapshot_malformed" in spoilt.stderr
    assert begun == [{}, {"civil": RealmSnapshot([], {"an id": 3}, [])}]
