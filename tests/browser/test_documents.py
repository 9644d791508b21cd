"""An agency's documents in a real Chromium: the interface, and each refusal in words."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

import pytest

from tests.browser.browser import CHROMIUM, Browser
from tests.browser.test_console import violations
from tests.browser.test_sign_in import run, until
from tests.services.agency.bench import serving
from tests.services.console.crawler import crawl
from tests.services.sandbox.process import running

PAGES: Final = {
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
    """From the interface and a problem's page, without a token: each link answers."""
    async with serving("child_welfare") as bench:
        answers = await crawl(bench.client, "/docs", "/problems/not_delivered")

    assert {path: done.status_code for path, done in answers.items() if done.is_error} == {}
    assert {"/docs", "/problems?lang=fr", "/problems?lang=en"} <= set(answers)


@IN_CHROMIUM
def test_the_interface_is_shown_under_its_policy_from_its_own_server(
    chromium: Browser, tmp_path: Path
) -> None:
    """Every operation, with forms unfolded; nothing is refused, nothing asked elsewhere."""
    page = chromium.apart()
    page.call("Network.enable")
    seen = (
        "window.refused = []; addEventListener('securitypolicyviolation', e => "
        "refused.push(e.violatedDirective))"
    )
    page.call("Page.addScriptToEvaluateOnNewDocument", source=seen)
    with running(tmp_path / "home") as facts:
        url = facts["url"]
        page.call("Page.navigate", url=f"{url}/docs")
        until(page, "document.querySelectorAll('.opblock').length > 10")
        run(page, "document.querySelector('.opblock-post .opblock-summary-control').click()")
        until(page, "document.querySelector('.opblock-body .example')")
        refused = run(page, "refused.join()")

    assert refused == ""
    assert {one for one in page.asked if not one.startswith(("data:", f"{url}/"))} == set()
