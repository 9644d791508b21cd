"""One way to say that something is refused, and for which cause."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contracts.errors import RelaisError


@contextmanager
def refused(code: str, place: str | None = None) -> Iterator[pytest.ExceptionInfo[RelaisError]]:
    """The block must raise a RelaisError with this code, and at this place where one is named."""
    with pytest.raises(RelaisError) as caught:
        yield caught
    assert caught.value.code == code, caught.value.describe()
    assert place is None or caught.value.place == place, caught.value.describe()
