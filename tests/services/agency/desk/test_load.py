"""Two hundred desks at the pages of one service at once: right answers, limits of each alone, nothing held afterwards."""

from __future__ import annotations

import asyncio
import gc
import re
from collections import Counter
from pathlib import Path
from typing import Final

import httpx
import pytest

from services.platform.browser.sessions import Attempts
from tests.services.agency.desk.crowd import SCHOOLS, School, crowd

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MOST: Final = 3  # verdicts and sendings of one desk, a minute, here
OBJECTS: Final = 5 * SCHOOLS  # may be left behind them, such as who asked lately
_CANARY: Final = re.compile(r"Canary-ecole-[0-9]+-end")
_ARRIVAL: Final = re.compile(r'href="/desk/inbox/([^"/]+)"')


async def test_two_hundred_desks_at_once_see_their_own_alone_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Form, verdict, arrivals, duties, receipt; one that asks without end is told to wait, and nobody else is."""
    async with crowd(tmp_path) as many:
        first, *others = many.schools
        monkeypatch.setattr(many.desk.pages.door, "tries", Attempts(MOST))
        seen = await asyncio.gather(*(_seen(school) for school in many.schools))
        objects = _settled()
        flood = [_status(first) for _ in range(MOST)]
        statuses = await asyncio.gather(*flood, *map(_status, others))
        left = _settled()
        strange = await first.browser.get(f"/desk/sendings/{others[0].sent}")
        foreign = await first.browser.get(f"/desk/inbox/{others[0].outcome}")

    assert seen == [_own(school) for school in many.schools]
    assert left - objects < OBJECTS
    assert Counter(statuses[:MOST]) == {200: MOST - 1, 429: 1}
    assert set(statuses[MOST:]) == {200}
    assert (strange.status_code, foreign.status_code) == (404, 404)


async def _seen(school: School) -> dict[str, object]:
    """Of each page what tells whose it is."""
    pages = await school.looks()
    assert {page.status_code for page in pages.values()} == {httpx.codes.OK}
    texts = {name: page.text for name, page in pages.items()}
    return {
        "names": set(_CANARY.findall("".join(texts.values()))),
        "arrivals": set(_ARRIVAL.findall(texts["inbox"] + texts["duties"])),
        "sent": school.sent in texts["sent"],
        "verdict": texts["check"].count("<tr>") > 5,
    }


def _own(school: School) -> dict[str, object]:
    return {"names": {school.canary}, "arrivals": {school.outcome}, "sent": True, "verdict": True}


async def _status(school: School) -> int:
    return (await school.checks()).status_code


def _settled() -> int:
    """Objects of this process without what nothing holds any more."""
    gc.collect()
    return len(gc.get_objects())
