"""A log of a newer release: this one's router does not go on from what it would half understand."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.encoding import canonical
from tests.contracts.log.test_forged_tail import refusal

SEEN = {"k": "seen", "jti": "x", "iss": "x", "d": "x", "exp": 1}


@pytest.mark.parametrize(
    ("effects", "record", "code"),
    [
        ([SEEN], {"kind": "summed"}, "unknown_record"),
        ([SEEN], {"kind": ""}, "unknown_record"),
        ([SEEN], {"urgent": True}, "unknown_record"),
        ([{**SEEN, "k": "seen_again"}], {}, "unknown_effect"),
        ([{**SEEN, "until": 2}], {}, "unknown_effect"),
        ([SEEN, {"k": "seq", "desks": {}, "of": "x"}], {}, "unknown_effect"),
        ([SEEN], {}, "tail_unsigned"),  # of ours: all that is wrong with it
    ],
)
def test_what_this_release_does_not_know_is_refused_by_name(
    effects: list[dict[str, Any]], record: dict[str, Any], code: str
) -> None:
    """A kind of record or effect, and a member of either."""
    assert refusal(canonical({"effects": effects}), **record) == code
