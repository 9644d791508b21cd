"""The console's pages in Chromium: axe-core finds nothing, they fit a phone, no script."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import httpx
import pytest

from services.audit import source
from services.console.roles import PAGES
from tests.browser.browser import IN_CHROMIUM, Browser, assert_accessible
from tests.services.audit.projected import URL, projected
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import BUSY

OPENED: Final = ("sign-in", *PAGES)
LIFE: Final = "event-life"  # of an event that was looked up
SHOWN: Final = (*OPENED, LIFE)
pytestmark = [pytest.mark.slow, pytest.mark.node, IN_CHROMIUM]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Page and language -> a file of it as an operator is shown it."""
    folder = tmp_path_factory.mktemp("pages")
    return asyncio.run(_written(folder))


async def _written(folder: Path) -> dict[tuple[str, str], Path]:
    console = OpenConsole(folder, BUSY)
    files: dict[tuple[str, str], Path] = {}
    async with (
        console.client() as nobody,
        console.as_("operator") as operator,
    ):
        for lang in ("fr", "en"):
            for page in OPENED:
                reader = nobody if page == "sign-in" else operator
                path = "" if page == "overview" else page
                files[page, lang] = folder / f"{page}-{lang}.html"
                text = (await reader.get(f"/{path}?lang={lang}")).text
                files[page, lang].write_text(text, "utf-8")
    console.close()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(source, "MARKERS_S", 0)
        return files | await _of_auditor(folder, patched)


async def _of_auditor(folder: Path, patched: pytest.MonkeyPatch) -> dict[tuple[str, str], Path]:
    """An event's life, as an auditor is shown it."""
    bus = await projected(folder / "audit", patched)
    transport = httpx.ASGITransport(bus.app)
    console = OpenConsole(folder, BUSY, auditors={"audit": URL}, transport=transport)
    files: dict[tuple[str, str], Path] = {}
    async with console.as_("auditor") as auditor:
        for lang in ("fr", "en"):
            opened = (await auditor.get(f"/event?lang={lang}")).text
            form = opened.partition('name="form" value="')[2].partition('"')[0]
            given = {"form": form, "event": next(iter(bus.decided))}
            answer = await auditor.post(f"/event?lang={lang}", data=given)
            files[LIFE, lang] = folder / f"{LIFE}-{lang}.html"
            files[LIFE, lang].write_text(answer.text, "utf-8")
    console.close()
    return files


@pytest.mark.parametrize("page", SHOWN)
def test_a_page_breaks_no_rule_of_axe_and_fits_its_screen(
    chromium: Browser, written: dict[tuple[str, str], Path], page: str
) -> None:
    """Contrast, names, landmarks, headings; only tables move sideways, in a frame of their own."""
    assert_accessible(chromium, *(written[page, lang] for lang in ("fr", "en")))

    for width in (320, 1400):
        assert chromium.width(written[page, "fr"], width) <= width


def test_the_page_is_whole_without_script(
    chromium: Browser, written: dict[tuple[str, str], Path]
) -> None:
    """What needs somebody, the drawing's words and each service are read aloud."""
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    chromium.open(written["overview", "en"])
    spoken = chromium.spoken()
    chromium.call("Emulation.setScriptExecutionDisabled", value=False)

    roles = [role for role, _ in spoken]
    text = " ".join(name for _, name in spoken)
    assert roles.count("table") == 3
    assert {"navigation", "main", "button", "image"} <= set(roles)
    assert "police does not answer" in text
    assert "What flowed between institutions" in text
