"""`relais referrals`: what a desk has sent, and where each event stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.samples import sample
from tests.services.agency.bench import Bench
from tests.services.cli.partner.conftest import Run
from tests.services.cli.partner.test_against_a_service import typed
from tests.shell import lines_of

EVENT = "019a2f4e-0000-7000-8000-00000000000"
TO_CRIP = {"desk": "crip", "state": "delivered", "acknowledged": []}


def stands(at: int, **more: Any) -> dict[str, Any]:
    """Where an own event stands, as the service says it."""
    item = {
        "event": f"{EVENT}{at}", "type": "IP", "realm": "civil", "case": "c-1", "state": "decided",
        "issued": "2026-10-03T12:05:00Z", "attempt": False, "withdrawn": False, "duties": [],
        "overdue": False, "to": [TO_CRIP],
    }  # fmt: skip
    return item | more


def test_all_pages_are_one_list(run: Run) -> None:
    """For people as for programs, each event once, from where `--after` says."""
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        at = int(request.url.params["after"][-1])
        asked.append(request.url.params["after"])
        page = {"items": [stands(at + 1)], "cursor": f"{EVENT}{at + 1}", "more": at < 2}
        return httpx.Response(200, json={"desk": "edu-s", **page})

    told = run(handler, "referrals", "--desk", "EDU-S", "--after", f"{EVENT}0")
    data = run(handler, "referrals", "--desk", "EDU-S", "--after", f"{EVENT}0", "--format", "json")

    rows = told.stdout.splitlines()[1:]
    assert [row.split()[-1] for row in rows] == [f"{EVENT}{at}" for at in (1, 2, 3)]
    assert all("child-concern alert" in row and "crip: delivered" in row for row in rows)
    assert asked == [f"{EVENT}{at}" for at in (0, 1, 2)] * 2
    assert lines_of(data.stdout) == [stands(at) for at in (1, 2, 3)]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"state": "quarantined", "code": "x"}, "could not be routed: x"),
        ({"overdue": True}, "crip: delivered; an answer is overdue"),
        ({"attempt": True}, "child-concern alert (attempt)"),
        ({"to": [TO_CRIP | {"withdrawn": True}]}, "crip: withdrawn"),
    ],
)
def test_a_line_says_how_far_an_event_is(run: Run, item: dict[str, Any], said: str) -> None:
    """At each desk, and whether something is wrong with it."""
    page = {"desk": "edu-s", "items": [stands(1, **item)], "cursor": "c", "more": False}

    result = run(lambda _: httpx.Response(200, json=page), "referrals", "--desk", "edu-s")

    assert result.exit_code == 0, result.output
    assert said in result.stdout


async def test_an_event_is_followed_to_its_acknowledgement(
    run: Run, school: Bench, council: Bench, tmp_path: Path
) -> None:
    """On its way, delivered by a clause, acknowledged; with what is owed for it, done and to do."""
    record = sample("education", "information_preoccupante")
    (tmp_path / "record.json").write_bytes(orjson.dumps(record))
    desk = ("--desk", "edu-s")
    await typed(run, school, "edu-s", "send", "RECORD", *desk)
    sent = await typed(run, school, "edu-s", "referrals", *desk)
    event = sent.stdout.split()[-1]
    school.settle()
    await typed(run, council, "crip", "reply", event, "--desk", "crip")
    council.settle()

    inbox = await typed(run, council, "crip", "inbox", "--desk", "crip")
    one = await typed(run, school, "edu-s", "referrals", event, *desk)
    data = await typed(run, school, "edu-s", "referrals", event, *desk, "--format", "json")
    unknown = await typed(run, school, "edu-s", "referrals", "nobody's", *desk)

    assert (unknown.exit_code, "refused: event_unknown" in unknown.stderr) == (1, True)
    assert "crip: on its way" in sent.stdout
    assert "→ crip: delivered by R01" in one.stdout
    assert "not published: named third parties; health (full data)" in one.stdout
    assert "it says: received, on" in one.stdout
    owed = [line for line in one.stdout.splitlines() if "owed by crip" in line]
    assert [line.rpartition(": ")[2] for line in owed] == ["done", "to do"]
    assert orjson.loads(data.stdout)["to"][0]["state"] == "delivered"
    assert "a reply on the final outcome (R39)" in inbox.stdout
    assert "acknowledgement of receipt" not in inbox.stdout  # given: owed no more


async def test_a_desk_that_was_left_out_is_told_why(
    run: Run, council: Bench, tmp_path: Path
) -> None:
    """As the answer to the record told it."""
    council.world.clock.advance(82 * 86_400)  # the sample's
    record = sample("child_welfare", "runaway", call=None)
    (tmp_path / "record.json").write_bytes(orjson.dumps(record))
    desk = ("--desk", "home-1")
    tried = await typed(run, council, "home-1", "send", "RECORD", *desk, "--dry-run")
    sent = await typed(run, council, "home-1", "send", "RECORD", *desk)
    found = await typed(run, council, "home-1", "referrals", *desk)

    one = await typed(run, council, "home-1", "referrals", found.stdout.split()[-1], *desk)

    assert tried.stdout.splitlines()[-1] == "only in part: nothing would be sent to POL"
    told = sent.stdout.splitlines()
    assert (told[0], told[-1]) == ("published in part", "only in part: nothing was sent to POL")
    assert "pol: nothing was sent" in found.stdout
    said = one.stdout.partition("→ pol: nothing was sent by R33\n")[2]
    assert said.lstrip().startswith("because urgency supposes a phone call first")
