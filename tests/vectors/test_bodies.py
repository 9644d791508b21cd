"""The published schemas of bodies say what our models take and refuse."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from jsonschema import Draft202012Validator

from contracts.errors import EnvelopeError
from contracts.vocabulary.events import read_body
from contracts.vocabulary.sealed_body import Body
from tests.contracts.vocabulary.test_categories import figures
from tests.vectors.specification import bodies, text, whole

SCHEMA: Final[dict[str, Any]] = orjson.loads(bodies.FILE.read_bytes())


def test_the_files_are_what_the_vocabulary_makes() -> None:
    """Schemas and tables, byte for byte; a validator takes every definition for a schema."""
    Draft202012Validator.check_schema(SCHEMA)
    assert bodies.TOKENS_FILE.read_bytes() == text(bodies.token_schema())
    assert bodies.FILE.read_bytes() == text(bodies.schema())
    assert bodies.PAGE.read_text() == bodies.page()


MEASURE: Final = {"measure": "placement", "decided_on": "2026-10-01", "custodian": "ASE"}
CASES: Final = [
    *(("SIG", scope, body, True) for scope, body in whole.BODIES.items()),
    ("IP", "IDENTITY", {"name": "Martin"}, True),
    ("IP", "IDENTITY", {"sex": "female"}, False),
    ("IP", "IDENTITY", {"name": "Martin", "birth_date": "2011-05-14", "approximate_age": 15},
    False),
    ("IP", "IDENTITY", {"name": None}, False),
    ("IP", "IDENTITY", {"name": "Martin", "nickname": "x"}, False),
    ("IP", "IDENTITY", {"name": ""}, False),
    ("IP", "IDENTITY", {"name": "x" * 121}, False),
    ("IP", "IDENTITY", {"name": "Mar\u202etin"}, False),
    ("IP", "IDENTITY", {"name": "Martin\n"}, False),
    ("IP", "IDENTITY", {"name": "क\u200dष"}, True),
    ("IP", "CONTACT", {"points": [{"who": "mother", "phone": "06 39 98 01 02"}]}, True),
    ("IP", "CONTACT", {"points": [{"who": "mother", "name": "Nadia"}]}, False),
    ("IP", "CONTACT", {"points": []}, False),
    ("IP", "FAMILY", {}, False),
    ("IP", "FAMILY", {"situation": "Une ligne,\nune autre."}, True),
    ("IP", "SCHOOLING", {}, False),
    ("IP", "FACTS", {"facts": [{"observed": "vu", "observed_on": "hier"}]}, False),
    ("IP", "RISK", {}, False),
    ("IP", "RISK", {"level": "high", "flags": ["isolation"]}, True),
    ("IP", "HEALTH.vital", {"signs": ["a diagnosis"]}, False),
    ("IP", "HEALTH.vital", {}, False),
    ("MISSING", "IDENTITY.description", {}, False),
    ("MISSING", "LOCATION", {"place": "gare", "kind": "station"}, False),
    ("MISSING", "LOCATION", {"place": "gare", "kind": "station", "seen": "found"}, True),
    ("ST", "PROCEDURE", {}, False),
    ("ST", "PROCEDURE", {"asked": ["hear_minor"]}, True),
    ("ST", "FACTS.summary", {"summary": "x", "asked": "evaluate"}, False),
    ("MEASURE", "MEASURE", MEASURE, True),
    ("MEASURE", "MEASURE", {"measure": "placement"}, False),
    ("MEASURE", "MEASURE", {"measure": "placement", "ended": True}, True),
    ("MEASURE", "MEASURE", {"measure": "aemo", "decided_on": "2026-10-01"}, False),
    ("MEASURE", "MEASURE", {"measure": "aed"}, True),
    ("EVALREP", "MEASURE.attendance", {"month": "2026-13", "planned": 1, "kept": 1}, False),
    ("EVALREP", "MEASURE.attendance", {"month": "2026-12", "planned": 4, "kept": 3}, True),
    ("STAT", "STAT.counts", figures(), False),
    ("STAT", "STAT.counts", figures(count=0), False),
    ("STAT", "STAT.counts", figures(count=9), False),
    ("STAT", "STAT.counts", figures(count=10), True),
    ("STAT", "STAT.counts", figures(suppressed=True), True),
]  # fmt: skip


@pytest.mark.parametrize(("etype", "scope", "value", "sound"), CASES)
def test_schema_and_model_agree(etype: str, scope: str, value: dict[str, Any], sound: bool) -> None:
    """What an outsider's validator says is what the recipient will say."""
    published = Draft202012Validator(SCHEMA["events"][etype][scope] | {"$defs": SCHEMA["$defs"]})

    assert published.is_valid(value) is sound
    with nullcontext() if sound else pytest.raises(EnvelopeError):
        read_body(etype, scope, value)


def test_no_check_by_code_is_left_out_of_the_schemas() -> None:
    """A model that checks several members together has its rule in the schema."""
    ours = {
        model.__name__
        for model in bodies._below(Body)
        if {*model.__pydantic_decorators__.model_validators} - {"_says_something"}
    }

    assert ours & SCHEMA["$defs"].keys() - set(bodies._RULES) == set()


@pytest.mark.node
def test_every_pattern_compiles_in_ecma_262(node: Path) -> None:
    """With and without the `u` flag."""
    script = (
        "const walk=(v)=>{if(v&&typeof v==='object'){if(typeof v.pattern==='string')"
        "{new RegExp(v.pattern);new RegExp(v.pattern,'u');n++}Object.values(v).forEach(walk)}};"
        "let n=0;walk(JSON.parse(require('fs').readFileSync(0)));console.log(n)"
    )
    done = subprocess.run(
        (str(node), "-e", script), input=bodies.FILE.read_bytes(), capture_output=True, check=True
    )

    assert int(done.stdout) > 50
