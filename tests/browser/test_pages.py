"""The pages in a real Chromium: without script, without network, printed, and read aloud."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from contracts.convention.model import Convention
from services.cli.committee.report_sample import sample_year
from services.committee.diff.compare import diff
from services.committee.diff.page import page as diff_page
from services.committee.matrix.page import page as matrix_page
from services.committee.report.page import page as report_page
from services.texts import typed as as_typed
from tests.browser.browser import IN_CHROMIUM, Browser
from tests.contracts.convention.amended import second
from tests.contracts.convention.kit import convention

pytestmark = [pytest.mark.slow, IN_CHROMIUM]


PAGES: Final[Mapping[str, Callable[[Convention, Convention, str], str]]] = {
    "matrix": lambda _old, new, lang: matrix_page(new, lang),
    "diff": lambda old, new, lang: diff_page(diff(old, new), lang),
    "back": lambda old, new, lang: diff_page(diff(new, old), lang),
    "report": lambda old, new, lang: report_page(
        old, lang, sample_year(old, "2026"), proposal=new, sample=True
    ),
}


@pytest.mark.parametrize(("which", "lang"), [("matrix", "fr"), ("diff", "en")])
def test_a_page_is_read_aloud_printed_and_asks_for_nothing(
    chromium: Browser, which: str, lang: str
) -> None:
    """Every sentence and heading is in the accessibility tree; tables are tables; a PDF."""
    chromium.asked.clear()

    chromium.show(page_of(which, lang))
    spoken = chromium.spoken()
    paper = printed(chromium)

    assert set(chromium.asked) == {chromium.file.as_uri()}
    roles = [role for role, _ in spoken]
    assert {"main", "heading", "navigation", "link"} <= set(roles)
    assert all(name.strip() for role, name in spoken if role in ("rowheader", "columnheader"))
    text = re.sub(r"\s+", " ", as_typed(" ".join(name for _, name in spoken)))
    if which == "matrix":
        assert roles.count("table") == 2
        assert roles.count("columnheader") == 10 + 22
        assert roles.count("rowheader") == len(second().grants) + 18
        for grant in second().grants:
            assert grant.sentence[lang] in text
    assert paper.startswith(b"%PDF")
    assert len(paper) > 50_000


@pytest.mark.parametrize("which", [*PAGES])
def test_a_page_fits_its_screen(chromium: Browser, which: str) -> None:
    """Only tables and listings move sideways, inside their own frame."""
    page = page_of(which, "fr")

    for width in (320, 768, 1280, 1400):
        assert chromium.width(page, width) <= width


@pytest.mark.parametrize(
    ("which", "lang", "width", "media"),
    [
        ("matrix", "fr", 768, "screen"), ("matrix", "en", 1400, "screen"),
        ("matrix", "fr", 1047, "print"), ("matrix", "en", 1047, "print"),  # A4, wide
        ("diff", "en", 768, "screen"), ("diff", "fr", 1400, "screen"),
        ("diff", "fr", 703, "print"), ("diff", "en", 703, "print"), ("back", "fr", 703, "print"),
    ],
)  # fmt: skip
def test_no_cell_runs_into_its_neighbour(
    chromium: Browser, which: str, width: int, media: str, lang: str
) -> None:
    """Heads and article numbers have room, on a screen and on A4 between its margins."""
    cells = "[...document.querySelectorAll('table:not(.grid) :is(th, td)')]"
    wide = f"{cells}.filter(cell => cell.scrollWidth > cell.clientWidth + 1)"
    with chromium.sized(width, media):
        chromium.show(page_of(which, lang))
        count, cut = chromium.run(f"[{cells}.length, {wide}.map(cell => cell.innerText)]")

    assert count > 50
    assert cut == []


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_report_is_two_sheets_and_shows_all_its_columns(chromium: Browser, lang: str) -> None:
    """With what a proposal would change, too; on a screen of 1,366 pixels, its counts of 1,200."""
    chromium.show(page_of("report", lang))
    paper = printed(chromium)
    cut = "[...document.querySelectorAll('{}')].filter(at => at.scrollWidth > at.clientWidth)"

    assert len(re.findall(rb"/Type /Page\b", paper)) == 2
    for screen, frames in ((1366, ".scroll"), (1200, ".second .scroll")):
        with chromium.sized(screen):
            assert chromium.run(f"{cut.format(frames)}.length") == 0


def page_of(which: str, lang: str) -> str:
    """One of `PAGES`."""
    return PAGES[which](convention(), second(), lang)


def printed(chromium: Browser) -> bytes:
    """What it shows as a PDF, on the paper that its style sheet asks for."""
    pdf = chromium.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    return base64.b64decode(pdf["data"])
