"""A training's pages in a real Chromium: axe-core finds nothing, they fit a phone, and paper says that it is an exercise."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Final

import pytest

from tests.browser.browser import CHROMIUM, Browser
from tests.browser.test_console import violations
from tests.browser.test_sign_in import run
from tests.services.agency.training.kit import banded, classroom, form_of_band, obey

PAGES: Final = (
    "sign_in",
    "choice",
    "trainer",
    "follows",
    "begun",
    "form",
    "answer",
    "ended",
    "waits",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("RELAIS_CI"), reason="no Chromium on this machine"
    ),
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Page and language -> a file of it."""
    folder = tmp_path_factory.mktemp("training")
    files: dict[tuple[str, str], Path] = {}
    for lang in ("fr", "en"):
        for page, text in asyncio.run(_pages(tmp_path_factory.mktemp(lang), lang)).items():
            files[page, lang] = folder / f"{page}-{lang}.html"
            files[page, lang].write_text(text, "utf-8")
    return files


async def _pages(folder: Path, lang: str) -> dict[str, str]:
    """Every page, with something to tell."""
    pages = dict[str, str]()
    async with classroom(folder) as room, room.playing("edu-s", lang) as school:
        async with room.browser("justice") as nobody:
            pages["sign_in"] = (await nobody.get(f"/desk/training/sign-in?lang={lang}")).text
        pages["begun"] = (await school.get("/desk")).text
        address, fields = form_of_band(banded(pages["begun"]))
        pages["form"] = (await school.post(address, data=fields)).text
        pages["answer"] = await obey(school, room)
        pages["ended"] = await obey(school, room)
        for role, page, more in (
            ("trainee", "choice", ""),
            ("trainer", "trainer", ""),
            ("trainer", "follows", "&follow=yes"),
        ):
            async with room.signed_in("justice", role) as member:
                pages[page] = (await member.get(f"/desk/training?lang={lang}{more}")).text
        async with room.playing("asso", lang, arrives=False) as worker:
            pages["waits"] = (await worker.get("/desk")).text
    return pages


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_no_violation(
    chromium: Browser, written: dict[tuple[str, str], Path], page: str, lang: str, scheme: str
) -> None:
    """Labels, names, contrast, landmarks, headings: 0 violations, in both languages and schemes."""
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.call("Emulation.setEmulatedMedia", features=media)
    chromium.open(written[page, lang])

    assert violations(chromium) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_phone(
    chromium: Browser, written: dict[tuple[str, str], Path], page: str
) -> None:
    """At 320 px nothing moves sideways."""
    assert chromium.width(written[page, "fr"], 320) <= 320


def test_paper_says_that_it_is_an_exercise(
    chromium: Browser, written: dict[tuple[str, str], Path]
) -> None:
    """The mark is printed, the guide beside it is not."""
    chromium.open(written["answer", "fr"])
    chromium.call("Emulation.setEmulatedMedia", media="print")
    heights = run(
        chromium,
        "JSON.stringify(['.exercise', '.case'].map(it => document.querySelector(it).offsetHeight))",
    )
    chromium.call("Emulation.setEmulatedMedia", media="")

    mark, guide = json.loads(heights)
    assert mark > 10
    assert guide == 0
