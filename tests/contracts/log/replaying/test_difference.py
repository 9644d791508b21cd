"""What is told of two values that differ: numbers and codes, and nothing that could name a case."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.log.replaying.difference import ABSENT, NOT_TOLD, Divergence, first_difference

TOKEN = "Zm9yIHRoZSBjYXNlIG9mIGEgY2hpbGQgd2hvc2UgbmFtZQ"


@pytest.mark.parametrize(
    ("recorded", "follows", "told"),
    [
        ({"a": 1, "b": {"clause": "R02"}}, {"a": 1, "b": {"clause": "R01"}}, ("b.clause", "R02", "R01")),
        ({"desks": [{"desk": "pol"}]}, {"desks": [{"desk": "pol"}, {"desk": "crip"}]},
         ("desks.1", ABSENT, '{"desk":"crip"}')),
        ({"released": {"HEALTH.medical": "R01"}}, {"released": {}},
         ("released.HEALTH.medical", "R01", ABSENT)),
        ({"refused": True}, {"refused": 1}, ("refused", "true", "1")),
        ({"sub": TOKEN}, {"sub": "other"}, ("sub", NOT_TOLD, NOT_TOLD)),
        ({"effects": [{"sub": TOKEN, "k": "event"}]}, {"effects": []},
         ("effects.0", '{"k":"event","sub":"…"}', ABSENT)),
        ({"clause": "Léa Martin"}, {"clause": "R01"}, ("clause", NOT_TOLD, "R01")),
        ({"Léa Martin": 1}, {}, (NOT_TOLD, "1", ABSENT)),
        ({"clause": [[[[["R01"]]]]]}, {"clause": "R01"}, ("clause", '[[["…"]]]', "R01")),
        ({"reasons": ["R01"] * 1000}, {"reasons": []}, ("reasons.0", "R01", ABSENT)),
        ([], 7, ("", "[]", "7")),
    ],
)  # fmt: skip
def test_the_first_member_that_differs_is_told(
    recorded: Any, follows: Any, told: tuple[str, str, str]
) -> None:
    """In the order of canonical JSON, as deep as both go."""
    assert first_difference(recorded, follows) == Divergence(*told)


def test_a_value_of_any_depth_and_size_is_told_in_few_words() -> None:
    """Who holds the router's key writes what he likes."""
    deep: Any = "R01"
    for _ in range(900):
        deep = {"clause": deep}

    told = first_difference({"clause": deep, "z": 0}, {"clause": {"clause": 1}, "z": 0})
    wide = first_difference({"outs": ["A" * 43] * 9}, {"outs": "B"})

    assert (told.member, told.follows) == ("clause.clause", "1")
    assert len(told.recorded) <= 200
    assert (wide.recorded, wide.follows) == (NOT_TOLD, "B")
