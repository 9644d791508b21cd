"""`relais audit replay`: what an auditor reads, in French and in English."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest.mock import Mock

import pytest
from typer.testing import Result

from contracts.encoding import leaf_hash
from contracts.log.replaying.finding import AuditFinding
from services.audit.verdict import AuditVerdict
from services.cli.auditor import audit
from services.cli.auditor.finding_sentences import sentence
from tests.contracts.proof.log import LOG, WITNESSES, MemoryLog
from tests.services.cli.auditor.test_proofs import RECORDS, asked, home, sign
from tests.shell import invoke, lines_of

COUNTS = {"records": 7, "released": 5, "withheld": 2, "refused": 1, "unaudited": 0, "erased": 0,
    "not_published": 4, "from_evidence": {"quarantined": 2},
}  # fmt: skip


def replayed(monkeypatch: pytest.MonkeyPatch, *findings: AuditFinding) -> Result:
    """The command, over a log in which this was found."""
    verdict = AuditVerdict({"civil": COUNTS}, tuple(("civil", one) for one in findings), {})
    monkeypatch.setattr(audit, "_replay", Mock(return_value=verdict))
    return invoke("audit", "replay")


def test_every_alarm_has_its_place_and_notes_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first alarm in words, all with topic, place, instant, event; what was not decided."""
    monkeypatch.setitem(COUNTS, "unaudited", 3)
    event = "01990000-0000-7000-8000-000000000000"
    first = AuditFinding(
        2, 4, "decision_differs", "here", topic="relais.civil.decisions", offset=9,
        at=1_788_775_200,
    )  # fmt: skip
    second = AuditFinding(
        1, 7, "prev_does_not_follow", event=event, topic="relais.civil.outbox.police", offset=41,
        at=1_788_775_201,
    )  # fmt: skip
    note = AuditFinding(0, 3, "prev_absent", alarm=False)

    done = replayed(monkeypatch, note, first, second, note)

    assert done.exit_code == 1
    for words in (
        "2 alarms; the first: civil bus, record 4 of partition 2: The decision that is",
        "  decision_differs  relais.civil.decisions/2/9  2026-09-07T10:00:00Z  here\n",
        "  prev_does_not_follow  relais.civil.outbox.police/1/41  2026-09-07T10:00:01Z", event,
        "3 records could not be decided again", "taken from evidence: quarantined 2",
        "notes: prev_absent 2", f"  prev_absent  {sentence(note, 'en')}\n",
    ):  # fmt: skip
        assert words in done.stdout


def test_a_finding_of_no_record_has_no_number_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that was not carried out stands nowhere: neither index nor offset −1 is told."""
    done = replayed(monkeypatch, AuditFinding(-1, -1, "order_unrecorded", topic="control"))

    assert "1 alarm: civil bus: " in done.stdout
    assert "-1" not in done.stdout


__all__ = ["home"]


def test_the_operators_disks_are_wiped_and_a_record_is_proved_from_the_mirror(home: Path) -> None:
    """By the `dec` of each receipt, under the policy, without Kafka or the audit service."""
    sign(home)
    kept = home / "kept"
    made = asked("mirror", kept, "--realm", "civil", "--log", home / "log", "--home", home)
    shutil.rmtree(home / "log")

    assert made.exit_code == 0
    assert made.stdout == "relais.test/civil-0: 300 records, as the policy takes them\n"
    dec = leaf_hash(RECORDS[240])
    words = ("--out", home / "p", "--log", kept, "--home", home, "--kafka", "127.0.0.1:9")
    assert asked("prove", dec, *words).exit_code == 0
    assert asked("check", home / "p", "--dec", dec, "--home", home).exit_code == 0


def test_what_is_not_to_be_believed_is_told_and_ends_with_one(home: Path) -> None:
    """A log gone, one uncosigned, another history: the mirror stays as it was."""
    kept = home / "kept"
    words = ("mirror", kept, "--realm", "civil", "--policy", home / "policy", "--log")
    head = home / "log" / "civil-0" / "checkpoint"
    assert asked(*words, home / "log").exit_code == 0
    before = (kept / "civil-0" / "checkpoint").read_bytes()

    gone = asked(*words, home / "none", "--format", "json")
    head.write_bytes(MemoryLog().add([*RECORDS, b"{}"]).published((*LOG, WITNESSES[0])))
    alone = asked(*words, home / "log")
    head.write_bytes(MemoryLog().add(RECORDS[1:]).published())
    other = asked(*words, home / "log", "--format", "json")

    assert (gone.exit_code, alone.exit_code, other.exit_code) == (1, 1, 1)
    assert lines_of(gone.stdout)[0]["code"] == "log_not_there"
    assert "quorum_missed" in alone.stdout
    assert lines_of(other.stdout) == [
        {"origin": "relais.test/civil-0", "size": 300, "code": "tree_forked"}
    ]
    assert (kept / "civil-0" / "checkpoint").read_bytes() == before
    taken = asked("mirror", head, *words[2:], home / "log")  # a file lies in its place
    assert (taken.exit_code, "mirror_unwritable" in taken.stderr) == (2, True)
