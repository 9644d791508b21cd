"""Words of bodies: one for each member and value an act may carry, none for others."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import isclass
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from contracts.vocabulary.events import body_of
from contracts.vocabulary.scopes import EVENT_TYPES, ROLES, SCOPES
from services.labels.body_labels import (
    CODED,
    FIELD_LABELS,
    VALUE_LABELS,
)

# Levels of a school and media types are words as they are; roles are named as everywhere.
AS_THEY_ARE: Final = {"6e", "5e", "4e", "3e", "2nde", "1re", "image/jpeg", "image/png"} | set(ROLES)


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names."""
    if isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for below in get_args(annotation):
        yield from models(below)


def codes(annotation: Any) -> Iterator[str]:
    """The words that an annotation lets a member hold."""
    below = get_args(annotation)
    if get_origin(annotation) is Literal:
        yield from (one for one in below if isinstance(one, str))
        return
    for one in below:
        yield from codes(one)


def members() -> dict[str, set[str]]:
    """Members of all bodies but the published figures' → their coded values."""
    found: dict[str, set[str]] = {}
    waiting: list[type[BaseModel]] = [body_of(etype,
    scope) for etype in EVENT_TYPES for scope in SCOPES if scope != "STAT.counts"]  # fmt: skip
    seen: set[type[BaseModel]] = set()
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, info in model.model_fields.items():
            found.setdefault(name, set()).update(codes(info.annotation))
            waiting += models(info.annotation)
    return found


def test_every_member_has_a_word_and_every_word_a_member() -> None:
    """In the inbox of the terminal a member is named, not coded."""
    assert set(FIELD_LABELS) == set(members())


def test_every_coded_value_has_a_word_and_every_word_a_value() -> None:
    """In the members that hold codes."""
    coded = {value for name, values in members().items() if name in CODED for value in values}

    assert coded - AS_THEY_ARE == set(VALUE_LABELS)
