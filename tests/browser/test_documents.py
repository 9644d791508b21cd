"""An agency's documents in a real Chromium: the interface, and each refusal in words."""

from __future__ import annotations

import asyncio

import pytest
from starlette.routing import Mount

from tests.browser.browser import IN_CHROMIUM, Browser
from tests.ports import on_port
from tests.services.agency.bench import serving
from tests.services.console.crawler import crawl

pytestmark = [pytest.mark.slow, pytest.mark.node]


@IN_CHROMIUM
@pytest.mark.parametrize("page", ["problems", "problems/not_delivered"])
async def test_a_page_breaks_no_rule_of_axe_and_fits_a_phone(chromium: Browser, page: str) -> None:
    """Names, contrast, landmarks, headings, all unfolded; at 320 px nothing moves sideways."""
    async with serving("child_welfare") as bench:
        answers = [await bench.client.get(f"/{page}?lang={lang}") for lang in ("fr", "en")]
    pages = [one.text.replace("<details", "<details open") for one in answers]

    chromium.assert_accessible(*pages)
    assert max(chromium.width(one, 320) for one in pages) <= 320


async def test_a_crawler_finds_every_document_and_no_dead_link() -> None:
    """From the interface and a problem's page, without a token: each link answers."""
    async with serving("child_welfare") as bench:
        answers = await crawl(bench.client, "/docs", "/problems/not_delivered")

    assert {path: done.status_code for path, done in answers.items() if done.is_error} == {}
    assert {"/docs", "/problems?lang=fr", "/problems?lang=en"} <= set(answers)


@IN_CHROMIUM
async def test_the_interface_is_shown_under_its_policy_from_its_own_server(
    chromium: Browser,
) -> None:
    """Every operation, with forms unfolded; nothing is refused, nothing asked elsewhere."""
    page = chromium.apart()

    def refused(url: str) -> str:
        page.call("Network.enable")
        page.call(
            "Page.addScriptToEvaluateOnNewDocument",
            source="window.refused = []; addEventListener('securitypolicyviolation', e => "
            "refused.push(e.violatedDirective))",
        )
        page.go(f"{url}/docs", "document.querySelectorAll('.opblock').length > 10")
        page.run("document.querySelector('.opblock-post .opblock-summary-control').click()")
        page.until("document.querySelector('.opblock-body .example')")
        return str(page.run("refused.join()"))

    async with serving("child_welfare") as bench, on_port([Mount("/", app=bench.app)]) as url:
        assert await asyncio.to_thread(refused, url) == ""

    assert {one for one in page.asked if not one.startswith(("data:", f"{url}/"))} == set()
