"""`relais convention`: what its owners type and see."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import pytest

from contracts.convention.load import load
from contracts.convention.signing import verify_convention
from contracts.conventions import SECOND, SHIPPED, read, shipped
from contracts.encoding import unb64u
from contracts.keys.directory import SigningKey
from services.committee.matrix.page import rows
from services.platform.keys.signatures import read_signatures
from services.texts import typed as as_typed
from tests.contracts.convention.kit import changed
from tests.shell import invoke, lines_of

run = partial(invoke, "convention")


@pytest.fixture(autouse=True)
def _no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No federation of the developer's own is asked which convention is in force."""
    monkeypatch.setenv("RELAIS_HOME", str(tmp_path / "none"))


def test_lint_tells_a_committee_in_french(tmp_path: Path) -> None:
    """A problem fails, a note does not; what is to be typed stays as it is."""
    file = tmp_path / "faulty.yaml"
    file.write_bytes(changed("Exclus : santé", "Santé", "R01"))

    faulty = run("lint", str(file), "--lang", "fr")
    said = as_typed(faulty.stdout)

    assert faulty.exit_code == 1
    assert "sentence_differs: R01 : la phrase française ne dit pas ce que disent" in said
    assert "Écrire : `Il est permis" in said
    assert " l'" in faulty.stdout.partition("`")[2].partition("`")[0]
    assert not re.search(r"\b(the|clause allows|of)\b", said)


def test_a_file_that_does_not_load_is_told_as_a_finding_is(tmp_path: Path) -> None:
    """Level, place, code and one sentence; the same keys in JSON."""
    file = tmp_path / "faulty.yaml"
    file.write_bytes(changed("    keep: P30", "    keeps: P30\n    keep: P30", "R01"))
    line = file.read_text("utf-8").splitlines().index("    keeps: P30") + 1

    shown = run("lint", str(file))
    (one,) = lines_of(run("lint", str(file), "--format", "json").output)

    what = as_typed(one.pop("what"))
    assert shown.exit_code == 1
    assert as_typed(shown.output) == f"problem  faulty.yaml:{line} unknown_field: {what}\n"
    assert one == {
        "code": "unknown_field", "level": "problem", "file": "faulty.yaml", "line": line,
        "mend": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["matrix", "explain --issuer EDU-H --event IP --recipient POL", "diff", "adopt --check"],
)
def test_every_command_tells_in_words_why_a_file_does_not_load(words: str, tmp_path: Path) -> None:
    """With line, code and sentence; exit 2. Of a terabyte none asks for the memory."""
    file, huge = tmp_path / "next.yaml", tmp_path / "big.yaml"
    file.write_text("version: 1\nversion: 2\n")
    with huge.open("wb") as made:
        made.truncate(1 << 40)
    command, *rest = words.split()

    result = run(command, *[str(file)] * (2 if command == "diff" else 1), *rest)
    endless = run(command, str(huge), *rest)

    assert (result.exit_code, endless.exit_code) == (2, 2)
    assert "next.yaml:2 duplicate_key: the same field name stands here twice" in result.stderr
    for one in (endless, run("lint", str(huge))):
        assert "too_large: the file is larger than the 1048576 bytes that" in one.output


def test_a_comparison_says_that_a_version_opens_and_exits_one(tmp_path: Path) -> None:
    """In each form, so that a review can insist; of the same file twice nothing is said."""
    first, second = (tmp_path / name for name in (SHIPPED, SECOND))
    for file in (first, second):
        file.write_bytes(read(file.name))
    words = ("diff", "--lang", "en", str(first))

    forms = ("text", "html", "json")
    shown, page, data = (run(*words, str(second), "--format", form) for form in forms)
    same = run(*words, str(first))

    assert [one.exit_code for one in (shown, page, data, same)] == [1, 1, 1, 0]
    assert same.stdout.startswith("No difference in what may be shared.")
    for form in (shown.stdout, page.stdout):
        assert "This version permits new sharing" in form
    assert json.loads(data.stdout)["opened"][0]["sentence"]["en"] in shown.stdout


def test_explain_names_what_is_released_and_the_right_recipient_as_data() -> None:
    """In French unless asked otherwise, as the committee's tutorial reads it."""
    attempt = ("explain", "--issuer", "EDU-H", "--event", "IP", "--recipient", "POL",
               "--categories", "facts,health")  # fmt: skip

    data = json.loads(run(*attempt, "--format", "json").stdout)

    assert "Bon destinataire" in run(*attempt).output
    assert {"released", "withheld", "clauses", "door"} <= set(data)
    assert (data["door"][0]["clause"], data["door"][0]["role"]) == ("R02", "CRIP")


def test_a_party_makes_its_key_and_signs_with_that_one_alone(tmp_path: Path) -> None:
    """Others pin what is printed; another party's key, or one that others may read, is refused."""
    file, convention_file = tmp_path / "police-1.json", tmp_path / "next.yaml"
    convention_file.write_bytes(read(SECOND))
    made, again, other = (
        invoke("keys", "new", "--party", party, "--file", file)
        for party in ("police", "police", "justice")
    )
    row, mode = json.loads(made.stdout), file.stat().st_mode
    words = ("sign", str(convention_file), "--key", str(file), "--party")

    foreign, good = run(*words, "education"), run(*words, "police")
    file.chmod(0o644)
    open_to_all = run(*words, "police")

    key = SigningKey(row["kid"], row["alg"], row["owner"], unb64u(row["x"]), 0, 2**40)
    tokens = read_signatures(convention_file)
    signed = verify_convention(load(read(SECOND)), tokens, {key.kid: key}, at=1).signed
    assert (good.exit_code, signed, mode & 0o077) == (0, ("police",), 0)
    assert (made.stdout, {*row}) == (again.stdout, {"kid", "alg", "owner", "x"})
    for refused in (other, foreign):
        assert (refused.exit_code, "party_not_owner" in refused.output) == (2, True)
    assert (open_to_all.exit_code, "key_file_too_open" in open_to_all.output) == (2, True)


def test_a_matrix_breaks_no_code_and_in_json_is_a_line_a_row() -> None:
    """No column is dropped where no terminal says how wide it is."""
    lines = run("matrix", "--desk", "edu-s").stdout.splitlines()

    assert lines[0].split()[-1] == "kept"
    assert any("HEALTH.vital" in line for line in lines)
    assert lines_of(run("matrix", "--format", "json").stdout) == [
        row.wire() for row in rows(load(shipped()))
    ]


@pytest.mark.parametrize(
    ("words", "place", "known"),
    [
        ("matrix --desk school", "desk", "EDU-S"),
        ("explain --issuer EDU-H --event IP --recipient polise", "recipient", "POL"),
        ("explain --issuer EDU-H --event LETTER --recipient POL", "event", "MISSING"),
        ("explain --issuer EDU-H --event IP --recipient POL --categories facts,santé",
         "categories", "HEALTH"),
    ],
)  # fmt: skip
def test_an_unknown_code_is_answered_with_those_that_are_known(
    words: str, place: str, known: str
) -> None:
    """A head without rows, or a no, would look like an answer."""
    result = run(*words.split())

    assert (result.exit_code, result.stdout) == (2, "")
    assert f" at {place}: got another, expected one of " in result.stderr
    assert f"{known}," in result.stderr
