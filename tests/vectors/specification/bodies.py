"""JSON Schemas of what a recipient verifies and of every body: `docs/specification/*.schema.json`.

Made of the models that bind issuers and recipients. What they check by code stands here a second
time as schema (`_RULES`); `tests/vectors/test_bodies.py` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from contracts.envelope.model import Cover, Receipt, Slip
from contracts.vocabulary.categories import BODIES
from contracts.vocabulary.events import ACTS
from contracts.vocabulary.events.notices import NOTICES
from contracts.vocabulary.fields import unseen
from contracts.vocabulary.schema import Closed
from contracts.vocabulary.sealed_body import Body

FILE: Final = Path(__file__).parents[3] / "docs" / "specification" / "bodies.schema.json"
TOKENS_FILE: Final = FILE.with_name("tokens.schema.json")
PAGE: Final = FILE.with_name("bodies.md")
BEGIN: Final = "<!-- generated: python -m tests.vectors.specification -->\n"
END: Final = "<!-- end -->\n"
_REF: Final = "#/$defs/"


def _dated(kinds: Iterable[str], *names: str) -> dict[str, Any]:
    """A measure of these kinds needs these dates, unless it says that it has ended."""
    given = {"properties": {"measure": {"enum": list(kinds)}}, "required": ["measure"]}
    running = {"not": {"properties": {"ended": {"const": True}}, "required": ["ended"]}}
    return {"if": {"allOf": [given, running]}, "then": {"required": list(names)}}


# What models check by code beside `needs_one`: never both of those, and what asks for what.
_RULES: Final[dict[str, dict[str, Any]]] = {
    "Identity": {"not": {"required": ["birth_date", "approximate_age"]}},
    "Cell": {"oneOf": [{"required": ["count"]}, {"required": ["suppressed"]}]},
    "OrderedMeasure": {
        "allOf": [
            _dated(("placement_opp", "placement"), "decided_on", "custodian"),
            _dated(("aemo", "aemo_reinforced", "mjie"), "decided_on", "ends_on"),
        ]
    },
}  # fmt: skip


def events() -> dict[str, dict[str, type[Body]]]:
    """Event type -> scope -> the body that it has there."""
    return {etype: dict(sorted(act.bodies().items())) for etype, act in ACTS.items()}


def schema() -> dict[str, Any]:
    """The whole file: one definition a body, and which one each scope has in each type of event."""
    definitions = _defined(
        {*BODIES.values(), *(x for some in events().values() for x in some.values())}
    )
    for model in _below(Body):
        names = model.model_fields if model.needs_one is None else model.needs_one
        if names and model.__name__ in definitions:
            definitions[model.__name__]["anyOf"] = [{"required": [name]} for name in names]
    for name, rule in _RULES.items():
        definitions[name] |= rule
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What a part contains: the body of every scope in every type of event",
        "events": {
            etype: {scope: {"$ref": _REF + body.__name__} for scope, body in scopes.items()}
            for etype, scopes in events().items()
        },
        "scopes": {scope: {"$ref": _REF + body.__name__} for scope, body in BODIES.items()},
        "$defs": definitions,
    }


def _below(model: type[Body]) -> Iterator[type[Body]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def token_schema() -> dict[str, Any]:
    """One definition a token, and which one a notice of each kind has."""
    definitions = _defined({Cover, Receipt, Slip, *NOTICES.values()}, bare=True)
    definitions["ClosedDuty"]["oneOf"] = [{"required": ["in_time"]}, {"required": ["cancelled"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The claims of covers, slips, receipts and notices",
        "notices": {kind: {"$ref": _REF + model.__name__} for kind, model in NOTICES.items()},
        "$defs": definitions,
    }


def _defined(models: Iterable[type[Closed]], *, bare: bool = False) -> dict[str, Any]:
    """Name of a model -> its schema."""
    ordered = sorted(models, key=lambda one: one.__name__)
    _, made = models_json_schema(
        [(one, "validation") for one in ordered], ref_template=_REF + "{model}"
    )
    return {name: _cleaned(one, bare=bare) for name, one in sorted(made["$defs"].items())}


def table() -> str:
    """The same as a table: event type, scope, body where it is not the scope's usual one."""
    lines = ["| event type | scopes |", "|---|---|"]
    for etype, scopes in events().items():
        told = [
            f"`{scope}`" + ("" if BODIES[scope] is body else f" ({body.__name__})")
            for scope, body in scopes.items()
        ]
        lines.append(f"| {etype} | {', '.join(told)} |")
    lines += ["", "| scope | usual body | members |", "|---|---|---|"]
    for scope, body in BODIES.items():
        names = ", ".join(f"`{name}`" for name in body.model_fields)
        lines.append(f"| {scope} | {body.__name__} | {names} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The page with its tables written anew."""
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + table() + "\n" + END + after


def _cleaned(value: Any, *, bare: bool) -> Any:
    """Without nulls and empty lists, which never travel; with patterns that every engine reads.

    Args:
        bare: without defaults and the models' names for people, and no more is said than they do.
    """
    if isinstance(value, list):
        return [_cleaned(one, bare=bare) for one in value]
    if not isinstance(value, dict):
        return value
    found = {
        name: _cleaned(one, bare=bare)
        for name, one in value.items()
        if not (name == "default" and (bare or not one))
        and not (bare and name in ("title", "description") and isinstance(one, str))
    }
    kinds = found.get("anyOf", [])
    if {"type": "null"} in kinds:
        (kept,) = [one for one in kinds if one != {"type": "null"}]
        found = {name: one for name, one in found.items() if name != "anyOf"} | kept
    if bare:
        return found
    if found.get("type") == "array":
        found.setdefault("minItems", 1)
    if "\\p{" in str(found.get("pattern", "")):
        lines = "\n" if "\\n" in found["pattern"] else ""
        found["pattern"] = rf"^(?![\s\S]*[{unseen(lines)}])"
    return found
