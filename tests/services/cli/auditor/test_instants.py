"""Days and times as an auditor types them: in Paris, to the edge that is meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.errors import UsageError
from services.cli.auditor.instants import first_of, is_instant, last_of


def at(month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    """An instant of 2026 in UTC."""
    return int(datetime(2026, month, day, hour, minute, second, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-09-30", at(9, 29, 22), at(9, 30, 21, 59, 59)),
        ("2026-10-25", at(10, 24, 22), at(10, 25, 22, 59, 59)),  # of 25 hours
        ("2026-09-30T14:05", at(9, 30, 12, 5), at(9, 30, 12, 5)),
        ("2026-09-30T14:05:07", at(9, 30, 12, 5, 7), at(9, 30, 12, 5, 7)),
        ("2026-10-25T02:30", at(10, 25, 0, 30), at(10, 25, 1, 30)),  # comes twice
        ("2026-09-30T14:05:00Z", at(9, 30, 14, 5), at(9, 30, 14, 5)),
        ("2026-09-30T14:05+05:00", at(9, 30, 9, 5), at(9, 30, 9, 5)),
    ],
)
def test_each_edge_of_what_is_said(text: str, first: int, last: int) -> None:
    """The widest that the words mean."""
    assert (first_of(text), last_of(text)) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "2026-9-3", "30/09/2026", "2026-09-30T25:00", "1969-12-31", "9999-12-31", "log.snapshot"]
)  # fmt: skip
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    """And never guessed."""
    with pytest.raises(UsageError, match=r"instant_malformed.*2026-09-30T14:05"):
        last_of(text)


def test_a_file_is_not_taken_for_an_instant() -> None:
    """As --from takes both."""
    assert not is_instant("audit.snapshot")
    assert not is_instant("2026-09-30.snapshot")
    assert is_instant("2026-02-31")  # said as one, and refused as one
