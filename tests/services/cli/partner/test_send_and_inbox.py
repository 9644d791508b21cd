"""`relais send` and `relais inbox`: one key for every try, and answers for people or machines."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from contracts.errors import UsageError
from services.cli.common import http_client
from services.cli.partner import at_desk
from services.cli.partner.inbox import _text as told
from tests.services.cli.partner.conftest import Run

ANSWER: dict[str, Any] = {
    "events": ["e-1"], "case": "c-1", "dry_run": False, "published": [],
    "to": [{"desk": "crip", "verdict": "release", "clause": "R01", "scopes": ["FACTS"],
            "left_out": [], "reasons": [], "doors": []}],
    "left_out": [{"field": "medical_file", "desk": "crip", "scope": "HEALTH",
                  "reasons": ["hard_denial"]}],
}  # fmt: skip
Handler = Callable[[httpx.Request], httpx.Response]
UNPUBLISHED: Final = "nothing was published"


@pytest.mark.parametrize(
    ("agency", "body", "desk", "told"),
    [
        ("child_welfare", b'{"kind":"crip_signalement"}', "crip", ""),  # one desk: no choice
        (
            "education", b'{"kind":"information_preoccupante"}', "edu-s",
            "--desk also edu-m, edu-h-1, edu-h-2",
        ),
        ("education", b"{", "edu-s", ""),  # no record: any desk's service refuses it
        ("education", b'"x"', "edu-s", ""),
    ],
)  # fmt: skip
def test_an_agency_sends_by_its_first_desk_that_files_the_kind(
    run: Run, tmp_path: Path, agency: str, body: bytes, desk: str, told: str
) -> None:
    """By the kind of record; and says so where other desks file it too."""
    (tmp_path / "record.json").write_bytes(body)

    result = run(lambda _: httpx.Response(202, json=ANSWER), "send", "RECORD", "--agency", agency)

    assert result.exit_code == 0
    assert http_client.desks_for(tmp_path, agency, body)[0] == desk
    assert told in result.stderr
    assert bool(result.stderr) == bool(told)


def test_a_fault_of_the_whole_record_is_not_at_nothing(run: Run) -> None:
    """Its place is empty in the document; people are told where that is."""
    problem = {"code": "field_unknown", "errors": [{"place": "", "expected": "no other than to"}]}
    refused = run(lambda _: httpx.Response(422, json=problem), "send", "RECORD", "--desk", "edu-s")

    assert "  at the record itself, expected: no other than to\n" in refused.stdout


def never_there(_: httpx.Request) -> httpx.Response:
    """No service listens."""
    raise httpx.ConnectError("away")


def went_silent(_: httpx.Request) -> httpx.Response:
    """A service took the record and did not answer."""
    raise httpx.ReadTimeout("silent")


def not_now(_: httpx.Request) -> httpx.Response:
    """A service whose Kafka is away."""
    return httpx.Response(503, json={})


@pytest.mark.parametrize(
    ("handler", "words", "said"),
    [
        (never_there, "send RECORD", ["got nobody at http://test", "`relais up`", UNPUBLISHED]),
        (never_there, "inbox", ["got nobody at http://test", "`relais up`"]),
        (
            went_silent,
            "send RECORD",
            ["within 40 s", "`kill -CONT` resumes it", "again with --key"],
        ),
        (went_silent, "send RECORD --dry-run", [UNPUBLISHED]),
        (went_silent, "inbox", ["got no answer from http://test within 40 s", "`kill -CONT`"]),
        (not_now, "send RECORD", ["try again with --key"]),
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
        "send RECORD", "send RECORD --agency education", "send RECORD --agency nobody",
        "send RECORD --desk nobody", "send RECORD --desk pol --agency education",
        "send missing.json --desk pol", "send EMPTY --desk edu-s", "inbox --desk nobody",
        "reply EVENT --desk crip --stage read", "reply EVENT --desk crip --stage accepted --final",
        "reply EVENT --desk crip --status judge_seized --stage received",
    ],
)  # fmt: skip
def test_wrong_use_is_exit_code_2(run: Run, tmp_path: Path, words: str) -> None:
    """Nothing is sent when it is not clear who sends what; an empty file is named."""
    (tmp_path / "empty").write_bytes(b"\n")
    given = words.replace("EMPTY", str(tmp_path / "empty")).split()

    result = run(lambda _: pytest.fail("it was sent"), *given)

    assert result.exit_code == 2
    assert "EMPTY" not in words or f"no_record at {tmp_path / 'empty'}: got an" in result.stderr


def test_warnings_are_told_to_people_too(run: Run) -> None:
    """What a desk lacks: the field, or what came instead of it."""
    remark = {"cause": "no_facts", "got": "an alert without facts", "expected": "a summary"}
    call = {"cause": "no_call", "got": "nothing", "expected": "the call that came first"}
    warnings = [remark | {"desk": "crip"}, call | {"desk": "pol", "place": "call"}]
    answer = ANSWER | {"outcome": "published", "warnings": warnings}

    result = run(lambda _: httpx.Response(202, json=answer), "send", "RECORD", "--desk", "edu-s")

    assert "  crip: an alert without any fact can hardly be assessed\n" in result.stdout
    assert "and none is logged (field `call`)\n" in result.stdout


def test_an_inbox_is_read_to_its_end(run: Run) -> None:
    """Page after page by its cursor, one JSON object a line."""
    pages = {"": ([{"event": "a"}], "1"), "1": ([{"event": "b"}], "2"), "2": ([], "2")}

    def handler(request: httpx.Request) -> httpx.Response:
        items, cursor = pages[request.url.params["after"]]
        return httpx.Response(200, json={"items": items, "cursor": cursor})

    result = run(handler, "inbox", "--desk", "CRIP", "--format", "json")

    lines = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert lines == [{"event": "a"}, {"event": "b"}]


def test_a_desk_of_an_agency_without_a_service_is_told_which_agency_that_is(tmp_path: Path) -> None:
    """A sandbox plays one agency's desks, and has the others' tokens."""
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "crip").write_text("secret")

    with pytest.raises(UsageError, match="address_unknown at child_welfare"):
        http_client.client(tmp_path, "child_welfare", "crip")


PAGE = {"content-type": "text/html"}


def asked(*answers: httpx.Response) -> tuple[httpx.Response, list[str]]:
    """What a service that answers so in a row is taken to have said; the keys that came."""
    left, keys = iter(answers), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return next(left)

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://a") as client:
        request = client.build_request("POST", "/x", headers={"Idempotency-Key": "mine"})
        came, _sent = at_desk.exchanged(client, request, tries=5)
    assert isinstance(came, httpx.Response)
    return came, keys


@pytest.mark.parametrize("status", [200, 302, 502, 503, 504])
def test_what_a_proxy_says_is_no_answer(status: int) -> None:
    """A page in the service's stead, and then the service: asked again under the same key."""
    answer, keys = asked(httpx.Response(status, headers=PAGE), httpx.Response(202))

    assert (answer.status_code, keys) == (202, ["mine"] * 2)


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (404, 1), (422, 1), (429, 5)])
def test_a_refusal_is_an_answer_and_a_limit_where_it_lasts(status: int, tries: int) -> None:
    """What would be refused again is not tried again."""
    answer, keys = asked(*[httpx.Response(status)] * 5)

    assert (answer.status_code, keys) == (status, ["mine"] * tries)


def test_a_redirect_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To another host least of all."""
    monkeypatch.setenv("RELAIS_TOKEN", "secret")
    hosts: list[str] = []

    def moved(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://evil.example/v1/duties"})

    client: Any = http_client.client(tmp_path, "education", "edu-s", "http://school")
    with client:
        client._transport = httpx.MockTransport(moved)
        answer, _sent = at_desk.exchanged(
            client, client.build_request("GET", "/v1/duties"), tries=5
        )

    assert isinstance(answer, httpx.Response)
    assert (answer.status_code, hosts) == (307, ["school"])


ITEM: Final[dict[str, Any]] = {
    "event": "e-1", "case": "c-1", "realm": "civil", "from": "edu-s", "type": "IP",
    "delivered_at": "2026-10-02T12:05:00Z",
}  # fmt: skip


def test_an_arrival_is_told_in_words() -> None:
    """Scopes, members and coded values; what an author wrote stays as it is written."""
    parts = {
        "RISK": {"level": "high", "flags": ["violence"], "appraisal": "high"},
        "FACTS": {"facts": [{"observed": "Pleure.", "observed_on": "2026-10-01"}]},
        "PROCEDURE.hearing": {"at": 1_790_000_000, "place": "home"},
    }

    english = told(ITEM | {"parts": parts, "owes": []})

    assert "observed on: 1\u00a0October 2026" in english
    assert "level: high" in english
    assert not {"RISK:", "FACTS:", "flags:", "observed_on:"} & set(english.split())


def test_an_arrival_that_was_erased_is_told_without_codes() -> None:
    """Its kind by name, and why nothing of it can be read."""
    text = told(ITEM | {"error": "not_kept"})

    assert "Child-concern alert, from edu-s" in text
    assert "erased" in text
    assert "not_kept" not in text
