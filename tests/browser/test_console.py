"""The console's pages in Chromium: axe-core finds nothing, they fit a phone, no script."""

from __future__ import annotations

import asyncio
import json
import os
from functools import cache
from pathlib import Path
from typing import Final

import httpx
import pytest

from services.audit import source
from services.console.roles import PAGES
from tests.browser.browser import CHROMIUM, Browser
from tests.services.audit.projected import URL, projected
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.test_told import BUSY

ROOT: Final = Path(__file__).parents[2]
AXE: Final = ROOT / "tests" / "node" / "node_modules" / "axe-core" / "axe.min.js"
OPENED: Final = ("sign-in", *PAGES)
LIFE: Final = "event-life"  # of an event that was looked up
SHOWN: Final = (*OPENED, LIFE)
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("RELAIS_CI"), reason="no Chromium on this machine"
    ),
]


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


@cache
def axe() -> str:
    """The checker's own program."""
    return AXE.read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("page", SHOWN)
def test_axe_finds_no_violation(
    chromium: Browser, written: dict[tuple[str, str], Path], page: str, lang: str, scheme: str
) -> None:
    """Contrast, names, landmarks, headings, tables: 0 violations, in both languages and schemes."""
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.call("Emulation.setEmulatedMedia", features=media)
    chromium.open(written[page, lang])

    assert violations(chromium) == []


def violations(chromium: Browser) -> list[tuple[str, str]]:
    """Rule and first place of each."""
    chromium.call("Runtime.evaluate", expression=axe())
    asked = f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then(told => JSON.stringify("
    asked += "told.violations.map(it => [it.id, it.nodes[0].html])))"
    told = chromium.call("Runtime.evaluate", expression=asked, awaitPromise=True)
    return [(rule, place) for rule, place in json.loads(told["result"]["value"])]


@pytest.mark.parametrize("width", [320, 1400])
@pytest.mark.parametrize("page", SHOWN)
def test_a_page_fits_its_screen(
    chromium: Browser, written: dict[tuple[str, str], Path], page: str, width: int
) -> None:
    """Only tables move sideways, in a frame that the keyboard reaches."""
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
