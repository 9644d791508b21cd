"""Why a convention file does not load is said in words, whatever the cause."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import contracts.convention
from contracts.convention.load import load
from contracts.conventions import SECOND, read
from services.committee.texts.file_errors import CASES, TEXTS, told
from tests.contracts.convention.amended import RECEIVED, amended
from tests.contracts.convention.kit import changed, refused, text
from tests.contracts.convention.test_faulty_files import FAULTS
from tests.contracts.convention.test_faulty_second import SECOND_FAULTS
from tests.contracts.convention.test_hostile_files import HOSTILE

# What `load` runs through; of the calendar it reads the tables, and asks them no day.
MODULES: Final = (
    "file/yaml_nodes", "file/node_reader", "load", "checks/bus_clauses",
    "checks/coherence", "checks/role_agencies", "checks/lookalike_names",
    "checks/duties_dischargeable",
    "file/duty_grammar", "checks/promises", "checks/promise_scope",
)  # fmt: skip
RAISING: Final = ("refuse", "_refuse", "ConventionError")
CODE: Final = re.compile(r"[a-z]+(_[a-z0-9]+)+")
SPRING: Final = '    2026-03-29T01:00:00Z: "+02:00"\n'
AUTUMN: Final = '    2026-10-25T01:00:00Z: "+01:00"\n'

TO_POLICE: Final = "      - {act: R07, debtor: POL, creditor: CRIP, within: 1wd}\n"

# Files beyond those of the tables, each with its code.
MORE: Final[list[tuple[str, bytes]]] = [
    ("no_parties", re.sub(r"\nparties:\n(  .*\n)+", "\nparties: {}\n", text()).encode()),
    ("wrong_type", changed("calendar:\n", "calendar: none\nothers:\n")),
    ("calendar_gap", changed(SPRING + AUTUMN, AUTUMN + SPRING)),
    ("invariant_broken", amended(("keep: P30", "keep: P90", "R41"))),
    ("invariant_broken_by_duty", amended((RECEIVED, RECEIVED + TO_POLICE, "R02"))),
]
FILES: Final[list[tuple[str, bytes]]] = [
    *((code, changed(old, new, inside)) for code, old, new, inside, _ in FAULTS),
    *((code, amended((old, new, ""))) for code, old, new in SECOND_FAULTS),
    *((code, data) for data, code, _ in HOSTILE),
    *MORE,
]


def codes_of(module: str) -> Iterator[str]:
    """Codes that a module gives to what raises, directly or as an argument."""
    source = (Path(contracts.convention.__file__).parent / f"{module}.py").read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in RAISING:
            yield from literals(*node.args)[:1]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            yield from literals(*ast.walk(node.value))
        elif isinstance(node, ast.Constant) and re.match("(unknown|missing)_", str(node.value)):
            yield from literals(node)


def literals(*nodes: ast.AST) -> list[str]:
    """The texts among nodes."""
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [value for value in values if isinstance(value, str)]


def test_every_code_that_keeps_a_file_from_loading_has_words_and_no_other_has() -> None:
    """Read from the source: whoever adds a refusal writes its words, or this fails."""
    codes = {code for module in MODULES for code in codes_of(module) if CODE.fullmatch(code)}

    assert codes == TEXTS


@pytest.mark.slow
def test_every_code_and_every_case_is_tried_with_a_file() -> None:
    """Nothing is worded that no file brings up; what stands for one case is shown for it."""
    errors = [refused(data) for _, data in FILES]

    assert {error.code for error in errors} == TEXTS
    assert {(error.code, error.expected) for error in errors} >= CASES


@pytest.mark.parametrize(("code", "data"), FILES, ids=[code for code, _ in FILES])
def test_a_file_that_does_not_load_is_told_in_words(code: str, data: bytes) -> None:
    """What is wrong and what would mend it, each filled in."""
    error = refused(data)

    english = told(error)

    assert error.code == code
    assert english[0]
    assert not re.search(r"[{}]|« »|“”|  ", "".join(english))


def test_what_a_lawyer_must_look_for_is_named() -> None:
    """Fields, clauses, roles and dates of the file, with the clause that is at fault."""
    seen = {
        code: told(refused(changed(old, new, inside)))[0]
        for code, old, new, inside, _ in FAULTS
        if code in {"unknown_field", "missing_field", "two_answers", "hard_denial"}
    }
    holidays = refused(changed("2027: [01-01, 03-29, 05-01", "2027: [01-01, 03-29"))

    assert seen["unknown_field"] == "the field “author” does not exist here"
    assert seen["missing_field"] == "the field “event” is missing"
    assert seen["two_answers"].startswith("R46 and R01 answer the same question")
    assert seen["hard_denial"].startswith("R38: FACTS.summary")
    assert told(holidays)[0] == "the calendar does not have all public holidays of 2027"


def test_a_broken_promise_is_told_in_its_own_words() -> None:
    """The sentence that the parties signed."""
    promise = load(read(SECOND), SECOND).invariants[7].sentence
    error = refused(dict(MORE)["invariant_broken"])

    english = told(error)[0]

    assert english.endswith(f"against the promise I08: “{promise['en']}”")


def test_the_technical_line_stays_what_it_was() -> None:
    """Logs and scripts read `describe`; the words are beside it."""
    error = refused(changed("issuers: [EDU-S]", "issuers: [EDU-H]", "R01"))

    assert error.describe().startswith("secrecy_never_met at faulty.yaml:")
    assert error.describe().endswith(": got R01: EDU-H, expected secrecy-bound roles")
