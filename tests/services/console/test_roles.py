"""Who sees what: each role with each page and column, and nothing beside the table."""

from __future__ import annotations

import re
from typing import Final, get_args

import httpx
import pytest

from services.console.roles import COLUMNS, PAGES, ROLES, Page, Role, pages_of, sees
from services.console.routes import TITLES
from tests.services.console.kit import OpenConsole

pytestmark = pytest.mark.anyio

# Written down once more, by hand: a change of the table is a change here too.
EXPECTED: Final[dict[Role, tuple[Page, ...]]] = {
    "operator": (
        "overview", "alerts", "topics", "event", "duties", "convention", "keys", "quarantine",
    ),
    "auditor": (
        "overview", "alerts", "event", "duties", "convention", "keys", "quarantine",
        "accesses",
    ),
    "committee": ("overview", "duties", "convention"),
    "security": (
        "overview", "alerts", "topics", "convention", "keys", "quarantine", "accesses",
    ),
}  # fmt: skip


def test_each_role_has_the_pages_that_it_should_have() -> None:
    """And every page is somebody's."""
    assert {role: pages_of(role) for role in ROLES} == EXPECTED
    assert set(PAGES) == set(get_args(Page)) == set(TITLES)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", PAGES)
async def test_a_page_answers_those_who_have_it_and_is_not_there_for_others(
    console: OpenConsole, role: Role, page: Page
) -> None:
    """What is forbidden reads as what does not exist."""
    async with console.as_(role) as browser:
        answer = await browser.get("/" if page == "overview" else f"/{page}")
        nowhere = await browser.get("/no-such-page")

    allowed = page in EXPECTED[role]
    assert answer.status_code == (httpx.codes.OK if allowed else httpx.codes.NOT_FOUND)
    if not allowed:
        assert _bare(answer.text) == _bare(nowhere.text)


def _bare(page: str) -> str:
    """Without what differs between any two answers: how long ago the look was."""
    return re.sub(r"Vu il y a [^<]*", "", page)


@pytest.mark.parametrize(("role", "memory"), [("operator", True), ("committee", False)])
async def test_a_column_is_left_out_of_a_page_that_a_role_has(
    console: OpenConsole, role: Role, memory: bool
) -> None:
    """Memory is the operator's."""
    async with console.as_(role) as browser:
        page = (await browser.get("/?lang=en")).text

    assert ('<th scope="col">memory</th>' in page) is memory
    assert sees(role, "overview", "memory") is memory
    assert all(page in PAGES for page, _column in COLUMNS)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fr", ("a consulté une page", "s’est connecté", "responsable de la sécurité", "aucune qui existe", "(UTC+0")),
        ("en", ("looked at a page", "signed in", "security officer", "none that there is", "(UTC+0")),
    ],
)  # fmt: skip
async def test_accesses_are_told_in_words(
    console: OpenConsole, lang: str, words: tuple[str, ...]
) -> None:
    """No code and no machine's form of an instant stands on the page."""
    async with console.as_("security") as browser:
        await browser.get("/no-such-page")
        page = (await browser.get(f"/accesses?lang={lang}")).text

    assert [word for word in words if word not in page] == []
    assert not re.search(r"signed_in|<td[^>]*>looked<|\dT\d\d:", page)


async def test_what_is_to_be_typed_is_shown_as_code(console: OpenConsole) -> None:
    """In what an alert says to do; a French page has French apostrophes."""
    async with console.as_("operator") as browser:
        page = (await browser.get("/alerts?lang=fr")).text

    assert "<code>code</code> dit pourquoi il s’est arrêté" in page
    assert "`" not in page.partition("<main>")[2].partition("<script>")[0]


async def test_where_a_silent_service_listens_is_told_to_those_who_see_addresses(
    console: OpenConsole,
) -> None:
    """Once, in their column; what a service says of itself does not bring it back for others."""
    seen = {}
    for role in ("operator", "committee"):
        async with console.as_(role) as browser:
            seen[role] = (await browser.get("/")).text.count("http://127.0.0.1:2")

    assert seen == {"operator": 1, "committee": 0}


async def test_what_belongs_to_a_bus_stands_under_it(console: OpenConsole) -> None:
    """A line of `relais status` that is indented there is nested here."""
    async with console.as_("operator") as browser:
        page = (await browser.get("/?lang=en")).text

    assert re.search(r"<li>civil bus: shards that run[^<]*<ul><li>", page)
