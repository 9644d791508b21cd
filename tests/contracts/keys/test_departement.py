"""A directory of a département's size: carried by control, and held in little."""

from __future__ import annotations

import pytest

from contracts.keys.directory_page import MAX_PAGE
from contracts.vocabulary.topics import MAX_ORDER_BYTES, MAX_RECORD_BYTES
from tests.bench import directory
from tests.bench.measure import bytes_held

DESKS = 1_200  # a thousand schools, homes, associations


@pytest.mark.slow
def test_control_carries_the_directory_of_a_departement() -> None:
    """All classes, all weeks: each page is a record like others, and the order has room for more."""
    whole, *pages = directory._signed(directory._payload(DESKS))

    assert max(map(len, pages)) < min(MAX_PAGE, MAX_RECORD_BYTES)
    assert len(whole) < MAX_ORDER_BYTES / 1_000
    assert len(directory._load([whole, *pages]).directory.desks) == DESKS


@pytest.mark.slow
def test_a_service_holds_a_desk_in_ten_kilobytes() -> None:
    """With all the keys that it may have."""
    tokens = directory._signed(directory._payload(100))

    assert bytes_held(lambda: directory._load(tokens)) < 100 * 10_000
