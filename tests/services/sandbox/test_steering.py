"""What a record's reference asks for befalls its case: every word that is printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sandbox.steering import WORDS
from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.sandbox.started import client, sandbox

pytestmark = pytest.mark.anyio

Seen = Callable[[dict[str, Any]], object]
HOUR = 3600


@dataclass
class School:
    """A school's social service at a sandbox."""

    http: httpx.AsyncClient

    async def send(self, reference: str) -> httpx.Response:
        """A concern with a reference."""
        record = sample("education", "information_preoccupante", reference=reference)
        return await self.http.post("/v1/referrals", json=record)

    async def event(self, reference: str) -> str:
        """The id of a concern that was taken."""
        (event,) = (await self.send(reference)).json()["events"]
        return str(event)

    async def move(self, seconds: int) -> None:
        """Move the sandbox's clock."""
        moved = await self.http.post("/sandbox/clock", json={"seconds": seconds})
        assert moved.status_code == 200, moved.text

    async def until(self, path: str, seen: Seen) -> dict[str, Any]:
        """An answer, once something is seen in it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                body: dict[str, Any] = (await self.http.get(path)).json()
                if seen(body):
                    return body
                await asyncio.sleep(0.02)


@asynccontextmanager
async def school(path: Path) -> AsyncIterator[School]:
    """A sandbox of its own for a school."""
    async with sandbox(path / "home") as listening, client(listening, "edu-s") as http:
        yield School(http)


def stages(status: dict[str, Any]) -> list[str]:
    """The stages that the CRIP told."""
    return [told["stage"] for told in status["to"][0].get("acknowledged", ())]


async def test_whoever_is_late_answers_after_its_term(tmp_path: Path) -> None:
    """Not before the clock is moved; another case is answered at once."""
    async with school(tmp_path) as at:
        late, prompt = await at.event("sandbox:late"), await at.event("another")
        await at.until(f"/v1/referrals/{prompt}", lambda status: bool(stages(status)))
        waiting = (await at.http.get(f"/v1/referrals/{late}")).json()
        await at.move(5 * 24 * HOUR)
        behind = await at.until(f"/v1/referrals/{late}", lambda status: bool(stages(status)))

    assert stages(waiting) == []
    assert [duty["in_time"] for duty in behind["duties"] if duty["state"] == "closed"] == [False]


async def test_the_bus_refuses_for_the_reason_that_is_named(tmp_path: Path) -> None:
    """As if by the convention; a look-up on the case is refused too, and nothing ends."""
    async with school(tmp_path) as at:
        refused = await at.event("sandbox:refuse=not_informed")
        path = f"/v1/referrals/{refused}"
        status = await at.until(path, lambda status: status["state"] == "refused")

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
    async with school(tmp_path) as at:
        await at.event(f"sandbox:{word} # {word}")
        await asyncio.sleep(0.1)
        await at.move(2)
        await at.until("/v1/inbox", lambda page: seen(page["items"]))


@pytest.mark.parametrize("text", ["nonsense", "refuse", "refuse=x", "late=1", "late nonsense"])
async def test_a_word_of_no_table_is_refused(text: str, tmp_path: Path) -> None:
    """So that who misspells one is told; the table is the program's own."""
    async with school(tmp_path) as at:
        refused = await at.send(f"sandbox:{text}")
        table = (await at.http.get("/sandbox")).json()["words"]

    assert (refused.status_code, refused.json()["code"]) == (422, "code_unknown")
    assert [row["word"] for row in table] == list(WORDS)
    assert all(row["means"] for row in table)
