"""Who sees what: each role with each page and column, and nothing beside the table."""

from __future__ import annotations

from typing import Final

import httpx
import pytest

from services.console.roles import PAGES, ROLES, Page, Role
from tests.services.console.kit import OpenConsole, bare

# Written down once more, by hand: a change of the table is a change here too.
EXPECTED: Final[dict[Role, tuple[Page, ...]]] = {
    "operator": ("overview", "alerts", "topics", "quarantine", "event"),
    "auditor": ("overview", "alerts", "quarantine", "event"),
}


@pytest.mark.parametrize("role", ROLES)
async def test_a_page_answers_those_who_have_it_and_is_not_there_for_others(
    console: OpenConsole, role: Role
) -> None:
    """What is forbidden reads as what does not exist."""
    async with console.as_(role) as browser:
        pages = {page: await browser.get(f"/{page}") for page in PAGES}
        nowhere = await browser.get("/no-such-page")

    assert {*EXPECTED["operator"]} == pages.keys()
    for page, answer in pages.items():
        allowed = page in EXPECTED[role]
        assert answer.status_code == (httpx.codes.OK if allowed else httpx.codes.NOT_FOUND)
        assert allowed or bare(answer.text) == bare(nowhere.text)


async def test_columns_are_left_out_of_pages_that_a_role_has(console: OpenConsole) -> None:
    """Memory, addresses, what to do are the operator's; a silent service's words are not."""
    shown = {}
    for role in ROLES:
        async with console.as_(role) as browser:
            page = (await browser.get("/?lang=en")).text
        words = ('<th scope="col">memory</th>', "what to do", "http://127.0.0.1:2")
        shown[role] = [page.count(word) for word in words]

    assert shown["auditor"] == [0, 0, 0]
    assert shown["operator"][0] == shown["operator"][2] == 1


async def test_what_is_to_be_typed_is_shown_as_code(console: OpenConsole) -> None:
    """In what an alert says to do; a French page has French apostrophes."""
    async with console.as_("operator") as browser:
        page = (await browser.get("/alerts?lang=fr")).text

    assert "<code>code</code> dit pourquoi il s’est arrêté" in page
    assert "`" not in page.partition("<main>")[2]
