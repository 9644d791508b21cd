"""`relais audit mirror`: what an auditor keeps, from which everything is proved once the operator's disks are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from contracts.encoding import leaf_hash
from tests.contracts.proof.log import LOG, POLICY_TEXT, WITNESSES, MemoryLog
from tests.services.cli.auditor.test_proofs import RECORDS, asked, home, put_owners, sign

__all__ = ["home"]


def test_the_operators_disks_are_wiped_and_every_record_is_proved_from_the_mirror(
    home: Path,
) -> None:
    """By the `dec` of each receipt, under the owners' policy, with neither Kafka nor the audit service."""
    put_owners(home)
    sign(home, POLICY_TEXT)
    kept = home / "kept"
    made = asked("mirror", kept, "--realm", "civil", "--log", home / "log", "--home", home)
    shutil.rmtree(home / "log")

    assert made.exit_code == 0
    assert made.stdout == "relais.test/civil-0: 300 records, as the policy takes them\n"
    words = ("--out", home / "p", "--log", kept, "--home", home, "--kafka", "127.0.0.1:9")
    for record in RECORDS[::60]:
        dec = leaf_hash(record)
        assert asked("prove", dec, *words).exit_code == 0
        assert asked("check", home / "p", "--dec", dec, "--home", home).exit_code == 0


def test_what_is_not_to_be_believed_is_told_and_ends_with_one(home: Path) -> None:
    """A log that is gone, one that nobody has cosigned, another history: the mirror stays as it was."""
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
    assert orjson.loads(gone.stdout)[0]["code"] == "log_not_there"
    assert "quorum_missed" in alone.stdout
    assert orjson.loads(other.stdout) == [
        {"origin": "relais.test/civil-0", "size": 300, "code": "tree_forked"}
    ]
    assert (kept / "civil-0" / "checkpoint").read_bytes() == before


@pytest.mark.parametrize("kind", ["a file", "a file in it"])
def test_where_no_mirror_can_lie_is_told_and_not_traced(home: Path, kind: str) -> None:
    """Its place is taken."""
    kept = home / "kept"
    if kind == "a file":
        kept.write_text("x")
    else:
        kept.mkdir()
        (kept / "civil-0").write_text("x")

    words = ("--realm", "civil", "--policy", home / "policy", "--log", home / "log")
    told = asked("mirror", kept, *words)

    assert (told.exit_code, "mirror_unwritable" in told.stderr) == (2, True)
