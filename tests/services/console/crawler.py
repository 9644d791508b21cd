"""A crawler over the console: all that is reached by links from its first page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

import httpx

MOST: Final = 500


class Elements(HTMLParser):
    """What a browser makes of a page: elements with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.all.append((tag, {name: value or "" for name, value in attrs}))

    @property
    def links(self) -> set[str]:
        """Where they lead."""
        return {attrs["href"] for tag, attrs in self.all if tag == "a" and "href" in attrs}


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
        for link in sorted(Elements(done.text).links):
            url = done.request.url.join(link)
            assert url.host == done.request.url.host, link
            ahead.append(url.raw_path.decode())
    return answers
