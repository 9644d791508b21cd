"""`relais audit replay`: what an auditor reads, in French and in English."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from contracts.log.replaying.finding import AuditFinding
from services.audit.replay import Ended
from services.audit.snapshot import RealmSnapshot, read
from services.audit.verdict import AuditVerdict
from services.cli.app import create_app
from services.cli.auditor import audit
from services.cli.auditor.finding_sentences import sentence

COUNTS = {"records": 7, "released": 5, "withheld": 2, "refused": 1, "unaudited": 0, "erased": 0,
    "not_published": 4,
}  # fmt: skip


def replayed(monkeypatch: pytest.MonkeyPatch, lang: str, *findings: AuditFinding) -> Result:
    """The command, over a log in which this was found."""

    def verdict(*_: Any) -> AuditVerdict:
        found = tuple(("civil", one) for one in findings)
        return AuditVerdict(7, {"civil": COUNTS}, found, {})

    monkeypatch.setattr(audit, "_replay", verdict)
    return CliRunner().invoke(create_app(), ["audit", "replay", "--lang", lang])


@pytest.mark.parametrize(
    ("lang", "unaudited", "notes"),
    [
        (
            "fr",
            "3 inscriptions n’ont pas pu être rejouées",
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
    assert f"  prev_absent  {sentence(note, lang)}\n" in done.stdout


@pytest.mark.parametrize(
    ("lang", "said", "column"),
    [
        (
            "fr",
            "sain\u00a0: 7 inscriptions rejouées, aucune divergence, 1 remarque",
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
            "1 alarme\u00a0: bus civil, inscription 4 de la partition 2\u00a0: La décision inscrite n’est pas",
        ),
        ("en", "1 alarm: civil bus, record 4 of partition 2: The decision that is recorded"),
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
    assert "  decision_differs  here\n" in done.stdout


def test_a_finding_of_no_record_has_no_number_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that was not carried out stands nowhere: neither index nor offset −1 is told."""
    done = replayed(monkeypatch, "fr", AuditFinding(-1, -1, "order_unrecorded", topic="control"))

    assert "1 alarme\u00a0: bus civil\u00a0: " in done.stdout
    assert "-1/-1" not in done.stdout
    assert "inscription -1" not in done.stdout


CIVIL = RealmSnapshot([], {"an id": 3}, [])
CRIMINAL = RealmSnapshot([AuditFinding(1, 2, "prev_absent", alarm=False)], {"another": 1}, [])


class Replays:
    """Replays of whichever realms are named, the civil one ending where it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[dict[str, RealmSnapshot]] = []
        self.findings: tuple[tuple[str, AuditFinding], ...] = ()
        self.civil: Ended = lambda: CIVIL
        monkeypatch.setattr(audit, "_replay", self._replay)

    def _replay(
        self,
        _: Any,
        realms: tuple[str, ...],
        processes: int,
        kept: tuple[Any, dict[str, Ended]],
        rows: Any,
        purpose: str,
    ) -> AuditVerdict:
        assert purpose == "supervision"
        assert (processes, rows) == (1, None)  # a snapshot has all partitions
        begun, ended = kept
        self.begun.append(begun)
        stands: dict[str, Ended] = {"civil": self.civil, "criminal": lambda: CRIMINAL}
        ended.update({realm: stands[realm] for realm in realms})
        return AuditVerdict(7, {"civil": COUNTS}, self.findings, {})

    def run(self, *options: str, lang: str = "en") -> Result:
        """The command."""
        return CliRunner().invoke(create_app(), ["audit", "replay", *options, "--lang", lang])


def test_what_one_replay_saves_the_next_begins_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the names of two files; one that is not there, or is none, is wrong use."""
    replays, snapshot = Replays(monkeypatch), str(tmp_path / "snapshot")

    missing = replays.run("--from", snapshot)
    folder = replays.run("--from", str(tmp_path))
    saved = replays.run("--save", snapshot)
    gone_on = replays.run("--from", snapshot)
    (tmp_path / "snapshot").write_text("none")
    spoilt = replays.run("--from", snapshot)

    done = missing, folder, saved, gone_on, spoilt
    assert [one.exit_code for one in done] == [2, 2, 0, 0, 2]
    assert "snapshot_missing" in missing.stderr
    assert "snapshot_missing" in folder.stderr
    assert "snapshot_malformed" in spoilt.stderr
    assert replays.begun == [{}, {"civil": CIVIL, "criminal": CRIMINAL}]


def test_a_realm_that_was_not_replayed_stays_in_the_snapshot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Replayed alone, one realm goes on and the other stands where it stood."""
    replays, path = Replays(monkeypatch), tmp_path / "snapshot"
    replays.run("--save", str(path))
    further = RealmSnapshot([], {"an id": 3, "a later one": 0}, [])
    replays.civil = lambda: further

    done = replays.run("--realm", "civil", "--from", str(path), "--save", str(path))

    assert done.exit_code == 0
    assert read(path) == {"civil": further, "criminal": CRIMINAL}


def test_a_disk_that_fills_up_while_saving_leaves_the_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was saved before stays as it was, and nothing half written lies beside it."""
    replays, path = Replays(monkeypatch), tmp_path / "snapshot"
    path.write_text("an earlier one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    done = replays.run("--save", str(path))
    replays.findings = (("civil", AuditFinding(3, 4, "record_malformed")),)
    bad = replays.run("--save", str(path), "--format", "json", lang="fr")

    assert (done.exit_code, bad.exit_code) == (0, 1)
    assert "clean" in done.stdout
    assert "No space left" in done.stderr
    assert "no snapshot was saved" in done.stderr
    assert orjson.loads(bad.stdout)["clean"] is False
    assert "aucun instantané n’a été enregistré" in bad.stderr
    assert [one.read_text() for one in tmp_path.iterdir()] == ["an earlier one"]


@pytest.mark.parametrize(
    ("target", "got"),
    [
        ("nowhere/snapshot", "nothing there"),
        (".", "a folder"),
        ("file/snapshot", "a file where a folder should be"),
        ("locked/snapshot", "no permission"),
        ("long" * 70, "File name too long"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_refused_before_the_replay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, got: str
) -> None:
    """Not after hours of it."""
    replays = Replays(monkeypatch)
    (tmp_path / "file").touch()
    opened = os.open

    def refused(path: Path, *given: Any, **more: Any) -> int:
        if "locked" in str(path):  # whoever runs the tests may be root, who may write anywhere
            raise PermissionError(errno.EACCES, "denied")
        return opened(path, *given, **more)

    (tmp_path / "locked").mkdir()
    monkeypatch.setattr("os.open", refused)
    done = replays.run("--save", str(tmp_path / target))

    assert done.exit_code == 2
    assert f"got {got}, expected a file that can be written" in done.stderr
    assert replays.begun == []
