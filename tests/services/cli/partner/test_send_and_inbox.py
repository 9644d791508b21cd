"""`relais send` and `relais inbox`: one key for every try, and answers for people or machines.

Answers are a function's, or of agencies in memory, from a record to its outcome.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import AsyncMock, Mock

import anyio.from_thread
import anyio.to_thread
import httpx
import orjson
import pytest

from contracts.errors import UsageError
from services.cli.partner import at_desk
from services.cli.partner.inbox import _text as told
from services.operate.joining import checking
from tests.samples import sample
from tests.services.agency.bench import Bench, bearer
from tests.services.agency.conftest import council, school
from tests.services.operate.joining.test_joining import Joined, joined, relais
from tests.shell import invoke, lines_of

__all__ = ["council", "joined", "school"]  # fixtures
ANSWER: dict[str, Any] = {
    "events": ["e-1"], "case": "c-1", "dry_run": False, "published": [],
    "to": [{"desk": "crip", "verdict": "release", "clause": "R01", "scopes": ["FACTS"],
            "left_out": [], "reasons": [], "doors": []}],
    "left_out": [{"field": "medical_file", "desk": "crip", "scope": "HEALTH",
                  "reasons": ["hard_denial"]}],
}  # fmt: skip
Handler = Callable[[httpx.Request], httpx.Response]
Run = Callable[..., Any]
UNPUBLISHED: Final = "nothing was published"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command where a file `record` lies, against a service that a function plays."""
    monkeypatch.setenv("RELAIS_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "record").write_text("{}")

    def run(handler: Handler, *words: str) -> Any:
        client = httpx.Client(transport=httpx.MockTransport(handler), base_url="http://test")
        monkeypatch.setattr(at_desk, "client_of", lambda *_: client)
        return invoke(*words)

    return run


@pytest.mark.parametrize(
    ("agency", "told"),
    [("police", ""), ("education", "sent by edu-s; with --desk also edu-m, edu-h-1, edu-h-2\n")],
)
def test_an_agency_sends_by_its_first_desk(run: Run, agency: str, told: str) -> None:
    """And says so where it has others."""
    result = run(lambda _: httpx.Response(202, json=ANSWER), "send", "record", "--agency", agency)

    assert (result.exit_code, result.stderr) == (0, told)


def test_a_fault_of_the_whole_record_is_not_at_nothing(run: Run) -> None:
    """Its place is empty in the document; people are told where that is."""
    problem = {"code": "field_unknown", "errors": [{"place": "", "expected": "no other than to"}]}
    refused = run(lambda _: httpx.Response(422, json=problem), "send", "record", "--desk", "edu-s")

    assert "  at the record itself, expected: no other than to\n" in refused.stdout


NEVER_THERE: Final = Mock(side_effect=httpx.ConnectError("away"))  # no service listens
WENT_SILENT: Final = Mock(side_effect=httpx.ReadTimeout("silent"))  # it took the record
NOT_NOW: Final = Mock(return_value=httpx.Response(503, json={}))  # its Kafka is away
# A server that ends amid an answer, or what stands before it.
BROKE_OFF: Final = Mock(return_value=httpx.Response(500, text="Internal Server Error"))


@pytest.mark.parametrize(
    ("handler", "words", "said"),
    [
        (NEVER_THERE, "send record", ["got nobody at http://test", "`relais up`", UNPUBLISHED]),
        (NEVER_THERE, "inbox", ["got nobody at http://test", "`relais up`"]),
        (WENT_SILENT, "send record", ["within 40 s", "again with --key"]),
        (WENT_SILENT, "send record --dry-run", [UNPUBLISHED]),
        (WENT_SILENT, "inbox", ["got no answer from http://test within 40 s"]),
        (NOT_NOW, "send record", ["try again with --key"]),
        (BROKE_OFF, "send record", ["got 500", "try again with --key"]),
    ],
)
def test_who_gets_no_answer_is_told_why_and_whether_something_may_have_been_published(
    run: Run, handler: Handler, words: str, said: list[str]
) -> None:
    """One that is not there is to be started; of one that hangs, a key finds what it did."""
    result = run(handler, *words.split(), "--desk", "edu-s")

    last = result.stderr.splitlines()[-1]
    assert result.exit_code == 3
    assert [word for word in said if word not in last] == []
    assert UNPUBLISHED in said or UNPUBLISHED not in last
    assert not re.search("Timeout|Error", result.output)


@pytest.mark.parametrize(
    "words",
    [
        "send record", "send record --agency nobody",
        "send record --desk nobody", "send record --desk pol --agency education",
        "send missing.json --desk pol", "send empty --desk edu-s", "inbox --desk nobody",
    ],
)  # fmt: skip
def test_wrong_use_is_exit_code_2(run: Run, tmp_path: Path, words: str) -> None:
    """Nothing is sent when it is not clear who sends what; an empty file is named."""
    (tmp_path / "empty").write_bytes(b"\n")

    result = run(lambda _: pytest.fail("it was sent"), *words.split())

    assert result.exit_code == 2
    assert "empty" not in words or "no_record at empty: got an" in result.stderr


def test_warnings_are_told_to_people_too(run: Run) -> None:
    """What a desk lacks: the field, or what came instead of it."""
    remark = {"cause": "no_facts", "got": "an alert without facts", "expected": "a summary"}
    call = {"cause": "no_call", "got": "nothing", "expected": "the call that came first"}
    warnings = [remark | {"desk": "crip"}, call | {"desk": "pol", "place": "call"}]
    answer = ANSWER | {"outcome": "published", "warnings": warnings}

    result = run(lambda _: httpx.Response(202, json=answer), "send", "record", "--desk", "edu-s")

    assert "  crip: an alert without any fact can hardly be assessed\n" in result.stdout
    assert "and none is logged (field `call`)\n" in result.stdout


def test_an_inbox_is_read_to_its_end(run: Run) -> None:
    """Page after page by its cursor, one JSON object a line."""
    pages = {"": ([{"event": "a"}], "1"), "1": ([{"event": "b"}], "2"), "2": ([], "2")}

    def handler(request: httpx.Request) -> httpx.Response:
        items, cursor = pages[request.url.params.get("after", "")]
        return httpx.Response(200, json={"items": items, "cursor": cursor})

    result = run(handler, "inbox", "--desk", "CRIP", "--format", "json")

    assert lines_of(result.stdout) == [{"event": "a"}, {"event": "b"}]


def test_what_the_home_lacks_is_told(tmp_path: Path) -> None:
    """A desk's token; a service: a sandbox plays one agency's desks, and has the others' tokens."""
    with pytest.raises(UsageError, match="token_missing"):
        at_desk.client_of(tmp_path, "child_welfare", "crip")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "crip").write_text("secret")

    with pytest.raises(UsageError, match="address_unknown at child_welfare"):
        at_desk.client_of(tmp_path, "child_welfare", "crip")


@pytest.mark.parametrize(("status", "exit_code"), [(202, 0), (422, 1), (429, 1), (503, 3)])
def test_a_record_is_sent_once_under_the_key_that_was_given(
    run: Run, status: int, exit_code: int
) -> None:
    """By the same key whoever types it again publishes nothing twice."""
    service = Mock(return_value=httpx.Response(status, json=ANSWER if status == 202 else {}))

    result = run(service, "send", "record", "--desk", "edu-s", "--key", "mine")

    keys = [call.args[0].headers["idempotency-key"] for call in service.call_args_list]
    assert (result.exit_code, keys) == (exit_code, ["mine"])


ITEM: Final[dict[str, Any]] = {
    "event": "e-1", "case": "c-1", "realm": "civil", "from": "edu-s", "type": "IP",
    "delivered_at": "2026-10-02T12:05:00Z",
}  # fmt: skip


def test_an_arrival_has_its_content_as_the_interface_has_it() -> None:
    """What an author wrote stays as it is written, and moves no terminal's cursor."""
    parts = {
        "RISK": {"level": "high", "flags": ["violence"], "appraisal": "high"},
        "FACTS": {"facts": [{"observed": "Très triste.", "observed_on": "2026-10-01"}]},
        "PERSON": {"note": "\x1b[2J"},
        "PROCEDURE.hearing": {"at": 1_790_000_000, "place": "home"},
    }

    lines = told(ITEM | {"parts": parts, "owes": []}).splitlines()

    assert {"    RISK:", "      level: high", "      - observed: Très triste."} <= set(lines)
    assert not [line for line in lines if "\x1b" in line]


def test_an_arrival_that_was_erased_is_told_without_codes() -> None:
    """Its kind by name, and why nothing of it can be read."""
    text = told(ITEM | {"error": "not_kept"})

    assert "Child-concern alert, from edu-s" in text
    assert "erased" in text
    assert "not_kept" not in text


EVENT: Final = "019a2f4e-0000-7000-8000-000000000001"
OWED = {
    "id": "d-1", "act": "R39:final", "event": EVENT, "issuer": "edu-s", "debtor": "crip",
    "creditor": "edu-s", "due": "2026-12-01T00:00:00Z", "legal": True, "realm": "civil",
    "case": "c-1", "state": "open", "overdue": True,
}  # fmt: skip


def test_duties_are_shown_with_their_deadline(run: Run) -> None:
    """For people as a table; as data, what the service says."""

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.params["desk"] == "crip"
        return httpx.Response(200, json={"desk": "crip", "items": [OWED]})

    told = run(handler, "inbox", "--desk", "CRIP", "--owed")
    data = run(handler, "inbox", "--desk", "CRIP", "--owed", "--format", "json")

    assert (told.exit_code, data.exit_code) == (0, 0)
    line = "1\u00a0December 2026 at 01:00 *  overdue  a reply on the final outcome (R39)  edu-s"
    assert line in told.stdout  # Paris is an hour ahead of UTC in winter
    assert EVENT in told.stdout
    assert lines_of(data.stdout) == [OWED]


async def typed(run: Run, bench: Bench, desk: str, *words: str) -> Any:
    """A command as a desk types it, its requests answered by the bench's service."""

    async def asked(request: httpx.Request) -> httpx.Response:
        headers = {**request.headers, **bearer(desk)}
        return await bench.client.request(
            request.method, str(request.url), content=request.content, headers=headers
        )

    def handler(request: httpx.Request) -> httpx.Response:
        found = anyio.from_thread.run(asked, request)
        return httpx.Response(found.status_code, content=found.content)

    return await anyio.to_thread.run_sync(partial(run, handler, *words, "--desk", desk))


async def test_a_record_is_sent_and_read_and_something_is_owed_for_it(
    run: Run, school: Bench, council: Bench, tmp_path: Path
) -> None:
    """What is let through and what is not, in words; what arrived; what is owed by when."""
    record = sample("education", "information_preoccupante")
    (tmp_path / "record").write_bytes(orjson.dumps(record))

    sent = await typed(run, school, "edu-s", "send", "record")
    school.settle()
    inbox = await typed(run, council, "crip", "inbox")
    owed = await typed(run, council, "crip", "inbox", "--owed")

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
    (tmp_path / "record").write_bytes(orjson.dumps(record))

    tried = await typed(run, council, "home-1", "send", "record", "--dry-run")
    sent = await typed(run, council, "home-1", "send", "record")

    assert tried.stdout.splitlines()[-1] == "only in part: nothing would be sent to POL"
    told = sent.stdout.splitlines()
    assert (told[0], told[-1]) == ("published in part", "only in part: nothing was sent to POL")


async def test_what_nobody_gets_ends_with_1(run: Run, school: Bench, tmp_path: Path) -> None:
    """No clause lets it through, or no call is logged: what is possible instead, or missing."""
    file = tmp_path / "record"
    file.write_bytes(orjson.dumps(sample("education", "police_notification")))
    attempt = await typed(run, school, "edu-h-1", "send", "record")
    file.write_bytes(orjson.dumps(sample("education", "signalement", call=None)))
    refused, tried = [
        await typed(run, school, "edu-h-1", "send", "record", *more)
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


def test_a_folder_that_is_not_ready_is_told_what_it_lacks(joined: Joined, tmp_path: Path) -> None:
    """Brokers, an answer, a certificate, which is not made anew."""
    own, new = Path(shutil.copytree(joined.partner, tmp_path / "own")), tmp_path / "new"
    settings = json.loads((own / "settings.json").read_bytes())
    relais("partner", "new", "asso-3", "--role", "ASSO", "--folder", new)
    kept = (own / "client.pem").rename(tmp_path / "client.pem")

    assert "no_answer_yet" in relais("partner", "check", "--folder", new, code=2)
    assert "client.pem" in relais("partner", "check", "--folder", own, code=2)
    assert not (own / "client.pem").exists()
    kept.rename(own / "client.pem")
    (own / "settings.json").write_text(json.dumps(settings | {"kafka": "127.0.0.1:9"}))
    assert "kafka_unreachable" in relais("partner", "check", "--folder", own, code=3)


def test_a_right_too_many_is_found(joined: Joined, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another agency's inbox, or the log, is shown to us."""
    desks = {"crip": SimpleNamespace(agency="child_welfare")}
    directories = {"": SimpleNamespace(desks=desks)}
    registry = SimpleNamespace(in_force=lambda _at: ("", ""), directories=directories)
    shown = AsyncMock(side_effect=lambda _kafka, names, _client: frozenset(names))
    monkeypatch.setattr(checking, "read_registry", AsyncMock(return_value=registry))
    monkeypatch.setattr(checking, "visible", shown)

    said = relais("partner", "check", "--folder", joined.partner, code=1)

    assert "not_refused" in said
    assert "relais.civil.inbox.child_welfare" in said
