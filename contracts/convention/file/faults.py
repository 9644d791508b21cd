"""Faults of a file: how the reader of a field tells one, and at which line it stands.

Readers raise `fault`; pydantic adds the path to the field, and tells by itself what is missing,
unknown, of another form or too long. `first` makes of the first one a ConventionError with the
line in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from contracts.convention.file.yaml_nodes import Fields
from contracts.errors import ConventionError

Path = Sequence[int | str]

_FORMS: Final = {
    "string_type": "a text", "tuple_type": "a list", "frozen_set_type": "a list",
    "dict_type": "a mapping", "dataclass_type": "a mapping",
}  # fmt: skip
# Fields whose absence, or whose emptiness, has a code of its own.
_MISSING: Final = {
    "label": "missing_label", "named": "missing_label", "title": "missing_label",
    "sentence": "missing_sentence",
}  # fmt: skip
_EMPTY: Final = {
    "parties": ("no_parties", "none", "at least one signatory"),
    "reference": ("no_reference", "none", "at least one role"),
}  # fmt: skip
_KEY: Final = "[key]"  # how pydantic marks that a key is meant, not its value


def fault(
    code: str, got: str = "", expected: str = "", *facts: str, at: Path = (), key: bool = False
) -> PydanticCustomError:
    """A fault of a field, to be raised by its reader.

    Args:
        got, expected: what is there and what would be right; `{field}` is the field's name.
        facts: what the words of the code are filled with; those two if not given.
        at: path from the field to what is meant.
        key: whether the line is that of the field's name; else that of its value.
    """
    told = {"got": got, "expected": expected, "facts": facts, "at": tuple(at), "key": key}
    return PydanticCustomError(code, "", told)


def unknown_field(name: str, at: Path | None = None) -> PydanticCustomError:
    """The fault of a field that is not foreseen in the mapping that is read."""
    path = (name,) if at is None else at
    return fault("unknown_field", ascii(name)[1:-1][:40], "a known field", at=path, key=True)


def first(error: ValidationError, root: Fields, file: str) -> ConventionError:
    """The first fault that was found in what was read."""
    details = error.errors(include_url=False, include_input=False)[0]
    path, code, told = details["loc"], details["type"], details.get("ctx", {})
    field = ascii(str(path[-1]))[1:-1][:40] if path else ""  # of a table the file's own word
    if "facts" not in told:
        native = _native(code, field)
        code, told = native.type, native.context or {}
    got, expected, *facts = (
        text.replace("{field}", field) for text in (told["got"], told["expected"], *told["facts"])
    )
    if field == _KEY:
        return refusal(root, path[:-1], code, got, expected, *facts, file=file)
    at, key = (*path, *told["at"]), told["key"]
    return refusal(root, at, code, got, expected, *facts, file=file, key=key)


def refusal(
    root: Fields, path: Path, code: str, got: str, expected: str, *facts: str,
    file: str, key: bool = True,
) -> ConventionError:  # fmt: skip
    """An error at a path in the file: at the line of the key, or of the value.

    What is not there is missed at the line of the mapping that should have it.
    """
    node: Any = root
    line = root.line
    for step in path:
        if isinstance(node, Fields) and step not in node:
            line = node.line
            break
        named = key and isinstance(node, Fields)
        line = node.lines[step] if named else node[step].line
        node = node[step]
    return ConventionError(code, got, expected, file=file, line=line, facts=facts)


def _native(kind: str, field: str) -> PydanticCustomError:
    """Ours of a fault that pydantic found."""
    if kind == "missing":
        return fault(_MISSING.get(field, "missing_field"), "nothing", field)
    if kind == "unexpected_keyword_argument":
        return unknown_field(field, at=())
    if kind == "too_short" and field in _EMPTY:
        return fault(*_EMPTY[field], key=True)
    if kind == "too_short":
        return fault("never_applies", f"no {field}", "at least one", field, key=True)
    return fault("wrong_type", "something else", _FORMS.get(kind, ""))
