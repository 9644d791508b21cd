"""What a closed schema found wrong, told without repeating a value.

pydantic's own messages quote the input. These say the place, the type or size that was found, and
what would have been right; the name of an unknown field is input too, and is not repeated: told
is which of ours begins like it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, get_args

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
_CLEAN: Final = "no control characters, and no marks that are unseen or turn the reading order"
_FORMS: Final = {  # a text's pattern, in words
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "YYYY-MM-DD",
    r"^\d{4}-\d{2}-\d{2}$": "YYYY-MM-DD",
    r"^[0-9]{4}-(0[1-9]|1[0-2])$": "YYYY-MM",
    r"^[0-9T:.+Z-]{16,32}$": "ISO 8601 with offset",
}
MOST: Final = 100  # faults that are told of one input: a list of thousands has as many
OWN: Final = "relais:"  # prefix of the error types that our own validators raise


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One fault of an input: stable code, place, what was found and what is expected."""

    code: str
    place: str
    got: str
    expected: str


def fault(code: str, expected: str) -> PydanticCustomError:
    """The error for a validator of ours to raise: a stable code and what would be right."""
    return PydanticCustomError(f"{OWN}{code}", "{expected}", {"expected": expected})


def first(error: ValidationError, model: type[BaseModel]) -> SchemaFault:
    """The deepest, then first, fault of a failed validation, free of any value.

    Deepest, because a list with a faulty item is also reported as too short.

    Args:
        error: what pydantic raised.
        model: the schema, for the list of fields that an unknown one is told against.
    """
    return every(error, model)[0]


def every(error: ValidationError, model: type[BaseModel]) -> tuple[SchemaFault, ...]:
    """The faults of a failed validation, free of any value: deepest first, then by place.

    Not more than `MOST` of them: an answer is no larger for a hostile input than for a bad one.
    What is said of a list or an object because something in it is faulty is left out.

    Args:
        error, model: as for `first`.
    """
    errors = error.errors(include_url=False, include_context=True, include_input=True)
    errors.sort(key=lambda one: (-len(one["loc"]), place_of(one["loc"])))
    within = {one["loc"][:steps] for one in errors for steps in range(1, len(one["loc"]))}
    told = [one for one in errors if one["loc"] not in within]
    faults: dict[SchemaFault, None] = {}
    for detail in told:
        faults.setdefault(_fault(detail, model))
        if len(faults) == MOST:
            break
    return tuple(faults)


def place_of(steps: tuple[int | str, ...]) -> str:
    """`("pupil", "names", 0)` → `pupil.names[0]`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _fault(detail: ErrorDetails, model: type[BaseModel]) -> SchemaFault:
    kind, place, value, context = (
        detail["type"],
        place_of(detail["loc"]),
        detail["input"],
        detail.get("ctx", {}),
    )
    if kind == "extra_forbidden":  # the last step is the unknown name
        above, name = detail["loc"][:-1], str(detail["loc"][-1])
        inner = _object_at(model, above)
        ours = sorted(inner.model_fields) if inner is not None else []
        like = next((one for one in ours if one[:3] == name[:3].lower()), "")
        got = f"a name that begins like {like}" if like else "another field"
        fields = ", ".join(ours) or "the object's own fields"
        return SchemaFault("field_unknown", place_of(above), got, f"no other than {fields}")
    if kind in _LIMITS:
        code, key, words = _LIMITS[kind]
        return SchemaFault(code, place, _size(value), f"{words} {context[key]}")
    code, expected = _code(kind, context)
    return SchemaFault(code, place, "nothing" if kind == "missing" else _type(value), expected)


def _code(kind: str, context: dict[str, Any]) -> tuple[str, str]:
    """Our code and what is expected, for pydantic's error type."""
    if kind in _TYPES:
        return "wrong_type", _TYPES[kind]
    if kind in _FIXED:
        code, expected = _FIXED[kind]
        form = str(context.get("pattern"))
        return code, _CLEAN if r"\p{Cf}" in form else _FORMS.get(form, expected)
    if kind == "literal_error":
        return "code_unknown", str(context["expected"])
    if kind.startswith(OWN):
        return kind.removeprefix(OWN), str(context["expected"])
    return "not_valid", "a value that the field allows"


def _object_at(model: type[BaseModel], steps: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The schema of an object; None where it may be one of several."""
    for step in steps:
        if isinstance(step, int):  # an item: the list's own annotation names its schema
            continue
        field = model.model_fields.get(step)
        inner = _schemas(field.annotation) if field is not None else []
        if len(inner) != 1:
            return None
        model = inner[0]
    return model


def _schemas(annotation: Any) -> list[type[BaseModel]]:
    """The schemas that an annotation names, through `X | None`, `tuple[X, ...]` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in get_args(annotation) for one in _schemas(part)]


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
