"""A JSON Schema in words for `/docs`: type with its bounds, default, example, whether it is needed.

A schema that has a name is led to; what stands in backticks is code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

Schema = Mapping[str, Any]

_ANY: Final = "any value"
_MARKED: Final = re.compile(r"(`[^`]*`|@\w+@)")
_KINDS: Final = {"`": "code", "@": "schema"}
_LONG: Final = 80  # characters of a pattern that a person still reads
_UNSEEN: Final = "no control or invisible characters"


@dataclass(frozen=True, slots=True)
class DocsRow:
    """A parameter or a member of a schema.

    Attributes:
        type: its type in words, with bounds: pieces of text, each `code`, `schema` (a name) or plain.
        default, example: as JSON; empty if there is none.
    """

    name: str
    needed: bool
    type: list[tuple[str, str]]
    default: str
    example: str
    meaning: list[str]
    where: str = ""


def parameter(one: Schema) -> DocsRow:
    """A parameter of an operation."""
    schema = one.get("schema", {})
    told = one.get("description") or schema.get("description", "")
    shown = one.get("example", ...)
    return _row(one["name"], bool(one.get("required")), schema, told, shown, one["in"])


def members(schema: Schema) -> list[DocsRow]:
    """The members of an object, in order; none of what is no object."""
    needed = set(schema.get("required", ()))
    return [
        _row(name, name in needed, one, one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    ]


def coded(text: str) -> list[str]:
    """A text in pieces, of which every second is code."""
    return text.split("`")


def _row(
    name: str, needed: bool, schema: Schema, told: str, shown: Any = ..., where: str = ""
) -> DocsRow:
    if shown is ... and schema.get("examples"):
        shown = schema["examples"][0]
    default = schema.get("default", ...)
    words = _pieces(", ".join([_type(schema), *_bounds(schema)]))
    return DocsRow(name, needed, words, _json(default), _json(shown), coded(told), where)


def _pieces(text: str) -> list[tuple[str, str]]:
    """What stands in backticks, what names a schema, and what lies between."""
    found = (one for one in _MARKED.split(text) if one)
    return [(_KINDS.get(one[0], ""), one.strip("`@") if one[0] in _KINDS else one) for one in found]


def _type(schema: Schema) -> str:
    """`string`, `list of EventReference`, one of some values, one type or another."""
    if "$ref" in schema:
        return f"@{schema['$ref'].rpartition('/')[2]}@"
    if "const" in schema:
        return f"`{_json(schema['const'])}`"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{one}`" for one in schema["enum"])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices and "properties" not in schema:
        return " or ".join(dict.fromkeys(_with_bounds(one) for one in choices))
    return _made_of(schema)


def _made_of(schema: Schema) -> str:
    if schema.get("type") == "array":
        return f"list of {_with_bounds(schema.get('items', {}))}"
    values = schema.get("additionalProperties")
    if schema.get("type") == "object" and isinstance(values, dict):
        return f"object of {_with_bounds(values)}"
    return str(schema.get("type", _ANY))


def _with_bounds(schema: Schema) -> str:
    bounds = ", ".join(_bounds(schema))
    return f"{_type(schema)} ({bounds})" if bounds else _type(schema)


def _bounds(schema: Schema) -> Iterator[str]:
    yield from _between(schema.get("minimum"), schema.get("maximum"), "")
    yield from _between(schema.get("minLength"), schema.get("maxLength"), " characters")
    yield from _between(schema.get("minItems"), schema.get("maxItems"), " entries")
    if schema.get("uniqueItems"):
        yield "each once"
    if pattern := schema.get("pattern"):
        yield f"`{pattern}`" if len(pattern) <= _LONG else _UNSEEN


def _between(least: float | None, most: float | None, what: str) -> Iterator[str]:
    if least is not None and least == most:
        yield f"{least:.10g}{what}"
    elif least is not None and most is not None:
        yield f"{least:.10g} to {most:.10g}{what}"
    elif most is not None:
        yield f"at most {most:.10g}{what}"
    elif least is not None:
        yield f"at least {least:.10g}{what}"


def _json(value: Any) -> str:
    return "" if value is ... else orjson.dumps(value).decode()
