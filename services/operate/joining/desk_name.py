"""Whether the name that a request asks for is free: who signs for it, and who signs in by it, goes by the name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import orjson

from contracts.errors import UsageError
from contracts.keys.directory_form import DeskRow
from contracts.vocabulary.principals import AUDITOR_DESK
from contracts.vocabulary.schema import short

# Roles of the console: at an identity provider a desk's name is a role too, and one claim names both.
CONSOLE_ROLES: Final = frozenset({"operator", "auditor"})


def check_name(row: DeskRow, own: Collection[str], others: Iterable[Mapping[str, Any]]) -> None:
    """A desk's first request, or another of who holds its keys.

    Args:
        own: short ids of the desks whose keys the home has.
        others: rows of all realms of desks that keep their keys themselves.

    Raises:
        UsageError: `desk_taken`.
    """
    name = short(row.desk)
    listed = [DeskRow.model_validate_json(orjson.dumps(other)) for other in others]
    same = [other for other in listed if short(other.desk) == name]
    if (
        name in own
        or name in CONSOLE_ROLES | {AUDITOR_DESK}
        or not all(_is_again(row, other) for other in same)
    ):
        got, expected = "a name that is somebody else's", "a name that nobody has"
        raise UsageError("desk_taken", got, expected, row.desk)


def _is_again(row: DeskRow, before: DeskRow) -> bool:
    """Whether a row is of the same desk, by none but its keys; or of its agency's on the other bus.

    That some of its keys are the desk's shows nothing: those stand in the directory for everybody to copy.
    """
    if row.desk != before.desk:
        return row.agency == before.agency
    known = {(key.kid, key.alg, key.x, key.y) for key in before.signing}
    return row.role == before.role and all(
        (key.kid, key.alg, key.x, key.y) in known for key in row.signing
    )
