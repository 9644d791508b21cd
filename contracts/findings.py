"""What a closed schema found wrong, told without repeating a value.

pydantic's own messages quote the input. These say the place, the type or size that was found, and
what would have been right; the name of an unknown field is input too, and is not repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

_TYPES: Final = {
    "string_type": "text",
    "int_type": "an integer",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "an object",
    "dict_type": "an object",
}
_LIMITS: Final = {
    "greater_than_equal": ("number_too_small", "ge", "at least"),
    "less_than_equal": ("number_too_large", "le", "at most"),
    "too_long": ("list_too_long", "max_length", "at most"),
    "too_short": ("list_too_short", "min_length", "at least"),
    "string_too_long": ("text_too_long", "max_length", "at most"),
    "string_too_short": ("text_too_short", "min_length", "at least"),
}
_FIXED: Final = {
    "missing": ("field_missing", "a value"),
    "string_pattern_mismatch": ("text_not_allowed", "the field's own form"),
}
OWN: Final = "relais:"  # prefix of the error types that our own validators raise


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of an input: stable code, place, what was found and what is expected."""

    code: str
    place: str
    got: str
    expected: str


def fault(code: str, expected: str) -> PydanticCustomError:
    """The error for a validator of ours to raise: a stable code and what would be right."""
    return PydanticCustomError(f"{OWN}{code}", "{expected}", {"expected": expected})


def first(error: ValidationError, model: type[BaseModel]) -> Finding:
    """The deepest, then first, fault of a failed validation, free of any value.

    Deepest, because a list with a faulty item is also reported as too short.

    Args:
        error: what pydantic raised.
        model: the schema, for the list of fields that an unknown one is told against.
    """
    found = error.errors(include_url=False, include_context=True, include_input=True)
    return _finding(min(found, key=lambda one: (-len(one["loc"]), place_of(one["loc"]))), model)


def place_of(steps: tuple[int | str, ...]) -> str:
    """`("pupil", "names", 0)` → `pupil.names[0]`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _finding(one: ErrorDetails, model: type[BaseModel]) -> Finding:
    kind, place, value, context = (
        one["type"],
        place_of(one["loc"]),
        one["input"],
        one.get("ctx", {}),
    )
    if kind == "extra_forbidden":  # the last step is the unknown name: not repeated
        above = one["loc"][:-1]
        return Finding("field_unknown", place_of(above), "another field", _fields_at(model, above))
    if kind in _LIMITS:
        code, key, words = _LIMITS[kind]
        return Finding(code, place, _size(value), f"{words} {context[key]}")
    code, expected = _code(kind, context)
    return Finding(code, place, "nothing" if kind == "missing" else _type(value), expected)


def _code(kind: str, context: dict[str, Any]) -> tuple[str, str]:
    """Our code and what is expected, for pydantic's error type."""
    if kind in _TYPES:
        return "wrong_type", _TYPES[kind]
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "literal_error":
        return "code_unknown", str(context["expected"])
    if kind.startswith(OWN):
        return kind.removeprefix(OWN), str(context["expected"])
    return "not_valid", "a value that the field allows"


def _fields_at(model: type[BaseModel], steps: tuple[int | str, ...]) -> str:
    """The known fields of the top level; deeper ones are in the service's own `/docs`."""
    if steps:
        return "no other than the object's own fields"
    return "no other than " + ", ".join(sorted(model.model_fields))


def _type(value: Any) -> str:
    if value is None:
        return "null"
    words = {str: "text", bool: "true or false", int: "an integer", float: "a fraction"}
    words |= {list: "a list", tuple: "a list", dict: "an object"}
    return words.get(type(value), "something else")


def _size(value: Any) -> str:
    if isinstance(value, str):
        return f"{len(value)} characters"
    if isinstance(value, list | tuple):
        return f"{len(value)} items"
    return _type(value)
