"""A partner's commands against agencies in memory, from a record to its outcome."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import anyio.from_thread
import anyio.to_thread
import httpx
import orjson

from tests.samples import sample
from tests.services.agency.bench import Bench, bearer
from tests.services.cli.partner.conftest import Run


async def typed(run: Run, bench: Bench, desk: str, *arguments: str) -> Any:
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


async def test_a_record_is_sent_and_read_and_something_is_owed_for_it(
    run: Run, school: Bench, council: Bench, tmp_path: Path
) -> None:
    """What is let through and what is not, in words; what arrived; what is owed by when."""
    record = sample("education", "information_preoccupante")
    (tmp_path / "record.json").write_bytes(orjson.dumps(record))
    desk = ("--desk", "crip")

    sent = await typed(run, school, "edu-s", "send", "RECORD", "--desk", "edu-s")
    school.settle()
    inbox = await typed(run, council, "crip", "inbox", *desk)
    owed = await typed(run, council, "crip", "inbox", *desk, "--owed")

    assert sent.exit_code == 0, sent.output
    assert "→ crip: let through, clause R01\n      it gets: " in sent.stdout
    assert "not published for crip: " in sent.stdout
    assert not {"FACTS", "hard_denial"} & set(sent.stdout.split())
    for shown in (inbox, owed):
        assert "a reply on the final outcome (R39)" in shown.stdout


async def test_what_a_desk_does_not_get_is_said_last(
    run: Run, council: Bench, tmp_path: Path
) -> None:
    """So that nobody takes a part for the whole."""
    council.world.clock.advance(82 * 86_400)  # the sample's
    record = sample("child_welfare", "runaway", call=None)
    (tmp_path / "record.json").write_bytes(orjson.dumps(record))
    send = ("send", "RECORD", "--desk", "home-1")

    tried = await typed(run, council, "home-1", *send, "--dry-run")
    sent = await typed(run, council, "home-1", *send)

    assert tried.stdout.splitlines()[-1] == "only in part: nothing would be sent to POL"
    told = sent.stdout.splitlines()
    assert (told[0], told[-1]) == ("published in part", "only in part: nothing was sent to POL")


async def test_what_nobody_gets_ends_with_1(run: Run, school: Bench, tmp_path: Path) -> None:
    """No clause lets it through, or no call is logged: what is possible instead, or missing."""
    file, desk = tmp_path / "record.json", ("--desk", "edu-h-1")
    file.write_bytes(orjson.dumps(sample("education", "police_notification")))
    attempt = await typed(run, school, "edu-h-1", "send", "RECORD", *desk)
    file.write_bytes(orjson.dumps(sample("education", "signalement", call=None)))
    refused, tried = [
        await typed(run, school, "edu-h-1", "send", "RECORD", *desk, *more)
        for more in ((), ("--dry-run",))
    ]

    assert [one.exit_code for one in (attempt, refused, tried)] == [1, 1, 1]
    assert "nothing was sent, the attempt is recorded" in attempt.stdout
    assert "possible instead: child-concern alert → Child-concern intake" in attempt.stdout
    assert "\npublished" not in attempt.stdout
    for sent in (refused, tried):
        assert "\nrefused: nothing_to_publish\n" in sent.stdout
        assert "phone call first, and none is logged (field `call`)" in sent.stdout
        assert "→ crip: nothing let through, clause R11.1" in sent.stdout
