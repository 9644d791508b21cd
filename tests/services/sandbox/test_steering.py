"""What a record's reference asks for befalls its case: every word that is printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sandbox.steering import WORDS
from tests.services.sandbox.started import client, sandbox, send, sent, until

pytestmark = pytest.mark.anyio

HOUR = 3600


async def move(http: httpx.AsyncClient, seconds: int) -> None:
    """Move the sandbox's clock."""
    moved = await http.post("/sandbox/clock", json={"seconds": seconds})
    assert moved.status_code == 200, moved.text


@asynccontextmanager
async def school(path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The client of a school's social service at a sandbox of its own."""
    async with sandbox(path / "home") as listening, client(listening, "edu-s") as http:
        yield http


def stages(status: dict[str, Any]) -> list[str]:
    """The stages that the CRIP told."""
    return [told["stage"] for told in status["to"][0].get("acknowledged", ())]


async def test_whoever_is_late_answers_after_its_term(tmp_path: Path) -> None:
    """Not before the clock is moved; another case is answered at once."""
    async with school(tmp_path) as http:
        late, prompt = await sent(http, "sandbox:late"), await sent(http, "another")
        await until(http, f"/v1/referrals/{prompt}", lambda status: bool(stages(status)))
        waiting = (await http.get(f"/v1/referrals/{late}")).json()
        await move(http, 5 * 24 * HOUR)
        behind = await until(http, f"/v1/referrals/{late}", lambda status: bool(stages(status)))

    assert stages(waiting) == []
    assert [duty["in_time"] for duty in behind["duties"] if duty["state"] == "closed"] == [False]


async def test_the_bus_refuses_for_the_reason_that_is_named(tmp_path: Path) -> None:
    """As if by the convention; a look-up on the case is refused too, and nothing ends."""
    async with school(tmp_path) as http:
        refused = await sent(http, "sandbox:refuse=not_informed")
        path = f"/v1/referrals/{refused}"
        status = await until(http, path, lambda status: status["state"] == "refused")

    assert status["to"][0]["reasons"] == ["not_informed"]


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ("withdraw", lambda items: any(item.get("withdrawn") for item in items)),
        ("twice", lambda items: [item.get("error") for item in items].count("replayed") >= 1),
        ("corrupt", lambda items: any("error" in item for item in items)),
        ("", lambda items: any(item.get("type") == "FEEDBACK" for item in items)),
    ],
)
async def test_the_outcome_of_a_steered_case_comes_as_its_word_says(
    word: str, seen: Callable[[list[dict[str, Any]]], bool], tmp_path: Path
) -> None:
    """Taken back, twice, spoilt, or as it is."""
    async with school(tmp_path) as http:
        await sent(http, f"sandbox:{word} # {word}")
        await asyncio.sleep(0.1)
        await move(http, 2)
        await until(http, "/v1/inbox", lambda page: seen(page["items"]))


@pytest.mark.parametrize("text", ["nonsense", "refuse", "refuse=x", "late=1", "late nonsense"])
async def test_a_word_of_no_table_is_refused(text: str, tmp_path: Path) -> None:
    """So that who misspells one is told; the table is the program's own."""
    async with school(tmp_path) as http:
        refused = await send(http, f"sandbox:{text}")
        table = (await http.get("/sandbox")).json()["words"]

    assert (refused.status_code, refused.json()["code"]) == (422, "code_unknown")
    assert [row["word"] for row in table] == list(WORDS)
    assert all(row["means"] for row in table)
