"""`relais up --training` as a class uses it: one sign-in, a case to its end over the real bus, a trainer who sees it."""

from __future__ import annotations

import asyncio
import html
import re
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.kafka.play.test_up import federation
from tests.services.agency.training.kit import obey

MOST: Final = 30  # looks at the first page until the case is ended

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


class TheOthers:
    """The desks of a real federation: they need a second or two."""

    async def settle(self) -> None:
        """Let them act."""
        await asyncio.sleep(1)


def test_a_trainee_plays_an_association_and_a_trainer_sees_it(tmp_path: Path) -> None:
    """From the printed address and accounts alone."""
    home = tmp_path / "home"

    with federation(home, "--training") as facts:
        pages = asyncio.run(_played(facts["training"]))

    assert "The case is ended" in pages["case"]
    assert "Played to the end" in pages["trainer"]
    assert "1 time" in pages["trainer"]
    assert "Lina" not in pages["trainer"]
    assert all("EXERCISE – invented data" in page for page in pages.values())


async def _played(training: dict[str, Any]) -> dict[str, str]:
    pages = {}
    url = training["page"]
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True, timeout=30) as browser:
        await _signed_in(browser, training, "trainee")
        choice = (await browser.get(f"{url}?lang=en")).text
        links = map(html.unescape, re.findall(r'href="(http[^"]*)"', choice))
        entered = await browser.get(next(link for link in links if "pass=asso." in link))
        browser.base_url = httpx.URL(str(entered.url)).join("/")
        browser.follow_redirects = False
        await browser.get("/desk?lang=en")
        for _look in range(MOST):
            pages["case"] = await obey(browser, TheOthers())
            if "The case is ended" in pages["case"]:
                break
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True, timeout=30) as trainer:
        await _signed_in(trainer, training, "trainer")
        await asyncio.sleep(2)
        pages["trainer"] = (await trainer.get(f"{url}?lang=en")).text
    return pages


async def _signed_in(browser: httpx.AsyncClient, training: dict[str, Any], role: str) -> None:
    form = {"account": role, "password": training["accounts"][role]}
    done = await browser.post(f"{training['page']}/sign-in", data=form)
    assert done.status_code == httpx.codes.OK, done.text
