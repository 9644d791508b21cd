"""The browser that all pages are opened in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.browser import Browser, browser


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all pages."""
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened
