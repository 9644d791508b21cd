"""The page of what holds partners back: the newest report's protected figures, and nothing of the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.console.roles import ROLES
from tests.services.committee.friction.synthetic import CANARY, report
from tests.services.console.kit import OpenConsole

pytestmark = pytest.mark.anyio


def given_out(console: OpenConsole, name: str, data: bytes) -> Path:
    """A file in the folder of reports of the console's home."""
    folder = console.log.parent / "reports"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


async def asked(console: OpenConsole, lang: str) -> str:
    """The page as the committee has it."""
    async with console.as_("committee") as browser:
        answer = await browser.get(f"/friction?lang={lang}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("lang", "words"),
    [("fr", "Aucun rapport n’a encore été produit"), ("en", "No report has been made yet")],
)
async def test_without_a_report_the_page_says_how_one_is_made(
    console: OpenConsole, lang: str, words: str
) -> None:
    """No folder, or an empty one."""
    page = await asked(console, lang)

    assert words in page
    assert "<code>relais report friction --from 2026-10 --to 2026-11</code>" in page


async def test_the_newest_report_is_shown_to_every_role(console: OpenConsole) -> None:
    """Of two with the same last month the longer one; a later file takes its place at once."""
    short, long = report("2026-06", "2026-06", 60), report("2026-06", "2026-07", 60)
    given_out(console, "friction-2026-06--2026-06.json", short.bytes())
    assert "juil.\u00a02026" not in await asked(console, "fr")
    given_out(console, "friction-2026-07--2026-07.json", short.bytes())
    given_out(console, "friction-2026-06--2026-07.json", long.bytes())

    for role in ROLES:
        async with console.as_(role) as browser:
            page = (await browser.get("/friction?lang=fr")).text
        assert "juil.\u00a02026" in page
        assert "Ce qui a été transmis, par émetteur" in page
        assert page.count("<h1") == 1
        assert CANARY not in page


@pytest.mark.parametrize("data", [b"{}", b"", b"\xff" * 99])
async def test_a_report_that_cannot_be_read_is_said_and_breaks_nothing(
    console: OpenConsole, data: bytes
) -> None:
    """The page answers, and the others with it."""
    given_out(console, "friction-2026-06--2026-06.json", data)

    assert "cannot be read" in await asked(console, "en")


async def test_what_a_report_file_says_is_text_and_no_markup(console: OpenConsole) -> None:
    """A code that nobody knows, with HTML in it, is shown as it is."""
    told = report("2026-06", "2026-06", 60).bytes()
    wrong = told.replace(b'"EDU-S"', b'"<script>alert(1)</script>"')
    assert wrong != told
    given_out(console, "friction-2026-06--2026-06.json", wrong)

    page = await asked(console, "en")

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
