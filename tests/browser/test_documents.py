"""An agency's documents in a real Chromium: the interface, the first hour, and each refusal in words."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

import pytest

from tests.browser.browser import CHROMIUM, Browser
from tests.browser.test_console import violations
from tests.services.agency.bench import serving
from tests.services.console.crawler import crawl

PAGES: Final = {
    "docs": "/docs",
    "first hour": "/docs/first-hour",
    "problems": "/problems?lang=en",
    "problems in French": "/problems?lang=fr",
    "a problem": "/problems/not_delivered?lang=en",
    "a problem in French": "/problems/not_delivered?lang=fr",
}
IN_CHROMIUM: Final = pytest.mark.skipif(
    not CHROMIUM and not os.environ.get("RELAIS_CI"), reason="no Chromium on this machine"
)

pytestmark = [pytest.mark.slow, pytest.mark.node]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Page -> a file of it; every operation and schema of the interface unfolded."""
    folder = tmp_path_factory.mktemp("documents")

    async def asked() -> dict[str, str]:
        async with serving("child_welfare") as bench:
            return {name: (await bench.client.get(path)).text for name, path in PAGES.items()}

    files = {}
    for name, text in asyncio.run(asked()).items():
        files[name] = folder / f"{name}.html"
        files[name].write_text(text.replace("<details", "<details open"), "utf-8")
    return files


@IN_CHROMIUM
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_no_violation(
    chromium: Browser, written: dict[str, Path], page: str, scheme: str
) -> None:
    """Names, contrast, landmarks, headings, tables: 0 violations, in both schemes."""
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.call("Emulation.setEmulatedMedia", features=media)
    chromium.open(written[page])

    assert violations(chromium) == []


@IN_CHROMIUM
@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_phone(chromium: Browser, written: dict[str, Path], page: str) -> None:
    """At 320 px nothing moves sideways but what has a bar of its own."""
    assert chromium.width(written[page], 320) <= 320


@pytest.mark.anyio
async def test_a_crawler_finds_every_document_and_no_dead_link() -> None:
    """From `/docs` and a problem's page, without a token: each link answers, in both languages."""
    async with serving("child_welfare") as bench:
        answers = await crawl(bench.client, "/docs", "/problems/not_delivered")

    assert {path: done.status_code for path, done in answers.items() if done.is_error} == {}
    assert {"/docs/first-hour", "/openapi.json", "/problems?lang=fr", "/problems?lang=en"} <= set(
        answers
    )
