"""The pages in a real Chromium: without script, without network, printed, and read aloud."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, read
from services.committee.diff.compare import diff
from services.committee.diff.page import page as diff_page
from services.committee.matrix.page import page as matrix_page
from tests.browser.browser import CHROMIUM, Browser, browser
from tests.contracts.convention.kit import convention

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all pages."""
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("which", ["matrix", "diff"])
def test_a_page_is_read_aloud_printed_and_asks_for_nothing(
    chromium: Browser, tmp_path: Path, which: str, lang: str
) -> None:
    """Every sentence and heading is in the accessibility tree; tables are tables; a PDF comes out."""
    second = load(read(SECOND), SECOND)
    shown = {
        "matrix": lambda: matrix_page(convention(), lang),
        "diff": lambda: diff_page(diff(convention(), second), lang),
    }[which]()
    file = tmp_path / "page.html"
    file.write_text(shown, "utf-8")
    chromium.asked.clear()

    chromium.open(file)
    spoken = chromium.spoken()
    printed = base64.b64decode(chromium.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    assert chromium.asked == [file.as_uri()]
    roles = [role for role, _ in spoken]
    assert {"main", "heading", "navigation", "link"} <= set(roles)
    text = " ".join(name for _, name in spoken).replace("\u00a0", " ")
    if which == "matrix":
        assert roles.count("table") == 2
        assert roles.count("columnheader") == 10 + 19
        assert roles.count("rowheader") == 91 + 15
        assert all(grant.sentence[lang] in text for grant in convention().grants)
    assert printed.startswith(b"%PDF")
    assert len(printed) > 50_000
