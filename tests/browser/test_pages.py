"""The pages in a real Chromium: without script, without network, printed, and read aloud."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.diff.compare import diff
from services.committee.diff.page import page as diff_page
from services.committee.matrix.page import page as matrix_page
from tests.browser.browser import CHROMIUM, Browser, browser
from tests.contracts.convention.kit import convention
from tests.services.texts.typed import as_typed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("RELAIS_CI"), reason="no Chromium on this machine"
    ),
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
    """Every sentence and heading is in the accessibility tree; tables are tables; a PDF."""
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
    paper = printed(chromium, file)

    assert set(chromium.asked) == {file.as_uri()}
    roles = [role for role, _ in spoken]
    assert {"main", "heading", "navigation", "link"} <= set(roles)
    text = re.sub(r"\s+", " ", as_typed(" ".join(name for _, name in spoken)))
    if which == "matrix":
        assert roles.count("table") == 2
        assert roles.count("columnheader") == 10 + 19
        assert roles.count("rowheader") == len(convention().grants) + 15
        for grant in convention().grants:
            assert grant.sentence[lang] in text
    assert paper.startswith(b"%PDF")
    assert len(paper) > 50_000


@pytest.mark.parametrize("which", ["matrix", "diff", "back"])
@pytest.mark.parametrize("width", [320, 768, 1280, 1400])
def test_a_page_fits_its_screen(chromium: Browser, tmp_path: Path, width: int, which: str) -> None:
    """Only tables and listings move sideways, inside their own frame."""
    second = load(read(SECOND), SECOND)
    file = tmp_path / "page.html"
    file.write_text(
        matrix_page(second, "fr")
        if which == "matrix"
        else compared(*((SHIPPED, SECOND) if which == "diff" else (SECOND, SHIPPED)), "fr"),
        "utf-8",
    )

    assert chromium.width(file, width) <= width


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("which", "width", "media"),
    [
        ("matrix", 768, "screen"),
        ("matrix", 1280, "screen"),
        ("matrix", 1400, "screen"),
        ("matrix", 1047, "print"),  # A4, wide
        ("diff", 768, "screen"),
        ("diff", 1400, "screen"),
        ("diff", 703, "print"),  # A4, high
        ("back", 703, "print"),
    ],
)
def test_no_cell_runs_into_its_neighbour(
    chromium: Browser, tmp_path: Path, which: str, width: int, media: str, lang: str
) -> None:
    """Heads and article numbers have room, on a screen and on A4 between its margins."""
    second = load(read(SECOND), SECOND)
    file = tmp_path / "page.html"
    file.write_text(
        matrix_page(second, lang)
        if which == "matrix"
        else compared(*((SECOND, SHIPPED) if which == "back" else (SHIPPED, SECOND)), lang),
        "utf-8",
    )
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    chromium.call("Emulation.setDeviceMetricsOverride", **screen)
    chromium.call("Emulation.setEmulatedMedia", media=media)

    chromium.open(file)
    cells = "[...document.querySelectorAll('table:not(.grid) :is(th, td)')]"
    wide = f"{cells}.filter(cell => cell.scrollWidth > cell.clientWidth + 1)"
    asked = f"JSON.stringify([{cells}.length, {wide}.map(cell => cell.innerText)])"
    count, cut = json.loads(chromium.call("Runtime.evaluate", expression=asked)["result"]["value"])
    chromium.call("Emulation.setEmulatedMedia", media="")
    chromium.call("Emulation.clearDeviceMetricsOverride")

    assert count > 50
    assert cut == []


def compared(old: str, new: str, lang: str) -> str:
    """The page of one shipped version against the other."""
    return diff_page(diff(load(read(old), old), load(read(new), new)), lang)


def printed(chromium: Browser, file: Path) -> bytes:
    """The page as a PDF, on the paper that its style sheet asks for."""
    chromium.open(file)
    pdf = chromium.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    return base64.b64decode(pdf["data"])
