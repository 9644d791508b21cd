"""Who reads a log leaves a line before it does, by its own account; what is sought is hashed."""

from __future__ import annotations

import errno
import os
import pwd
import stat
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from contracts.encoding import b64u, sha256
from contracts.errors import UsageError
from services.audit.readings import count_readings, readings_file, write_reading
from services.cli.app import create_app
from services.platform.process.exit_codes import UNREACHABLE, WRONG_USE
from tests.services.cli.auditor.test_evidence import home, run

__all__ = ["home"]

EVENT = "01990000-0000-7000-8000-000000000000"
SHIPPED = Path("contracts/conventions/seine-saint-denis-2026-1.yaml")
NOWHERE = ("--kafka", "127.0.0.1:9")


def test_each_reading_leaves_a_line_with_who_and_why(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the system's account, whatever name the environment gives; the owner's file alone."""
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setenv("LOGNAME", "somebody")
    assert count_readings(home) == 0

    replayed = run("replay", "--home", home, "--realm", "civil", "--purpose", "data_subject")
    out = home / "evidence.zip"
    exported = run("export", "--home", home, "--out", out, "--realm", "civil")

    first, second = map(orjson.loads, readings_file(home).read_bytes().splitlines())
    assert (replayed.exit_code, exported.exit_code) == (0, 0)
    assert first.pop("at") > 0
    assert first == {
        "by": pwd.getpwuid(os.getuid()).pw_name, "command": "replay", "realms": ["civil"],
        "purpose": "data_subject", "about": None,
    }  # fmt: skip
    assert (second["command"], second["purpose"]) == ("export", "supervision")
    assert stat.S_IMODE(readings_file(home).stat().st_mode) == 0o600
    assert count_readings(home) == 2


def test_what_is_sought_is_written_by_its_hash(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an event that is proved; the line is there although Kafka never answered."""
    monkeypatch.undo()  # a real bus, that is nowhere
    done = run("prove", EVENT, "--out", home / "p", "--home", home, "--realm", "civil", *NOWHERE)

    (line,) = readings_file(home).read_bytes().splitlines()
    assert done.exit_code == UNREACHABLE
    assert EVENT.encode() not in line
    assert orjson.loads(line)["about"] == b64u(sha256(EVENT.encode()))


@pytest.mark.parametrize("command", ["replay", "export", "prove"])
def test_a_log_is_not_read_where_the_line_cannot_be_written(home: Path, command: str) -> None:
    """Another file stands where the folder would; nor through a link that leads elsewhere."""
    more = {
        "replay": (), "export": ("--out", home / "b.zip"), "prove": (EVENT, "--out", home / "p"),
    }[command]  # fmt: skip
    (home / "audit").mkdir()
    readings_file(home).symlink_to(home / "elsewhere")

    done = run(command, *more, "--home", home, "--realm", "civil", *NOWHERE)

    assert done.exit_code == WRONG_USE
    assert "reading_unwritable" in done.stderr
    assert "records" not in done.stdout
    assert not (home / "elsewhere").exists()


def test_a_trial_of_a_convention_on_the_log_is_a_reading_too(home: Path) -> None:
    """`relais report --what-if --recorded` reads every decision of both realms."""
    words = ("--what-if", SHIPPED, "--recorded", "--home", home)

    done = CliRunner().invoke(create_app(), ["report", *map(str, words)])

    (line,) = map(orjson.loads, readings_file(home).read_bytes().splitlines())
    assert done.exit_code == 0, done.output
    assert (line["command"], line["realms"]) == ("report", ["civil", "criminal"])


def test_a_line_that_the_disk_takes_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is written behind it, or the reading is refused."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:20]))
    write_reading(tmp_path, 1, "replay", ["civil"], "court")
    assert orjson.loads(readings_file(tmp_path).read_bytes())["purpose"] == "court"

    def full(file: int, data: bytes) -> int:
        if len(data) < 60:
            raise OSError(errno.ENOSPC, "full")
        return write(file, data[:20])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(UsageError, match="reading_unwritable"):
        write_reading(tmp_path, 2, "replay", ["civil"], "court")
