"""What a record's reference asks for befalls its case: every word of the table that the program prints."""

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

    async def send(self, reference: str, **headers: str) -> httpx.Response:
        """A concern with a reference."""
        record = sample("education", "information_preoccupante", reference=reference)
        return await self.http.post("/v1/referrals", json=record, headers=headers)

    async def event(self, reference: str) -> str:
        """The id of a concern that was taken."""
        sent = await self.send(reference)
        (event,) = sent.json()["events"]
        return str(event)

    async def status(self, event: str, until: Seen) -> dict[str, Any]:
        """Where an event stands, once it stands so."""
        return await self._until(f"/v1/referrals/{event}", until)

    async def inbox(self, until: Seen) -> dict[str, Any]:
        """The whole inbox, once something is seen in it."""
        return await self._until("/v1/inbox", until)

    async def move(self, seconds: int) -> None:
        """Move the sandbox's clock."""
        moved = await self.http.post("/sandbox/clock", json={"seconds": seconds})
        assert moved.status_code == 200, moved.text

    async def _until(self, path: str, until: Seen) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                body: dict[str, Any] = (await self.http.get(path)).json()
                if until(body):
                    return body
                await asyncio.sleep(0.02)


@asynccontextmanager
async def school(path: Path, faults: str = "") -> AsyncIterator[School]:
    """A sandbox of its own for a school, with a file of faults if there is one to be."""
    file = path / "faults.yaml"
    file.write_text(faults)
    async with (
        sandbox(path / "home", faults=file if faults else None) as listening,
        client(listening, "edu-s") as http,
    ):
        yield School(http)


def stages(status: dict[str, Any]) -> list[str]:
    """The stages that the CRIP told."""
    return [told["stage"] for told in status["to"][0]["acknowledged"]]


async def test_the_other_desks_act_as_the_reference_says(tmp_path: Path) -> None:
    """silent, late, stage, declined, outcome, withdrawn, asks."""
    async with school(tmp_path) as at:
        silent, late = await at.event("sandbox:silent"), await at.event("sandbox:late")
        told = await at.event("sandbox:stage=accepted"), await at.event("sandbox:declined # 2")
        await at.event("sandbox:outcome=being_evaluated")
        await at.event("sandbox:withdrawn")
        await at.event("sandbox:asks")
        accepted = await at.status(told[0], lambda status: len(stages(status)) == 2)
        declined = await at.status(told[1], lambda status: len(stages(status)) == 2)
        arrived = await at.inbox(lambda inbox: len(inbox["items"]) >= 4)
        waiting = (await at.http.get(f"/v1/referrals/{late}")).json()
        await at.move(5 * 24 * HOUR)
        behind = await at.status(late, lambda status: bool(stages(status)))
        owing = await at.status(silent, lambda status: bool(status["overdue"]))

    assert (stages(accepted)[-1], stages(declined)[-1]) == ("accepted", "declined")
    assert stages(waiting) == stages(owing) == []
    assert [duty["in_time"] for duty in behind["duties"] if duty["state"] == "closed"] == [False]
    types = sorted(
        (item.get("type", ""), item.get("withdrawn", False)) for item in arrived["items"]
    )
    assert types == [
        ("EVALREQ", False), ("FEEDBACK", False), ("FEEDBACK", True), ("WITHDRAW", False),
    ]  # fmt: skip


async def test_the_bus_does_as_the_reference_says(tmp_path: Path) -> None:
    """refuse, drop, delay."""
    async with school(tmp_path) as at:
        refused = await at.event("sandbox:refuse=not_informed")
        lost = await at.event("sandbox:drop")
        late = await at.event("sandbox:delay=3600")
        status = await at.status(refused, lambda status: status["state"] == "refused")
        await asyncio.sleep(0.3)
        waiting = (await at.http.get(f"/v1/referrals/{late}")).json()
        await at.move(HOUR + 1)
        come = await at.status(late, lambda status: status["state"] == "decided")
        gone = (await at.http.get(f"/v1/referrals/{lost}")).json()

    assert status["to"][0]["reasons"] == ["not_informed"]
    assert (waiting["state"], gone["state"]) == ("published", "published")
    assert come["to"][0]["state"] == "delivered"


async def test_what_does_not_verify_is_an_item_without_content(tmp_path: Path) -> None:
    """A spoilt outcome and the second of two: each says why, and nothing of what it holds."""
    async with school(tmp_path) as at:
        await at.event("sandbox:outcome=closed corrupt")
        spoilt = await at.inbox(lambda inbox: any("error" in one for one in inbox["items"]))
    async with school(tmp_path) as at:
        await at.event("sandbox:outcome=closed duplicate")
        twice = await at.inbox(lambda inbox: len(inbox["items"]) >= 2)

    errors = {item["error"] for item in spoilt["items"]}
    assert errors == {"bad_signature"}
    assert all("parts" not in item for item in spoilt["items"] if "error" in item)
    assert [item["type"] for item in twice["items"] if "type" in item] == ["FEEDBACK"]


async def test_what_is_sealed_to_another_key_opens_for_nobody(tmp_path: Path) -> None:
    """An outcome that verifies and cannot be opened; what comes in another case opens as ever."""
    async with school(tmp_path) as at:
        await at.event("sandbox:outcome=closed unopenable")
        await at.event("sandbox:outcome=closed")
        arrived = await at.inbox(lambda inbox: len(inbox["items"]) == 2)

    assert {item["type"] for item in arrived["items"]} == {"FEEDBACK"}
    assert sorted(item.get("error", "") for item in arrived["items"]) == ["", "cannot_open"]


async def test_a_cursor_can_grow_too_old(tmp_path: Path) -> None:
    """cut: who has a cursor is told that less is kept, and begins with what is."""
    async with school(tmp_path) as at:
        before = (await at.http.get("/v1/inbox")).json()["cursor"]
        await at.event("sandbox:outcome=closed cut")
        begun = await at.inbox(lambda inbox: bool(inbox["items"]))
        gone = await at.http.get("/v1/inbox", params={"after": before})
        on = await at.http.get("/v1/inbox", params={"after": begun["cursor"]})

    assert (gone.status_code, gone.json()["code"]) == (410, "cursor_too_old")
    assert [item["error"] for item in begun["items"]] == ["not_kept"]
    assert on.status_code == 200


async def test_a_first_request_can_be_refused_or_not_answered(tmp_path: Path) -> None:
    """problem, unanswered: the retry is taken, and with its key gives one event."""
    async with school(tmp_path) as at:
        busy = await at.send("sandbox:problem=busy"), await at.send("sandbox:problem=busy")
        key = {"Idempotency-Key": "k-1"}
        away = (
            await at.send("sandbox:unanswered", **key),
            await at.send("sandbox:unanswered", **key),
        )
        events = (await at.http.get("/v1/referrals")).json()["items"]

    assert [one.status_code for one in (*busy, *away)] == [503, 202, 503, 202]
    assert [busy[0].json()["code"], away[0].json()["code"]] == ["busy", "kafka_unreachable"]
    assert busy[0].headers["retry-after"]
    assert len(events) == 2


async def test_a_word_that_is_in_no_table_is_refused(tmp_path: Path) -> None:
    """A slip of the pen would else be taken for a sandbox that does nothing."""
    async with school(tmp_path) as at:
        refused = [await at.send(f"sandbox:{word}") for word in ("slow", "delay=x", "late=1")]
        table = (await at.http.get("/sandbox")).json()

    assert [(one.status_code, one.json()["place"]) for one in refused] == [(422, "reference")] * 3
    assert [row["word"] for row in table["words"]] == list(WORDS)
    assert all(row["means"]["fr"] != row["means"]["en"] for row in table["words"])


async def test_a_file_steers_records_that_say_nothing(tmp_path: Path) -> None:
    """Each second record, and no record that steers itself."""
    async with school(tmp_path, "- {steer: problem=busy, every: 2}") as at:
        sent = [await at.send(f"a case {number}") for number in range(4)]
        own = await at.send("sandbox:silent")

    assert [one.status_code for one in (*sent, own)] == [202, 503, 202, 503, 202]


async def test_the_clock_goes_on_only_and_not_beyond_the_keys(tmp_path: Path) -> None:
    """What is asked otherwise is refused, and it stands where it was."""
    async with school(tmp_path) as at:
        moves: list[dict[str, Any]] = [
            {"seconds": 10**9},
            {"to": "2020-01-01T00:00:00Z"},
            {"to": "soon"},
        ]
        refused = [await at.http.post("/sandbox/clock", json=move) for move in moves]
        clock = (await at.http.get("/sandbox/clock")).json()
        on = await at.http.post("/sandbox/clock", json={"to": clock["until"]})

    assert [one.status_code for one in refused] == [422] * 3
    assert on.json()["now"] == clock["until"]
