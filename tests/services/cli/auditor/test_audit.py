"""`relais audit replay`: what an auditor reads, in French and in English."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.log.replaying.finding import AuditFinding
from services.audit.verdict import AuditVerdict
from services.cli.app import create_app
from services.cli.auditor import audit
from services.cli.auditor.finding_sentences import sentence

COUNTS = {"records": 7, "released": 5, "withheld": 2, "refused": 1, "unaudited": 0, "erased": 0,
    "not_published": 4,
}  # fmt: skip


def replayed(monkeypatch: pytest.MonkeyPatch, *findings: AuditFinding) -> Result:
    """The command, over a log in which this was found."""

    def verdict(*_: Any) -> AuditVerdict:
        found = tuple(("civil", one) for one in findings)
        return AuditVerdict(7, {"civil": COUNTS}, found, {})

    monkeypatch.setattr(audit, "_replay", verdict)
    return CliRunner().invoke(create_app(), ["audit", "replay"])


@pytest.mark.parametrize(
    ("unaudited", "notes"),
    [("3 records could not be decided again", "notes: prev_absent 2")],
)
def test_every_alarm_has_its_place_and_notes_are_counted_by_code(
    monkeypatch: pytest.MonkeyPatch, unaudited: str, notes: str
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

    done = replayed(monkeypatch, first, note, second, note)

    assert "  evidence_missing  relais.civil.decisions/2/9  2026-09-07T10:00:00Z\n" in done.stdout
    assert (
        "  prev_does_not_follow  relais.civil.outbox.police/1/41  2026-09-07T10:00:01Z"
        in done.stdout
    )
    assert event in done.stdout
    assert (unaudited in done.stdout, notes in done.stdout) == (True, True)
    assert f"  prev_absent  {sentence(note, 'en')}\n" in done.stdout


@pytest.mark.parametrize(
    ("said", "column"),
    [("clean: 7 records decided again, no divergence, 1 note", "bus")],
)
def test_a_clean_log_is_said_to_be_clean(
    monkeypatch: pytest.MonkeyPatch, said: str, column: str
) -> None:
    """Notes are counted and fail nothing."""
    done = replayed(monkeypatch, AuditFinding(0, 3, "prev_missing", alarm=False))

    assert done.exit_code == 0
    assert said in done.stdout
    assert column in done.stdout.split("\n")[0]


@pytest.mark.parametrize(
    "said",
    ["1 alarm: civil bus, record 4 of partition 2: The decision that is recorded"],
)
def test_a_divergence_is_said_with_its_place(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """Of several the first alarm, whatever notes stand before it; exit 1."""
    alarm = AuditFinding(2, 4, "decision_differs", "here")

    done = replayed(monkeypatch, AuditFinding(0, 3, "prev_missing", alarm=False), alarm)

    assert done.exit_code == 1
    assert said in done.stdout
    assert "  decision_differs  here\n" in done.stdout


def test_a_finding_of_no_record_has_no_number_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that was not carried out stands nowhere: neither index nor offset −1 is told."""
    done = replayed(monkeypatch, AuditFinding(-1, -1, "order_unrecorded", topic="control"))

    assert "1 alarm: civil bus: " in done.stdout
    assert "-1/-1" not in done.stdout
    assert "record -1" not in done.stdout
