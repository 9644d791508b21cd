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
from contracts.errors import ConventionError
from services.committee.texts.file_errors import CASES, TEXTS, told
from tests.contracts.convention.amended import refusal
from tests.contracts.convention.kit import changed, refused
from tests.contracts.convention.test_faulty_files import FAULTS
from tests.contracts.convention.test_faulty_second import SECOND_FAULTS
from tests.contracts.convention.test_hostile_files import HOSTILE

# What `load` runs through; of the calendar it reads the tables, and asks them no day.
MODULES: Final = (
    "file/yaml_nodes", "file/faults", "file/field_types", "duty", "tables",
    "clauses", "promise", "load", "checks/coherence",
    "checks/lookalike_names", "checks/duties_dischargeable", "checks/promises",
)  # fmt: skip
RAISING: Final = ("fault", "refuse", "_refuse", "refusal", "_alike", "ConventionError")
LISTED: Final = re.compile("(unknown|missing|no)_|.+_without_realm")  # in tables and arguments
CODE: Final = re.compile(r"[a-z]+(_[a-z0-9]+)+")


def codes_of(module: str) -> Iterator[str]:
    """Codes that a module gives to what raises, directly or as an argument."""
    source = (Path(contracts.convention.__file__).parent / f"{module}.py").read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in RAISING:
            yield from literals(*node.args)[:1]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            yield from literals(*ast.walk(node.value))
        elif isinstance(node, ast.Constant) and LISTED.match(str(node.value)):
            yield from literals(node)


def literals(*nodes: ast.AST) -> list[str]:
    """The texts among nodes."""
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [value for value in values if isinstance(value, str)]


def test_every_code_that_keeps_a_file_from_loading_is_worded_and_tried_with_a_file() -> None:
    """Read from the source; and what stands for one case of a code is shown for it."""
    codes = {code for module in MODULES for code in codes_of(module) if CODE.fullmatch(code)}
    several = {code for code, _ in CASES}
    errors = [refused(changed(*edit)) for code, *edit, _ in FAULTS if code in several]
    errors += [refusal(*edits) for name, edits in SECOND_FAULTS if name.split()[0] in several]

    assert codes == TEXTS
    assert codes == {code for code, *_ in FAULTS} | {code for _, code, _ in HOSTILE} | {
        name.split()[0] for name, _ in SECOND_FAULTS
    }
    assert {(error.code, error.expected) for error in errors} >= CASES


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("missing_field", "the field “event” is missing"),
        ("two_answers", "R46 and R01 answer the same question"),
        ("hard_denial", "R01: HEALTH"),
        ("calendar_gap", "the calendar does not have the public holiday 2027-05-01"),
        ("unknown_field", "the field “keeps” does not exist here; correct its name; a text that"),
        (
            "suspicious_character",
            "this text holds a character that is invisible or not of the Latin alphabet (U+043E)",
        ),
    ],
)
def test_what_a_lawyer_must_look_for_is_named(code: str, said: str) -> None:
    """Fields, clauses, roles and dates of the file; of a broken promise the words signed."""
    edit = next(edit for name, *edit, _ in FAULTS if name == code)
    broken = refusal(("keep: P30", "keep: P90", "R41"))

    assert told(refused(changed(*edit))).startswith(said)
    assert f"against the promise I08: “{broken.expected}”" in told(broken)


def test_a_file_that_is_no_yaml_is_to_be_searched_for_brackets_and_quotes() -> None:
    """The commonest slips of who is no programmer."""
    with pytest.raises(ConventionError, match="not_yaml") as found:
        load(b"scopes: [IDENTITY\ntraps: []\n")

    assert "a bracket, a brace or a quote that is not closed" in told(found.value)
