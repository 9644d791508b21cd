"""JSON Schemas of what a recipient verifies: `docs/specification/tokens.schema.json`.

Made of the models by which our own recipient reads slips, receipts and notices.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from contracts.envelope.model import Cover, Receipt, Slip
from contracts.vocabulary.events.notices import NOTICES
from contracts.vocabulary.schema import Closed

FILE: Final = Path(__file__).parents[3] / "docs" / "specification" / "tokens.schema.json"
_REF: Final = "#/$defs/"


def schema() -> dict[str, Any]:
    """The whole file: one definition a token, and which one a notice of each kind has."""
    every: set[type[Closed]] = {Cover, Receipt, Slip, *NOTICES.values()}
    models = sorted(every, key=lambda one: one.__name__)
    _, made = models_json_schema(
        [(one, "validation") for one in models], ref_template=_REF + "{model}"
    )
    definitions = {name: _cleaned(one) for name, one in sorted(made["$defs"].items())}
    definitions["ClosedDuty"]["oneOf"] = [{"required": ["in_time"]}, {"required": ["cancelled"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The claims of covers, slips, receipts and notices",
        "notices": {kind: {"$ref": _REF + model.__name__} for kind, model in NOTICES.items()},
        "$defs": definitions,
    }


def _cleaned(value: Any) -> Any:
    """Without the models' names for people and without nulls, which never travel."""
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {
        name: _cleaned(one)
        for name, one in value.items()
        if name != "default" and not (name in ("title", "description") and isinstance(one, str))
    }
    kinds = kept.get("anyOf", [])
    if {"type": "null"} in kinds:
        (only,) = [one for one in kinds if one != {"type": "null"}]
        kept = {name: one for name, one in kept.items() if name != "anyOf"} | only
    return kept
