"""A crawler over the console: all that is reached by links from its first page."""

from __future__ import annotations

from typing import Final

import httpx

from tests.elements import Elements

MOST: Final = 500


async def crawl(browser: httpx.AsyncClient, *begin: str) -> dict[str, httpx.Response]:
    """Path and query → answer, of every address on this host that a page links to."""
    answers: dict[str, httpx.Response] = {}
    ahead = [*begin] or ["/"]
    while ahead:
        target = ahead.pop()
        if target in answers:
            continue
        assert len(answers) < MOST, "links without end"
        answers[target] = done = await browser.get(target)
        for link in sorted({*Elements(done.text).values("href", "a")}):
            url = done.request.url.join(link)
            assert url.host == done.request.url.host, link
            ahead.append(url.raw_path.decode())
    return answers
