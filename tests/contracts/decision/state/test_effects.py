"""`evolve` applies what it knows, where it fits, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.decision.state.effects import evolve
from contracts.decision.state.state import Case, State
from contracts.decision.state.view import View
from contracts.errors import LogError

GENESIS = {"k": "genesis", "n": 1, "partitions": 6, "shards": 1}


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        ({}, "unknown_effect"),
        ({"k": "forget"}, "unknown_effect"),
        ({"k": "stage", "sub": "t", "jti": "e", "desk": "d", "stage": "received"},
        "effect_misplaced"),
        ({"k": "withdrawn", "sub": "t", "jti": "e"}, "effect_misplaced"),
        ({"k": "duty_closed", "sub": "t", "id": "x", "by": "e", "in_time": True},
        "effect_misplaced"),
        ({"k": "duty_moved", "sub": "t", "id": "x"}, "effect_misplaced"),
        ({"k": "duty_opened", "sub": "t", "duty": {"id": "x"}}, "effect_misplaced"),
        ({"k": "seen"}, "effect_misplaced"),
        (GENESIS, "effect_misplaced"),
    ],
)  # fmt: skip
def test_an_effect_that_does_not_fit_is_an_error_with_a_code(
    effect: dict[str, Any], code: str
) -> None:
    """Unknown kinds, events and duties that do not exist, a second genesis."""
    view = View(State())
    evolve(view, [GENESIS], "leaf")

    with pytest.raises(LogError) as raised:
        evolve(view, [effect], "leaf")

    assert raised.value.code == code
    assert view.case("another") == Case()
