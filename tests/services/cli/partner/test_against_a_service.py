"""A partner's commands against agencies in memory, from a record to its outcome."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio.from_thread
import anyio.to_thread
import httpx
import orjson
import pytest

from tests.samples import sample
from tests.services.agency.bench import Bench, bearer


async def typed(run: Callable[..., Any], bench: Bench, desk: str, *arguments: str) -> Any:
    """A command as a desk types it, its requests answered by the bench's service."""

    async def asked(request: httpx.Request) -> httpx.Response:
        headers = {**request.headers, **bearer(desk)}
        return await bench.client.request(
            request.method, str(request.url), content=request.content, headers=headers
        )

    def handler(request: httpx.Request) -> httpx.Response:
        found = anyio.from_thread.run(asked, request)
        return httpx.Response(found.status_code, content=found.content)

    return await anyio.to_thread.run_sync(partial(run, handler, *arguments))


async def test_a_record_is_answered_to_its_outcome(
    run: Callable[..., Any], school: Bench, council: Bench, tmp_path: Path
) -> None:
    """Sent, read, acknowledged, given an outcome; what was owed for it is owed no more."""
    record = sample("education", "information_preoccupante")
    (tmp_path / "record.json").write_bytes(orjson.dumps(record))
    desk = ("--desk", "crip")

    sent = await typed(run, school, "edu-s", "send", "RECORD", "--desk", "edu-s")
    school.settle()
    inbox = await typed(run, council, "crip", "inbox", *desk, "--format", "json")
    event = orjson.loads(inbox.stdout.splitlines()[0])["event"]
    owed = await typed(run, council, "crip", "inbox", *desk, "--owed")
    stage = await typed(run, council, "crip", "reply", event, *desk)
    again = await typed(run, council, "crip", "reply", event, *desk)
    outcome = await typed(run, council, "crip", "reply", event, *desk, "--outcome", "closed")
    council.settle()
    after = await typed(run, council, "crip", "inbox", *desk, "--owed")

    assert sent.exit_code == 0, sent.output
    assert "→ crip: release by R01\n      it gets: " in sent.stdout
    assert "not published for crip: " in sent.stdout
    assert not {"FACTS", "hard_denial"} & set(sent.stdout.split())
    assert "a reply on the final outcome (R39)" in owed.stdout
    assert (stage.exit_code, stage.stdout) == (again.exit_code, again.stdout)  # once a stage
    assert stage.stdout.startswith("acknowledged: received\n  event ")
    assert outcome.exit_code == 0, outcome.output
    assert "a reply on the final outcome (R39)" not in after.stdout


async def test_a_desk_that_no_clause_allows_ends_with_1(
    run: Callable[..., Any], school: Bench, tmp_path: Path
) -> None:
    """Nothing was sent: the command says so, and what is possible instead."""
    record = sample("education", "police_notification")
    (tmp_path / "record.json").write_bytes(orjson.dumps(record))

    sent = await typed(run, school, "edu-h-1", "send", "RECORD", "--desk", "edu-h-1")

    assert sent.exit_code == 1
    assert "nothing was sent, the attempt is recorded" in sent.stdout
    door = "possible instead: child-concern alert → Child-concern intake unit (CRIP), R0"
    assert door in sent.stdout
    assert not [line for line in sent.stdout.splitlines() if line.startswith("published")]


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
async def test_a_signalement_without_its_call_ends_with_1(
    run: Callable[..., Any], school: Bench, tmp_path: Path, dry_run: tuple[str, ...]
) -> None:
    """Nobody gets anything: the command names the field, and says nothing was published."""
    record = sample("education", "signalement", call=None)
    (tmp_path / "record.json").write_bytes(orjson.dumps(record))

    sent = await typed(run, school, "edu-h-1", "send", "RECORD", "--desk", "edu-h-1", *dry_run)

    assert sent.exit_code == 1
    assert "\nrefused: nothing_to_publish\n" in sent.stdout
    assert "parq-civ: urgency supposes a phone call first, and none is logged (field `call`)" in (
        sent.stdout
    )
    assert "→ crip: withhold by R11.1" in sent.stdout


async def test_an_outcome_that_contradicts_itself_is_refused_in_words(
    run: Callable[..., Any], school: Bench, council: Bench
) -> None:
    """By the service; the command tells where and why, and ends with 1."""
    school.world.post("edu-s", sample("education", "information_preoccupante"))
    school.settle()
    desk = ("--desk", "crip")
    inbox = await typed(run, council, "crip", "inbox", *desk, "--format", "json")
    event = orjson.loads(inbox.stdout.splitlines()[0])["event"]

    given = await typed(
        run, council, "crip", "reply", event, *desk, "--outcome", "closed", "--on", "2026-02-30"
    )

    assert given.exit_code == 1
    assert "place: on" in given.stdout
