"""An agency's HTTP: what it takes, what it answers, and what it never says."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from services.agency.http import inbox_routes
from services.agency.loops.incoming import Incoming
from tests.flows.directories import end_desk, place
from tests.patience import PATIENCE
from tests.samples import concern, sample
from tests.services.agency.bench import Bench, bearer, revive, serving

MARKER = "Zoe-canary-4711"
EVENT = "01939e3a-0000-7000-8000-000000000001"
ROUTES = [  # of a desk, with the query parameters that each has
    ("POST", "/v1/referrals", "desk, dry_run"),
    ("GET", "/v1/referrals", "after, desk, limit"),
    ("GET", f"/v1/referrals/{EVENT}", "desk"),
    ("POST", f"/v1/referrals/{EVENT}/withdraw", "desk"),
    ("GET", "/v1/inbox", "after, desk, limit, wait"),
    ("POST", f"/v1/inbox/{EVENT}/acknowledge", "desk"),
    ("POST", f"/v1/inbox/{EVENT}/outcome", "desk"),
    ("GET", "/v1/duties", "desk"),
    ("POST", "/check", "desk"),
    ("GET", "/v1/desks", "desk"),
    ("GET", "/v1/codes", "desk"),
    ("GET", "/v1/records/signalement", "desk"),
]
REFERRALS, INBOX, EVIL = "/v1/referrals", "/v1/inbox", {MARKER: MARKER}
OUTCOME, ACKNOWLEDGE = (f"{INBOX}/{{event}}/{name}" for name in ("outcome", "acknowledge"))


async def test_a_record_is_reported_by_desk_and_scope_and_first_without_sending(
    school: Bench,
) -> None:
    """202 with events, case, what goes where, each field left out; a dry run writes nothing."""
    dry = await school.post("edu-s", concern(), f"{REFERRALS}?dry_run=true")
    answer = await school.post("edu-s", concern())

    body, tried = answer.json(), dry.json()
    assert (answer.status_code, body["outcome"], body["sent_to"]) == (202, "published", ["crip"])
    assert answer.headers["location"] == f"/v1/referrals/{body['events'][0]}"
    assert answer.headers["cache-control"] == "no-store"
    (line,) = body["to"]
    assert (line["desk"], line["clause"], line["verdict"]) == ("crip", "R01", "release")
    assert "FACTS" in line["scopes"]
    assert "HEALTH" not in line["scopes"]
    left = {one["field"]: one["reasons"] for one in body["left_out"]}
    assert left["medical_file"] == ["not_permitted", "hard_denial"]
    assert left["named_persons"] == ["not_permitted"]
    assert (dry.status_code, tried["events"], school.writes.batches) == (200, [], [1])
    for name in ("verdict", "clause", "scopes", "left_out"):
        assert tried["to"][0][name] == line[name]


@pytest.mark.parametrize(("method", "path", "known"), ROUTES)
async def test_every_route_of_a_desk_needs_its_token_and_takes_no_other_parameter(
    school: Bench, method: str, path: str, known: str
) -> None:
    """No token, a wrong one, another desk's; a typo in `dry_run` sends nothing either."""
    body: dict[str, Any] = {"json": concern()} if method == "POST" else {}

    async def ask(headers: dict[str, str], **params: str) -> httpx.Response:
        return await school.client.request(method, path, headers=headers, params=params, **body)

    none, wrong = await ask({}), await ask({"Authorization": "Bearer guess"})
    answers = [none, wrong, await ask(bearer("edu-h-1"), desk="edu-s"),
               await ask(bearer("edu-s"), desk="edu-s", dryrun="true")]  # fmt: skip

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (401, "token_missing"), (401, "token_unknown"), (403, "other_desk"),
        (422, "parameter_unknown"),
    ]  # fmt: skip
    assert "guess" not in wrong.text
    assert none.headers["www-authenticate"].startswith("Bearer")
    problem = answers[-1].json()
    assert (problem["place"], problem["expected"]) == ("dryrun", f"no other than {known}")
    assert school.writes.batches == []


async def test_a_desk_that_no_clause_allows_becomes_an_attempt(school: Bench) -> None:
    """The content stays; the attempt is refused, and shows the suggested recipient."""
    answer = (await school.post("edu-s", concern(to=["crip", "pol"]))).json()
    school.settle()
    status = (await school.get("edu-s", f"{REFERRALS}/{answer['events'][-1]}")).json()

    assert (answer["outcome"], answer["sent_to"]) == ("published_in_part", ["crip"])
    assert {one["desk"]: one["verdict"] for one in answer["to"]}["pol"] == "attempt"
    assert {door["role"] for door in answer["doors"]} >= {"CRIP"}
    assert [one["attempt"] for one in answer["published"]] == [False, True]
    assert status["state"] == "refused"
    assert {door["role"] for door in status["to"][0]["doors"]} >= {"CRIP"}
    assert school.world.topics["relais.civil.inbox.police", 0] == []


async def test_one_key_is_one_event_for_posts_at_once_and_later(school: Bench) -> None:
    """Twenty at once, one later: equal answers; another body 409; another desk's key is its own."""
    posts = [school.post("edu-s", concern(), key="k") for _ in range(20)]
    answers = await asyncio.gather(*posts, school.post("edu-s", concern(reference="x"), key="k"))
    answers.append(await school.post("edu-s", concern(reference="x"), key="k"))
    again = await school.post("edu-s", concern(), key="k")
    neighbour = await school.post("edu-h-1", concern(), key="k")

    assert {answer.status_code for answer in answers[:-2]} == {202}
    assert {answer.text for answer in answers[:-2]} == {again.text}
    assert [(one.status_code, one.json()["code"]) for one in answers[-2:]] == [
        (409, "key_reused")
    ] * 2
    assert sum(school.writes.batches) == 2
    assert set(neighbour.json()["events"]).isdisjoint(again.json()["events"])


async def test_after_a_crash_the_key_finds_its_event_in_the_outbox(school: Bench) -> None:
    """A new process that reads the outbox answers as the dead one would, unpublished."""
    first = await school.post("edu-s", concern(), key="k")
    await revive(school.world, "education")
    async with serving("education", school.world) as reborn:
        again = await reborn.post("edu-s", concern(), key="k")
        other = await reborn.post("edu-s", concern(reference="x"), key="k")
        new = await reborn.post("edu-s", concern())
    school.settle()

    assert again.json() == first.json()
    assert other.status_code == 409
    assert new.json()["case"] == first.json()["case"]
    assert school.world.audit()["findings"] == []


async def test_a_repeated_acknowledgement_or_withdrawal_is_the_same_event(
    school: Bench, council: Bench
) -> None:
    """Without a key of one's own each happens once; nor is it withdrawn anew by another key.

    What was acknowledged is asked for no more, though the bus has not answered yet.
    """
    event = await school.sent("edu-s", concern())
    before = await council.items("crip", INBOX)
    acks = [
        (await council.post("crip", body, ACKNOWLEDGE.format(event=event))).json()
        for body in (None, {"stage": "received"}, {})
    ]
    asked = [one["asks"]["acknowledge"] for one in before + await council.items("crip", INBOX)]
    school.settle()

    def withdraw(key: str | None = None) -> Awaitable[httpx.Response]:
        return school.post("edu-s", path=f"{REFERRALS}/{event}/withdraw", key=key)

    takes = [*await asyncio.gather(withdraw(), withdraw("another")), await withdraw("a third")]
    school.settle()
    takes.append(await withdraw())

    assert asked == [["received"], []]
    assert acks[0]["events"]
    assert acks[0] == acks[1] == acks[2]
    first, *others, last = takes
    assert [take.status_code for take in takes] == [202, 409, 409, 202]
    assert first.json() == last.json()
    for second in others:
        assert second.json()["code"] == "withdrawal_pending"
        assert first.json()["events"][0] in second.json()["expected"]


async def test_own_events_are_listed_by_page_with_where_each_stands(school: Bench) -> None:
    """In the order of time, each once, those of the desk alone; `more` is told truly."""
    sent = []
    for number in range(3):
        sent.append(await school.sent("edu-s", concern(reference=f"case {number}")))
        school.world.clock.advance(1)
    await school.post("edu-h-1", concern(reference="another desk's"))
    after, pages = "", list[dict[str, Any]]()
    for _ in range(3):
        pages.append((await school.get("edu-s", REFERRALS, after=after, limit=2)).json())
        after = pages[-1]["cursor"]

    assert [item["event"] for page in pages for item in page["items"]] == sent
    assert [page["more"] for page in pages] == [True, False, False]
    assert pages[2]["cursor"] == pages[1]["cursor"] == sent[-1]
    first = pages[0]["items"][0]
    assert first == (await school.get("edu-s", f"{REFERRALS}/{sent[0]}")).json()
    assert first["to"][0]["state"] == "delivered"


async def test_duties_show_the_overdue_first(school: Bench, council: Bench) -> None:
    """What is late stands before what is only owed."""
    await school.sent("edu-s", concern())
    school.world.clock.advance(3 * 86_400)
    school.settle()

    duties = await council.items("crip", "/v1/duties")

    assert [(duty["act"], duty["overdue"]) for duty in duties] == [
        ("ACK:received", True), ("R39:final", False),
    ]  # fmt: skip


async def test_a_long_poll_ends_with_the_first_arrival(
    school: Bench, council: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A waiting desk is answered when something comes, and after its wait when nothing does."""
    empty, until = await council.items("crip", INBOX, wait=0.05), Incoming.until
    monkeypatch.setattr(Incoming, "until", lambda self, met, _: until(self, met, 2 * PATIENCE))
    waiting = asyncio.create_task(council.items("crip", INBOX, wait=20))
    await asyncio.sleep(0.05)
    await school.sent("edu-s", concern())
    await council.incoming.take([])

    assert empty == []
    assert len(await asyncio.wait_for(waiting, PATIENCE)) == 1


async def test_a_cursor_older_than_what_is_kept_gets_the_gap(school: Bench, council: Bench) -> None:
    """410 names the offsets that are gone: nothing is skipped in silence."""
    await school.sent("edu-s", concern())
    first = (await council.get("crip", INBOX, limit=1)).json()["cursor"]
    council.reader.kafka.kept_from = 50
    old = await council.get("crip", INBOX, after=first)

    assert (old.status_code, old.json()["code"]) == (410, "cursor_too_old")
    assert {gap["to"] for gap in old.json()["gaps"]} == {49}


async def test_whatever_is_written_into_an_inbox_neither_stops_nor_poisons_it(
    school: Bench, council: Bench
) -> None:
    """What names a desk is an item without content, what names none counts; numbers hold."""
    await school.sent("edu-s", concern())
    topic = "relais.civil.inbox.child_welfare"
    rows = next(rows for (name, _), rows in school.world.topics.items() if name == topic and rows)
    genuine = rows[0]
    value = genuine.value or b""
    at = value.find(b'"slip":"') + 60
    altered = value[:at] + (b"B" if value[at : at + 1] == b"A" else b"A") + value[at + 1 :]
    for other in (None, b"", b"\xff", b"{}", b'{"data":{"notice":1}}', value, altered):
        rows.append(replace(genuine, offset=len(rows), value=other))
    rows.append(replace(genuine, offset=len(rows), headers=(("content-type", None),)))
    await school.sent("edu-s", concern())
    page = (await council.get("crip", INBOX)).json()

    await council.incoming.take(rows)
    told = [item.get("error", item.get("type")) for item in page["items"]]
    assert told == ["IP", "replayed", "not_json", "IP"]
    assert council.incoming.unreadable == 4  # what is empty was a delivery that was erased
    assert not any("event" in item or "parts" in item for item in page["items"] if "error" in item)
    assert page["missing"] == []


async def test_a_successor_reads_and_answers_for_the_desk_that_ends_and_each_act_is_logged(
    council: Bench,
) -> None:
    """By its own token, from the owners' order on; no other desk does, nor the old one for it."""
    event = place(council.world)

    def ask(token: str, path: str, desk: str, method: str = "GET") -> Awaitable[httpx.Response]:
        url = f"/v1/{path}?desk={desk}"
        return council.client.request(method, url, headers=bearer(token))

    early = await ask("home-2", "inbox", "home-1")
    end_desk(council.world, "home-1", "home-2")
    council.settle()
    with capture_logs() as logs:
        inbox = await ask("home-2", "inbox", "HOME-1")  # as a convention writes a role
        owed = await ask("home-2", "duties", "home-1")
        given = await ask("home-2", f"inbox/{event}/acknowledge", "home-1", "POST")
    strangers = [await ask("ase", "inbox", "home-1"), await ask("home-1", "inbox", "home-2")]
    council.settle()

    assert [one.status_code for one in (early, *strangers)] == [403] * 3
    for answer in (inbox, owed):
        assert {one["event"] for one in answer.json()["items"]} == {event}
    (status,) = council.world.decision_on(given.json()["events"][0])["addressees"]
    assert status["verdict"] == "release"
    acts = [one for one in logs if one["event"] == "acts for a desk that ends"]
    assert [(one["by"], one["method"], one["route"]) for one in acts] == [
        ("home-2", "GET", "/v1/inbox"),
        ("home-2", "GET", "/v1/duties"),
        ("home-2", "POST", "/v1/inbox/{event_id}/acknowledge"),
    ]


async def test_another_desks_event_is_as_one_that_nobody_has(school: Bench, council: Bench) -> None:
    """It is neither acknowledged, answered, withdrawn nor read: 404, as for a made-up id."""
    event = await school.sent("edu-s", concern())
    told = [
        await bench.post(who, {"code": "closed"}, path.format(event=one))
        for path in (ACKNOWLEDGE, OUTCOME, f"{REFERRALS}/{{event}}/withdraw")
        for one in (event, EVENT, "..%2f..%2fkeys", "%00")
        for bench, who in ((council, "ase"), (council, "home-1"), (school, "edu-h-1"))
    ]

    assert {one.status_code for one in told} == {404}
    assert council.writes.batches == []
    theirs, nobody = [
        (await school.get("edu-h-1", f"{REFERRALS}/{one}")).json() for one in (event, EVENT)
    ]
    assert theirs | {"request_id": ""} == nobody | {"request_id": ""}


async def test_a_case_may_be_quoted_by_who_has_had_an_arrival_of_it(
    school: Bench, council: Bench
) -> None:
    """A token that somebody gave away, or made up, opens no case at another agency."""
    case = (await school.post("edu-s", concern())).json()["case"]
    school.world.route_all()
    request = sample(
        "child_welfare", "evaluation_request", MARKER, case=case, reference=None, received_on=None
    )
    early = await council.post("crip", request)
    made_up = await council.post("crip", request | {"case": "A" * 43})
    school.settle()
    late = await council.post("crip", request)

    assert [one.status_code for one in (early, made_up, late)] == [422, 422, 202]
    assert early.json()["code"] == made_up.json()["code"] == "case_unknown"
    assert late.json()["case"] == case


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (REFERRALS, concern(MARKER) | EVIL, 422),
        (REFERRALS, concern(MARKER) | {"pupil": MARKER}, 422),
        (REFERRALS, {"kind": MARKER}, 422),
        (REFERRALS, concern(MARKER) | {"told": {"parents": MARKER, **EVIL}}, 422),
        (REFERRALS, concern(MARKER) | {"case": MARKER}, 422),
        (REFERRALS, concern(MARKER) | {"to": [MARKER]}, 422),
        (REFERRALS, concern(MARKER) | {"reference": f"{MARKER}\u202e"}, 422),
        (ACKNOWLEDGE, {"stage": MARKER}, 422),
        (ACKNOWLEDGE, EVIL, 422),
        (OUTCOME, {"code": MARKER}, 422),
        (OUTCOME, {}, 422),
        (OUTCOME, {"code": "prosecuted"}, 422),
        (OUTCOME, {"measure": EVIL}, 422),
        (f"{INBOX}?wait={MARKER}", None, 422),
        (f"{INBOX}?wait=31", None, 422),
        (f"{INBOX}?limit=0", None, 422),
        (f"{INBOX}?after={MARKER}", None, 400),
        (f"{INBOX}?after={'x' * 5000}", None, 422),
        (f"{INBOX}?desk={MARKER}", None, 403),
        (f"{INBOX}?{MARKER}=1", None, 422),
        (f"{REFERRALS}/{MARKER}", None, 404),
        (f"/{MARKER}", None, 404),
    ],
)
async def test_no_error_repeats_what_was_sent(
    school: Bench, council: Bench, path: str, body: Any, status: int
) -> None:
    """Body, parameter, path or cursor: told by place, code and expectation, in our words."""
    event = await school.sent("edu-s", concern()) if "{" in path else ""
    bench, who = (council, "crip") if event else (school, "edu-s")
    url = path.format(event=event)
    answer = await (bench.get(who, url) if body is None else bench.post(who, body, url))

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].startswith("urn:relais:problem:")
    assert MARKER not in answer.text


async def test_a_failure_of_ours_tells_nothing(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that we did not foresee is 500 without a word of its text."""

    def broken(*_: Any) -> Any:
        raise ValueError(MARKER)

    monkeypatch.setattr(inbox_routes, "duties_of", broken)
    answer = await school.get("edu-s", "/v1/duties")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert MARKER not in answer.text


async def test_a_file_number_is_one_however_its_accent_was_typed(school: Bench) -> None:
    """Composed or in two characters: a child's file is not split in two."""
    numbers = "D-\u00e9", "D-e\u0301"
    cases = [(await school.post("edu-s", concern(reference=one))).json()["case"] for one in numbers]

    assert cases[0] == cases[1]


@pytest.mark.parametrize("key", ["x" * 201, "a\tb", ""])
async def test_a_bad_idempotency_key_is_refused(school: Bench, key: str) -> None:
    """A key is 1 to 200 printable ASCII characters: an empty one would publish twice."""
    answer = await school.post("edu-s", concern(), key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


async def test_metrics_name_routes_and_methods_of_ours_alone(school: Bench) -> None:
    """No id, and no method that a caller made up before any token is asked for."""
    event = await school.sent("edu-s", concern())
    await school.get("edu-s", f"/v1/referrals/{event}")
    for number in range(3):
        await school.client.request(f"{MARKER}{number}", INBOX)
    page = school.parts.metrics.page().decode()

    assert "/v1/referrals/{event_id}" in page
    assert not [one for one in (event, MARKER) if one in page]
    assert 'relais_http_requests_total{method="other",route="/v1/inbox",status="405"} 3.0' in page
