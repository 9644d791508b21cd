"""`relais audit prove|check`: a proof out of a published log, checked from files alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import orjson
import pytest
from typer.testing import Result

from contracts.encoding import canonical, leaf_hash
from contracts.keys.keyring import Signer
from contracts.log.orders.order import KINDS
from contracts.proof.note import SignedNote, parse_note
from contracts.proof.proof_file import parse_proof
from contracts.proof.signed_policy import sign_policy
from services.audit.tree.find_record import FoundRecord
from services.cli.auditor import proofs
from services.operate.home.keys import ensure_signing
from services.platform.keys.owners import owners_text
from services.texts import typed as as_typed
from tests.contracts.proof.log import AT, LOG, POLICY_TEXT, WITNESSES, MemoryLog, policy
from tests.shell import invoke

RECORDS = [
    canonical(
        {"realm": "civil", "partition": 0, "index": at, "at": 1_790_000_000 + at, "kind": "decided"}
    )
    for at in range(300)
]
EVENT = "01990000-0000-7000-8000-000000000000"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a published log, and a policy beside it."""
    MemoryLog().add(RECORDS).write(tmp_path / "log" / "civil-0")
    (tmp_path / "policy").write_text(POLICY_TEXT)
    return tmp_path


asked = partial(invoke, "audit")
Prove = Callable[..., Result]


@pytest.fixture
def prove(home: Path, monkeypatch: pytest.MonkeyPatch) -> Prove:
    """`prove`, where Kafka has this record for the event."""

    def prove(
        index: int = 12, value: bytes = RECORDS[12], partition: int = 0, log: object = home / "log"
    ) -> Result:
        record = FoundRecord("civil", partition, index, value)
        monkeypatch.setattr(proofs, "_found", AsyncMock(return_value=record))
        out = home / "event.tlog-proof"
        return asked("prove", EVENT, "--out", out, "--log", log, "--home", home)

    return prove


def checked(home: Path, *more: Any) -> Result:
    """`check` of that proof by the policy beside it."""
    return asked("check", home / "event.tlog-proof", "--policy", home / "policy", *more)


def test_a_proof_is_made_and_checked(home: Path, prove: Prove) -> None:
    """Which record it proves, who has seen it, and what it shows and what not is said."""
    made, dec = prove(), leaf_hash(RECORDS[12])
    named = POLICY_TEXT.replace(" w0", " child_welfare").replace(" w1", " police")
    (home / "policy").write_text(named)

    shown, data = checked(home, "--dec", dec), checked(home, "--format", "json")
    refused = checked(home, "--dec", leaf_hash(RECORDS[13]))

    assert (made.exit_code, EVENT in made.stdout, dec in made.stdout) == (0, True, True)
    assert (shown.exit_code, refused.exit_code) == (0, 1)
    for words in (
        "it holds: record 12", dec, "`decided`", "21 September 2026 at 16:13 (Paris time)",
        "seen by the child welfare service on ", "seen by w2 on ", "relais audit replay",
    ):  # fmt: skip
        assert words in as_typed(shown.stdout)
    assert "dec_differs" in refused.stdout
    told = orjson.loads(data.stdout)
    assert (told["holds"], told["index"], told["record"]["at"]) == (True, 12, 1_790_000_012)
    assert [seen["witness"] for seen in told["cosigned"]] == ["child_welfare", "police", "w2"]


def test_a_proof_older_than_its_quorum_is_told_which_policy_to_give(
    home: Path, prove: Prove
) -> None:
    """It does not hold under today's; that the policy of its time is given by hand is said."""
    prove()
    file, raised = home / "event.tlog-proof", home / "raised"
    cosign(file, AT, AT)
    raised.write_text(POLICY_TEXT.replace("agencies 2", "agencies 3"))

    told = asked("check", file, "--policy", raised)

    assert checked(home).exit_code == 0
    assert (told.exit_code, "quorum_missed" in told.stdout) == (1, True)
    assert "the policy of its time: --policy" in told.stdout


def cosign(file: Path, *times: int) -> None:
    """The same proof, its checkpoint cosigned by the first witnesses at these times."""
    proof = parse_proof(file.read_bytes())
    note = parse_note(proof.checkpoint)
    own = (line for line in note.signatures if line.name == LOG[0].key.name)
    seen = (WITNESSES[number].sign(note.text, at) for number, at in enumerate(times))
    checkpoint = SignedNote(note.text, (*own, *seen)).data
    file.write_bytes(replace(proof, checkpoint=checkpoint).data)


def test_a_court_checks_by_the_policy_that_the_owners_signed(home: Path, prove: Prove) -> None:
    """With what `prove` laid beside the proof; a policy that other owners signed is refused."""
    sign(home)
    prove()
    court = home.parent / "court"
    court.mkdir()
    for name in ("event.tlog-proof", "owners.json", "civil.tlog-policy", "civil.tlog-policy.jws"):
        (home / name).rename(court / name)
    words = ("check", court / "event.tlog-proof", "--policy", court / "civil.tlog-policy")

    held, unsigned = asked(*words, "--owners", court / "owners.json"), asked(*words)
    (home / "keeper-1.json").unlink()
    put_owners(home)
    refused = asked(*words, "--owners", home / "owners.json")

    said = "you gave (2 of 3 witnesses), which no signature of the owners came with"
    assert "witnesses are not asked" in as_typed(held.stderr)
    assert (held.exit_code, said in as_typed(held.stdout)) == (0, False)
    assert (unsigned.exit_code, said in as_typed(unsigned.stdout)) == (0, True)
    assert (refused.exit_code, "policy_not_signed" in refused.stderr) == (2, True)


def test_without_a_policy_the_homes_owners_say_whom_to_believe(home: Path, prove: Prove) -> None:
    """What they signed knows this log; unsigned, or altered since, it believes nobody."""
    prove()
    words = ("check", home / "event.tlog-proof", "--home", home)
    put_owners(home)

    none = asked(*words)
    sign(home)
    good = asked(*words)
    (home / "tlog-policy.civil").write_text(POLICY_TEXT + "# and more\n")
    altered = asked(*words)

    assert [one.exit_code for one in (none, good, altered)] == [2, 0, 2]
    assert "policy_not_signed" in altered.stderr


def test_a_proof_under_a_checkpoint_without_quorum_is_warned_of(home: Path, prove: Prove) -> None:
    """It is written all the same; with the quorum nothing is warned of."""
    sign(home)
    good = prove()
    alone = MemoryLog().add(RECORDS).published([*LOG, WITNESSES[0]])
    (home / "log" / "civil-0" / "checkpoint").write_bytes(alone)
    early = prove()

    refused = asked("check", home / "event.tlog-proof", "--home", home)

    why = "quorum_missed: got 1, expected 2 of 3"
    assert (good.exit_code, good.stderr, early.exit_code) == (0, "", 0)
    assert why in early.stderr
    assert why in as_typed(refused.stdout)


def put_owners(home: Path) -> Signer:
    """Whose signature a policy needs."""
    key, keeper = ensure_signing(home / "keeper-1.json", "urn:relais:owner:directory", AT)
    (home / "owners.json").write_bytes(owners_text(dict.fromkeys(KINDS, (1, (key,))), (key,), ()))
    return keeper


def sign(home: Path, text: str = POLICY_TEXT) -> None:
    """A policy of the home's owners."""
    token = sign_policy(text.encode(), "civil", AT, put_owners(home))
    (home / "tlog-policy.civil").write_text(text)
    (home / "tlog-policy.civil.jws").write_text(token)


def test_a_record_is_proved_also_once_its_partial_tile_has_become_full(
    home: Path, prove: Prove
) -> None:
    """Under a checkpoint of before, which wants the tile as it was."""
    earlier = MemoryLog().add(RECORDS[:200]).published()
    (home / "log" / "civil-0" / "checkpoint").write_bytes(earlier)

    prove(150, RECORDS[150])

    proof = parse_proof((home / "event.tlog-proof").read_bytes())
    assert proof.check(policy()).checkpoint.size == 200


def test_a_receipts_record_is_proved_from_the_log_alone(home: Path) -> None:
    """By its `dec`, without Kafka; one that stands nowhere in it needs Kafka all the same.

    One that begins with a hyphen, as every 64th does, is no option.
    """
    digests = (leaf_hash(b"%d" % number) for number in range(1000))
    dashed = next(dec for dec in digests if dec.startswith("-"))
    put_owners(home)
    words = ("--out", home / "p", "--log", home / "log", "--home", home, "--kafka", "127.0.0.1:9")

    made = asked("prove", leaf_hash(RECORDS[280]), *words)
    other = asked("prove", dashed, *words)
    who = asked("who", dashed, *words[4:])
    mistyped = asked("prove", dashed, *words, "--sheat", home / "s")

    proof = parse_proof((home / "p").read_bytes())
    assert (proof.index, proof.entry) == (280, RECORDS[280])
    assert [one.exit_code for one in (made, other, who, mistyped)] == [0, 3, 3, 2]


def test_what_cannot_be_proved_is_told_and_not_written(
    home: Path, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No place for it, told first; not there, not yet, another than Kafka's; an event of nobody."""
    no_place = asked("prove", EVENT, "--out", home, "--home", home, "--kafka", "127.0.0.1:9")
    early, other, elsewhere = prove(300), prove(12, RECORDS[13]), prove(partition=1)
    away = prove(log="http://127.0.0.1:9/log")
    monkeypatch.setattr(proofs, "_found", AsyncMock(return_value=None))
    nobody = asked("prove", EVENT, "--out", home / "p", "--home", home, "--kafka", "127.0.0.1:9")

    for done, exit_code, code in (
        (no_place, 2, "proof_unwritable"), (early, 2, "not_published_yet"),
        (other, 2, "not_included"), (elsewhere, 3, "log_not_there"), (away, 3, "log_not_there"),
        (nobody, 2, "event_unknown"),
    ):  # fmt: skip
        assert (done.exit_code, code in done.stderr) == (exit_code, True), done.output
    assert not (home / "event.tlog-proof").exists()


def test_proofs_of_two_cases_do_not_come_into_one_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A court gets a folder; the same case may be proved again, and a file is no folder."""
    put_owners(home)

    def prove_case(index: int, out: Path) -> tuple[int, str]:
        rows = [(FoundRecord("civil", 0, index, RECORDS[index]), b"{}")]
        monkeypatch.setattr(proofs, "_case", AsyncMock(side_effect=[rows, []]))
        words = ("--out", out, "--log", home / "log", "--home", home)
        done = asked("prove", "--case", f"{index}", *words)
        return done.exit_code, done.stderr

    assert [prove_case(at, home / "case")[0] for at in (12, 12, 13)] == [0, 0, 2]
    exit_code, told = prove_case(13, home / "policy")

    assert (exit_code, "proof_unwritable" in told) == (2, True)
    assert not (home / "case" / "civil-0-13.evidence.json").exists()


def test_what_is_no_proof_or_policy_is_told_and_not_traced(home: Path, prove: Prove) -> None:
    """An altered one, another file, a huge one, none at all; a policy that is none."""
    prove()
    file, policy = home / "event.tlog-proof", home / "policy"
    file.write_bytes(file.read_bytes().replace(b"index 12", b"index 13"))
    other = home / "other"
    with other.open("wb") as huge:
        huge.truncate(1 << 30)

    altered = checked(home, "--format", "json")

    assert altered.exit_code == 1
    assert orjson.loads(altered.stdout) == {"holds": False, "code": "not_included"}
    for proof, by, code in (
        (other, policy, 1), (policy, policy, 1), (home / "none", policy, 2), (policy, other, 2),
    ):  # fmt: skip
        assert asked("check", proof, "--policy", by).exit_code == code


def test_a_witness_of_a_strange_name_or_time_breaks_no_answer(home: Path, prove: Prove) -> None:
    """A time beyond all is told as the number that it is; bytes that are no text are told."""
    prove()
    cosign(home / "event.tlog-proof", AT, 1 << 60)
    (home / "policy").write_bytes(POLICY_TEXT.encode().replace(b"w0", b"w\xff"))

    told, data = checked(home), checked(home, "--format", "json")

    assert told.exit_code == data.exit_code == 0
    assert f"seen by w1 on {1 << 60}" in told.stdout
    assert "seen by w\\udcff on" in told.stdout
    assert orjson.loads(data.stdout)["cosigned"][0] == {"witness": "w\\udcff", "at": AT}
