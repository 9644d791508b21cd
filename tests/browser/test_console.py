"""The console's pages in Chromium: axe-core finds nothing, they fit a phone, no script."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import httpx
import pytest

from services.console.roles import PAGES
from tests.browser.browser import IN_CHROMIUM, Browser
from tests.contracts.log.routed import Bus
from tests.services.audit.projected import URL, Lives, projected
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import BUSY

OPENED: Final = ("sign-in", *PAGES)
LIFE: Final = "event-life"  # of an event that was looked up
SHOWN: Final = (*OPENED, LIFE)
Page = tuple[str, str]  # and its language
pytestmark = [pytest.mark.slow, pytest.mark.node, IN_CHROMIUM]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Page, str]:
    """Page and language -> the page as whoever may see it is shown it."""
    with pytest.MonkeyPatch.context() as patched:
        return asyncio.run(_shown(tmp_path_factory.mktemp("pages"), patched))


async def _shown(folder: Path, patched: pytest.MonkeyPatch) -> dict[Page, str]:
    """What an operator is shown, and an event's life as an auditor is."""
    pages, bus = dict[Page, str](), await projected(Lives(Bus(), folder, patched))
    transport = httpx.ASGITransport(bus.app)
    console = OpenConsole(folder, BUSY, auditors={"audit": URL}, transport=transport)
    async with (
        console.client() as nobody,
        console.as_("operator") as operator,
        console.as_("auditor") as auditor,
    ):
        for lang in ("fr", "en"):
            for page in OPENED:
                reader = nobody if page == "sign-in" else operator
                path = "" if page == "overview" else page
                pages[page, lang] = (await reader.get(f"/{path}?lang={lang}")).text
            opened = (await auditor.get(f"/event?lang={lang}")).text
            form = opened.partition('name="form" value="')[2].partition('"')[0]
            given = {"form": form, "event": next(iter(bus.decided))}
            pages[LIFE, lang] = (await auditor.post(f"/event?lang={lang}", data=given)).text
            assert "<table" in pages[LIFE, lang]  # it was found
    console.close()
    return pages


@pytest.mark.parametrize("page", SHOWN)
def test_a_page_breaks_no_rule_of_axe_and_fits_its_screen(
    chromium: Browser, pages: dict[Page, str], page: str
) -> None:
    """Contrast, names, landmarks, headings; only tables move sideways, in a frame of their own."""
    chromium.assert_accessible(*(pages[page, lang] for lang in ("fr", "en")))

    for width in (320, 1400):
        assert chromium.width(pages[page, "fr"], width) <= width


def test_the_page_is_whole_without_script(chromium: Browser, pages: dict[Page, str]) -> None:
    """What needs somebody, the drawing's words and each service are read aloud."""
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    chromium.show(pages["overview", "en"])
    spoken = chromium.spoken()
    chromium.call("Emulation.setScriptExecutionDisabled", value=False)

    roles = [role for role, _ in spoken]
    text = " ".join(name for _, name in spoken)
    assert roles.count("table") == 3
    assert {"navigation", "main", "button", "image"} <= set(roles)
    assert "police does not answer" in text
    assert "What flowed between institutions" in text
