"""`relais convention`: what its owners type and see."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner, Result

from contracts.convention.load import load
from contracts.convention.signing import party_urn, verify_convention
from contracts.conventions import SECOND, read, shipped
from contracts.encoding import unb64u
from contracts.keys.directory import SigningKey
from contracts.keys.keyring import signing_file
from services.cli.app import create_app
from services.cli.committee import matrix
from services.committee.lint import run as linting
from services.committee.matrix.rows import matrix as rows_of
from services.platform.keys.signatures import read_signatures
from tests.contracts.convention.kit import changed
from tests.services.texts.typed import as_typed
from tests.shell import lines_of


@pytest.fixture(autouse=True)
def _no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No federation of the developer's own is asked which convention is in force."""
    monkeypatch.setenv("RELAIS_HOME", str(tmp_path / "none"))


def run(*words: str) -> Result:
    """One command line."""
    return CliRunner().invoke(create_app(), ["convention", *words])


def test_lint_tells_a_committee_in_french(tmp_path: Path) -> None:
    """Notes are no failure, a problem is one; what is to be typed stays as it is."""
    file = tmp_path / "faulty.yaml"
    file.write_bytes(changed("Exclus : santé", "Santé", "R01"))

    clean, faulty = run("lint", "--lang", "fr"), run("lint", str(file), "--lang", "fr")
    said = as_typed(faulty.stdout)

    assert (clean.exit_code, faulty.exit_code) == (0, 1)
    assert "91 points contrôlés : 0 problème, 7 remarques" in as_typed(clean.stdout)
    assert not re.search(r"\b(the|clause allows|of)\b", clean.stdout)
    assert "sentence_differs: R01 : la phrase française ne dit pas ce que disent" in said
    assert "Écrire : `Il est permis" in said
    assert " l'" in faulty.stdout.partition("`")[2].partition("`")[0]


def test_lint_tells_how_many_findings_it_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the last of them, in text and in JSON; the numbers are those of all."""
    monkeypatch.setattr(linting, "MOST", 2)

    lines = as_typed(run("lint").stdout).splitlines()
    data = lines_of(run("lint", "--format", "json").stdout)

    assert lines[-4].endswith("More findings, not shown: 5.")
    assert lines[-2] == "91 points checked: 0 problems, 7 notes"
    assert [one["code"] for one in data][2:] == ["more_findings"]


def test_a_file_that_does_not_load_is_told_as_a_finding_is(tmp_path: Path) -> None:
    """Level, place, code and one sentence; the same keys in JSON."""
    file = tmp_path / "faulty.yaml"
    file.write_bytes(changed("    keep: P30", "    keeps: P30\n    keep: P30", "R01"))
    level, what = "problem", "the field “keeps” does not exist here"
    line = file.read_text("utf-8").splitlines().index("    keeps: P30") + 1

    shown = run("lint", str(file))
    data = lines_of(run("lint", str(file), "--format", "json").output)

    assert shown.exit_code == 1
    told = f"{level:8} faulty.yaml:{line} unknown_field: {what}"
    assert as_typed(shown.output).splitlines() == [told]
    (one,) = data
    assert as_typed(one.pop("what")) == what
    assert one == {
        "code": "unknown_field", "level": "problem", "file": "faulty.yaml", "line": line,
        "mend": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [("matrix",), ("explain", "--issuer", "EDU-H", "--event", "IP", "--recipient", "POL"),
     ("diff",), ("adopt", "--check")],
)  # fmt: skip
def test_every_command_tells_in_words_why_a_file_does_not_load(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    """With the line, the code and one sentence; exit 2."""
    file = tmp_path / "next.yaml"
    file.write_text("version: 1\nversion: 2\n")
    command, *rest = words
    files = [str(file)] * (2 if command == "diff" else 1)

    result = run(command, *files, *rest)

    assert result.exit_code == 2
    assert "next.yaml:2 duplicate_key: the same field name stands here twice" in result.stderr


def test_explain_answers_in_the_language_that_is_asked_for() -> None:
    """The example of the committee's tutorial."""
    attempt = ("explain", "--issuer", "EDU-H", "--event", "IP", "--recipient", "POL",
               "--categories", "facts,health")  # fmt: skip

    french, english = run(*attempt), run(*attempt, "--lang", "en")
    data = json.loads(run(*attempt, "--format", "json").stdout)

    assert (french.exit_code, english.exit_code) == (0, 0)
    assert "Bon destinataire" in french.output
    assert "Suggested recipient: " in english.output
    assert {"released", "withheld", "clauses", "door"} <= set(data)
    assert data["door"][0] == {
        "clause": "R02", "role": "CRIP", "event": "IP", "purpose": "assess",
        "scopes": ["FACTS"],
    }  # fmt: skip


def test_a_party_signs_with_its_own_key_only(tmp_path: Path) -> None:
    """The signature verifies; another party's key, or an open one, is refused before."""
    private = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
    public = private.public_key().public_bytes_raw()
    key = SigningKey("police-2026", "Ed25519", party_urn("police"), public, 0, 4_000_000_000)
    file = tmp_path / "police.json"
    file.write_bytes(signing_file(private, key))

    open_to_all = run("sign", "--party", "police", "--key", str(file))
    file.chmod(0o600)
    good = run("sign", "--party", "police", "--key", str(file))
    bad = run("sign", "--party", "education", "--key", str(file))

    assert (open_to_all.exit_code, "key_file_too_open" in open_to_all.output) == (2, True)
    assert good.exit_code == 0, good.output
    found = verify_convention(load(shipped()), [good.stdout.strip()], {key.kid: key}, at=1)
    assert found.signed == ("police",)
    assert (bad.exit_code, "party_not_owner" in bad.output) == (2, True)


def test_the_table_breaks_no_code_and_drops_no_column() -> None:
    """Where no terminal says how wide it is: half a scope would be another scope."""
    lines = run("matrix", "--act", "R01").stdout.splitlines()

    assert lines[0].split()[-1] == "kept"
    assert lines[1].split()[-1] == "P30"
    assert any("HEALTH.vital" in line for line in lines)


def test_a_party_makes_its_key_and_hands_out_the_public_half(tmp_path: Path) -> None:
    """What is printed is what others pin, and what it signs then verifies; the file is its own."""
    file, convention_file = tmp_path / "police-1.json", tmp_path / "next.yaml"
    convention_file.write_bytes(read(SECOND))
    made, again, other = (
        CliRunner().invoke(create_app(), ["keys", "new", "--party", party, "--file", str(file)])
        for party in ("police", "police", "justice")
    )
    row = json.loads(made.stdout)
    run("sign", str(convention_file), "--party", "police", "--key", str(file))
    key = SigningKey(row["kid"], row["alg"], row["owner"], unb64u(row["x"]), 0, 2**40)

    tokens = read_signatures(convention_file)
    found = verify_convention(load(read(SECOND)), tokens, {key.kid: key}, at=1)

    assert found.signed == ("police",)
    assert made.stdout == again.stdout
    assert set(row) == {"kid", "alg", "owner", "x"}
    assert (other.exit_code, "party_not_owner" in other.output) == (2, True)
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("command", ["lint", "matrix", "diff", "adopt"])
def test_a_file_without_end_is_refused_and_not_read_whole(tmp_path: Path, command: str) -> None:
    """A terabyte, of which the disk holds nothing: no command asks for the memory."""
    file = tmp_path / "big.yaml"
    with file.open("wb") as made:
        made.truncate(1 << 40)

    result = run(command, str(file))

    assert result.exit_code in (1, 2)
    assert "too_large: the file is larger than the 1048576 bytes that are allowed" in result.output


def test_a_matrix_of_very_many_rows_is_told_row_by_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A table of a hundred thousand rows took half a gigabyte before it showed one."""
    monkeypatch.setattr(matrix, "DRAWN", 50)
    monkeypatch.setattr("rich.table.Table.add_row", lambda *_: pytest.fail("a table was drawn"))

    result = run("matrix")

    assert result.exit_code == 0
    assert "R01  EDU-S → CRIP  IP assess" in result.stdout.splitlines()


@pytest.mark.parametrize("words", [(), ("--issuer", "CRIP", "--recipient", "PSP", "--act", "STAT")])
def test_a_matrix_in_json_is_a_line_a_row(words: tuple[str, ...]) -> None:
    """As every list: a program reads it line by line; of no row there is none."""
    shown = run("matrix", "--format", "json", *words).stdout

    assert lines_of(shown) == (rows_of(load(shipped())) if not words else [])
