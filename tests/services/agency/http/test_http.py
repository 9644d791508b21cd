"""An agency's HTTP: what it takes, what it answers, and what it never says."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from contracts.errors import RelaisError
from contracts.keys.keyring import HeldSigners
from contracts.vocabulary.schema import desk_urn
from services.agency.http import inbox_routes
from services.agency.loops import inbox_reader, publisher
from services.agency.loops.incoming import Incoming
from services.platform.kafka.reading.log_reader import inbound
from services.platform.process.exit_codes import TransactionAbortedError
from tests.contracts.envelope import kit
from tests.flows.desk_ends import end_desk, place
from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.agency.bench import (
    Bench,
    bearer,
    corrupt,
    record_of,
    revive,
    route_only,
    serving,
)
from tests.services.routing.test_shard import Away

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


def concern(**changes: Any) -> dict[str, Any]:
    """An information préoccupante of a school."""
    return sample("education", "information_preoccupante", MARKER, **changes)


async def test_a_record_is_taken_and_reported_by_desk_and_scope(school: Bench) -> None:
    """202 with events, case, what goes where, and each field that was left out, with reasons."""
    answer = await school.post("edu-s", concern())

    body = answer.json()
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


async def test_a_dry_run_publishes_nothing(school: Bench) -> None:
    """The same verdict, no event, nothing written."""
    answer = await school.client.post(
        "/v1/referrals?dry_run=true", json=concern(), headers=bearer("edu-s")
    )
    real = await school.post("edu-s", concern())

    assert answer.status_code == 200
    assert answer.json()["events"] == []
    assert school.writes.batches == [1]
    for name in ("verdict", "clause", "scopes", "left_out"):
        assert answer.json()["to"][0][name] == real.json()["to"][0][name]


@pytest.mark.parametrize(("method", "path", "known"), ROUTES)
async def test_a_parameter_that_a_route_does_not_have_is_refused(
    school: Bench, method: str, path: str, known: str
) -> None:
    """A typo in `dry_run` sends nothing: it is told before anything is done, with what there is."""
    body: dict[str, Any] = {"json": concern()} if method == "POST" else {}

    answer = await school.client.request(
        method, f"{path}?desk=edu-s&dryrun=true", headers=bearer("edu-s"), **body
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "parameter_unknown")
    assert problem["title"] == "the request cannot be read"
    assert (problem["place"], problem["expected"]) == ("dryrun", f"no other than {known}")
    assert school.writes.batches == []


async def test_a_desk_that_no_clause_allows_becomes_an_attempt(school: Bench) -> None:
    """The content stays; the attempt is published, refused, and shows the suggested recipient."""
    record = sample("education", "police_notification", MARKER)
    answer = await school.post("edu-h-1", record)
    school.settle()
    event = answer.json()["events"][0]
    status = (await school.get("edu-h-1", f"/v1/referrals/{event}")).json()

    assert answer.status_code == 202
    assert answer.json()["outcome"] == "attempt_recorded"
    assert answer.json()["sent_to"] == []
    assert {door["role"] for door in answer.json()["doors"]} >= {"CRIP"}
    assert answer.json()["published"][0]["attempt"] is True
    assert answer.json()["to"][0]["verdict"] == "attempt"
    assert status["state"] == "refused"
    assert {door["role"] for door in status["to"][0]["doors"]} >= {"CRIP"}
    assert school.world.topics["relais.civil.inbox.police", 0] == []


async def test_what_is_sent_in_part_is_told_in_part(school: Bench) -> None:
    """One desk that a clause allows and one that none does: neither "published" nor an attempt."""
    answer = await school.post("edu-s", concern(to=["crip", "pol"]))

    body = answer.json()
    assert (body["outcome"], body["sent_to"]) == ("published_in_part", ["crip"])
    assert {one["desk"]: one["verdict"] for one in body["to"]}["pol"] == "attempt"


async def test_a_desk_left_out_for_an_unmet_condition_makes_it_a_part(council: Bench) -> None:
    """A runaway without its call: the police gets nothing, and the status of the event says so."""
    council.world.clock.advance(82 * 86_400)  # the sample's
    answer = await council.post("home-1", sample("child_welfare", "runaway", MARKER, call=None))
    event = answer.json()["events"][0]
    status = (await council.get("home-1", f"/v1/referrals/{event}")).json()

    told, stands = ({one["desk"]: one for one in body["to"]} for body in (answer.json(), status))
    assert (answer.json()["outcome"], told["pol"]["verdict"]) == ("published_in_part", "withhold")
    assert stands["pol"]["state"] == "left_out"
    assert [stands["pol"][name] for name in ("clause", "reasons")] == ["R33", ["no_call"]]
    assert stands["pol"]["not_published"] == told["pol"]["left_out"]


async def test_nothing_left_to_publish_is_a_problem_with_reasons_and_doors(school: Bench) -> None:
    """A declared condition that fails for the only addressee is told, not published."""
    answer = await school.post("edu-s", concern(told=None))

    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "urn:relais:problem:nothing_to_publish"
    assert problem["to"][0]["reasons"] == ["not_informed"]
    assert school.writes.batches == []


async def test_a_key_gives_the_same_answer_once_published(school: Bench) -> None:
    """Same key, same body: one event and the very same answer; other body: 409."""
    key = {"Idempotency-Key": "k-1"}
    first = await school.post("edu-s", concern(), **key)
    again = await school.post("edu-s", concern(), **key)
    other = await school.post("edu-s", concern(reference="another"), **key)
    neighbour = await school.post("edu-h-1", concern(), **key)

    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert school.writes.batches[0] == 1
    assert neighbour.status_code == 202
    assert set(neighbour.json()["events"]).isdisjoint(first.json()["events"])


async def test_simultaneous_posts_with_one_key_are_one_event(school: Bench) -> None:
    """Twenty posts at once: one event, twenty equal answers; another body among them: 409."""
    key = {"Idempotency-Key": "k-2"}
    posts = [school.post("edu-s", concern(), **key) for _ in range(20)]
    answers = await asyncio.gather(*posts, school.post("edu-s", concern(reference="x"), **key))

    assert {answer.status_code for answer in answers[:-1]} == {202}
    assert len({answer.text for answer in answers[:-1]}) == 1
    assert answers[-1].status_code == 409
    assert sum(school.writes.batches) == 1


async def test_concurrent_posts_share_a_transaction_and_chain_their_covers(school: Bench) -> None:
    """Posts that wait together are written together, and no cover skips another."""
    record = concern()
    await asyncio.gather(*(school.post("edu-s", record) for _ in range(10)))
    school.settle()

    assert sum(school.writes.batches) == 10
    assert len(school.writes.batches) < 10
    assert school.world.audit()["findings"] == []


async def test_after_a_crash_the_key_finds_its_event_in_the_outbox(school: Bench) -> None:
    """A new process that reads the outbox answers as the dead one would, unpublished."""
    first = await school.post("edu-s", concern(), **{"Idempotency-Key": "k-3"})
    office = revive(school.world, "education")
    async with serving("education", school.world) as reborn:
        again = await reborn.post("edu-s", concern(), **{"Idempotency-Key": "k-3"})
        other = await reborn.post("edu-s", concern(reference="x"), **{"Idempotency-Key": "k-3"})
        new = await reborn.post("edu-s", concern())
    school.settle()

    assert reborn.office is office
    assert again.json() == first.json()
    assert other.status_code == 409
    assert new.json()["case"] == first.json()["case"]
    assert school.world.audit()["findings"] == []


async def test_kafka_away_is_503_and_a_retry_is_safe(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller is told to come back; the event on its way is joined, not doubled."""
    monkeypatch.setattr(publisher, "ANSWER_S", 0.05)
    school.writes.hang = asyncio.Event()
    key = {"Idempotency-Key": "k-4"}
    away = await school.post("edu-s", concern(), **key)
    school.writes.hang.set()
    back = await school.post("edu-s", concern(), **key)

    assert (away.status_code, away.json()["code"]) == (503, "kafka_unreachable")
    assert int(away.headers["retry-after"]) > 0
    assert back.status_code == 202
    assert sum(school.writes.batches) == 1


async def test_an_aborted_transaction_is_503_and_leaves_no_trace(school: Bench) -> None:
    """Nothing was published: the chain stands where it stood and a retry publishes once."""
    school.writes.error = TransactionAbortedError("aborted")
    away = await school.post("edu-s", concern(), **{"Idempotency-Key": "k-5"})
    chain = dict(school.office.outbox.chain)
    school.writes.error = None
    back = await school.post("edu-s", concern(), **{"Idempotency-Key": "k-5"})
    school.settle()

    assert away.status_code == 503
    assert chain == {}
    assert back.status_code == 202
    assert school.world.audit()["findings"] == []


async def test_an_unknown_outcome_refuses_everything_from_then_on(school: Bench) -> None:
    """After a commit that was not answered the process publishes nothing more."""
    school.writes.error = RelaisError("outcome_unknown")
    first = await school.post("edu-s", concern())
    school.writes.error = None
    second = await school.post("edu-s", concern())

    assert (first.status_code, second.status_code) == (503, 503)
    assert school.publisher.ready is False


async def test_an_arrival_is_opened_acknowledged_answered_and_withdrawn(
    school: Bench, council: Bench
) -> None:
    """The life of an event over HTTP, from the school's record to its withdrawal."""
    event = (await school.post("edu-s", concern())).json()["events"][0]
    school.settle()
    page = (await council.get("crip", "/v1/inbox", desk="CRIP")).json()
    (item,) = page["items"]
    await council.client.post(f"/v1/inbox/{event}/acknowledge", headers=bearer("crip"))
    answer = await council.client.post(
        f"/v1/inbox/{event}/outcome", json={"code": "closed"}, headers=bearer("crip")
    )
    school.settle()
    status = (await school.get("edu-s", f"/v1/referrals/{event}")).json()
    feedback = (await school.get("edu-s", "/v1/inbox")).json()["items"][0]
    owed = (await council.get("crip", "/v1/duties")).json()["items"]
    (seen,) = (await council.get("crip", "/v1/inbox")).json()["items"]
    gone = await school.client.post(f"/v1/referrals/{event}/withdraw", headers=bearer("edu-s"))
    school.settle()
    again = (await council.get("crip", "/v1/inbox")).json()["items"]

    assert (item["event"], item["from"], item["type"]) == (event, "edu-s", "IP")
    assert MARKER in str(item["parts"]["FACTS"])
    assert item["clauses"]["FACTS"] == "R01"
    assert [one["stage"] for one in status["to"][0]["acknowledged"]] == ["received"]
    assert answer.json()["to"][0]["clause"].startswith("R39")
    assert feedback["parts"]["CODE.outcome"]["outcome"] == "closed"
    assert feedback["answers"] == [{"issuer": "edu-s", "event": event}]
    assert owed == []
    assert [one["asks"]["acknowledge"] for one in (item, seen)] == [["received"], []]
    assert gone.status_code == 202
    assert (again[0]["withdrawn"], "parts" in again[0]) == (True, False)
    assert again[1]["type"] == "WITHDRAW"


async def test_a_repeated_acknowledgement_or_withdrawal_is_the_same_event(
    school: Bench, council: Bench
) -> None:
    """Without a key of one's own each happens once; nor is it withdrawn anew by another key."""
    event = (await school.post("edu-s", concern())).json()["events"][0]
    school.settle()
    acknowledge = f"/v1/inbox/{event}/acknowledge"
    bodies: list[dict[str, Any]] = [{}, {"json": {"stage": "received"}}, {"json": {}}]
    acks = [await council.client.post(acknowledge, headers=bearer("crip"), **b) for b in bodies]
    school.settle()
    back = f"/v1/referrals/{event}/withdraw"
    other = bearer("edu-s") | {"Idempotency-Key": "another"}
    takes = await asyncio.gather(
        *(school.client.post(back, headers=key) for key in (bearer("edu-s"), other))
    )
    later = await school.client.post(back, headers=other | {"Idempotency-Key": "a third"})
    school.settle()
    takes.append(await school.client.post(back, headers=bearer("edu-s")))

    assert [ack.status_code for ack in acks] == [202, 202, 202]
    assert acks[0].json() == acks[1].json() == acks[2].json()
    assert [take.status_code for take in takes] == [202, 409, 202]
    assert takes[0].json() == takes[2].json()
    for second in (takes[1].json(), later.json()):
        assert second["code"] == "withdrawal_pending"
        assert takes[0].json()["events"][0] in second["expected"]


async def test_own_events_are_listed_by_page_with_where_each_stands(school: Bench) -> None:
    """In the order of time, each once, those of the desk alone; `more` is told truly."""
    sent = []
    for number in range(5):
        answer = await school.post("edu-s", concern(reference=f"case {number}"))
        sent.append(answer.json()["events"][0])
        school.world.clock.advance(1)
    await school.post("edu-h-1", concern(reference="another desk's"))
    school.settle()
    pages = []
    after = ""
    for _ in range(4):
        page = (await school.get("edu-s", "/v1/referrals", after=after, limit=2)).json()
        after = page["cursor"]
        pages.append(page)

    assert [item["event"] for page in pages for item in page["items"]] == sent
    assert [page["more"] for page in pages] == [True, True, False, False]
    assert pages[3]["cursor"] == pages[2]["cursor"] == sent[-1]
    first = pages[0]["items"][0]
    assert first == (await school.get("edu-s", f"/v1/referrals/{sent[0]}")).json()
    assert first["to"][0]["state"] == "delivered"


async def test_duties_show_the_overdue_first(school: Bench, council: Bench) -> None:
    """What is late stands before what is only owed."""
    await school.post("edu-s", concern())
    school.settle()
    school.world.clock.advance(3 * 86_400)
    school.settle()

    duties = (await council.get("crip", "/v1/duties")).json()["items"]

    assert [(duty["act"], duty["overdue"]) for duty in duties] == [
        ("ACK:received", True),
        ("R39:final", False),
    ]


async def test_the_cursor_hands_out_each_arrival_once_in_order(
    school: Bench, council: Bench
) -> None:
    """Pages follow one another without a gap or a repetition, a case's events in their order."""
    sent = []
    for number in range(7):
        answer = await school.post("edu-s", concern(reference=f"case {number % 2}"))
        sent.append((answer.json()["case"], answer.json()["events"][0]))
    school.settle()
    got: list[tuple[str, str]] = []
    after, sizes = "", []
    for _ in range(4):
        page = (await council.get("crip", "/v1/inbox", after=after, limit=3)).json()
        after = page["cursor"]
        sizes.append((len(page["items"]), page["more"]))
        got += [(item["case"], item["event"]) for item in page["items"]]

    assert sizes == [(3, True), (3, True), (1, False), (0, False)]
    for case in {case for case, _ in sent}:
        assert [one for one in got if one[0] == case] == [one for one in sent if one[0] == case]


async def test_a_long_poll_ends_with_the_first_arrival(
    school: Bench, council: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A waiting desk is answered when something comes, and after its wait when nothing does."""
    empty, until = await council.get("crip", "/v1/inbox", wait=0.05), Incoming.until
    monkeypatch.setattr(Incoming, "until", lambda self, met, _: until(self, met, 2 * PATIENCE))
    waiting = asyncio.create_task(council.get("crip", "/v1/inbox", wait=20))
    await asyncio.sleep(0.05)
    await school.post("edu-s", concern())
    school.settle()
    await council.incoming.take([])
    page = await asyncio.wait_for(waiting, PATIENCE)

    assert empty.json()["items"] == []
    assert len(page.json()["items"]) == 1


async def test_readers_are_refused_together_when_kafka_does_not_answer(
    school: Bench, council: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take turns at one consumer, and waiting for a turn that does not come counts too."""
    monkeypatch.setattr(inbox_reader, "ANSWER_S", 0.2)
    for number in range(2):
        await school.post("edu-s", concern() | {"reference": f"case {number}"})
    school.settle()
    start = (await council.get("crip", "/v1/inbox", limit=1)).json()["cursor"]
    council.reader.hangs = True
    told = await asyncio.gather(*[council.get("crip", "/v1/inbox", after=start) for _ in range(9)])
    async with council.parts.reader._one, asyncio.timeout(PATIENCE):
        told.append(await council.get("crip", "/v1/inbox", after=start))
    council.reader.hangs = False

    assert {one.status_code for one in told} == {503}
    assert {one.headers["retry-after"] for one in told} == {"2"}
    assert len((await council.get("crip", "/v1/inbox", after=start)).json()["items"]) == 1


async def test_a_cursor_older_than_what_is_kept_gets_the_gap(school: Bench, council: Bench) -> None:
    """410 names the offsets that are gone: nothing is skipped in silence."""
    await school.post("edu-s", concern())
    school.settle()
    first = (await council.get("crip", "/v1/inbox", limit=1)).json()["cursor"]
    council.reader.kept_from = 50
    old = await council.get("crip", "/v1/inbox", after=first)

    problem = old.json()
    assert (old.status_code, problem["code"]) == (410, "cursor_too_old")
    assert {gap["to"] for gap in problem["gaps"]} == {49}


async def test_a_delivery_that_does_not_verify_is_an_item_without_content(
    school: Bench, council: Bench
) -> None:
    """A changed byte gives an error code in its place in the order, and nothing else."""
    await school.post("edu-s", concern())
    route_only(school.world)
    corrupt(school.world, "relais.civil.inbox.child_welfare")
    school.settle()
    (item,) = (await council.get("crip", "/v1/inbox")).json()["items"]

    assert item["error"]
    assert "parts" not in item
    assert "event" not in item


async def test_whatever_is_written_into_an_inbox_neither_stops_nor_poisons_it(
    school: Bench, council: Bench
) -> None:
    """What names a desk is an item without content, what names none counts; numbers hold."""
    await school.post("edu-s", concern())
    school.settle()
    rows = next(
        rows
        for (topic, _), rows in school.world.topics.items()
        if topic == "relais.civil.inbox.child_welfare" and rows
    )
    genuine = rows[0]
    for value in (None, b"", b"\xff", b"{}", b'{"data":{"notice":1}}', genuine.value):
        rows.append(replace(genuine, offset=len(rows), value=value))
    rows.append(replace(genuine, offset=len(rows), headers=(("content-type", None),)))
    await school.post("edu-s", concern())
    school.settle()
    page = (await council.get("crip", "/v1/inbox")).json()

    await council.incoming.take([inbound(record_of(row)) for row in rows])
    told = [item.get("error", item.get("type")) for item in page["items"]]
    assert told == ["IP", "replayed", "IP"]
    assert council.incoming.unreadable == 4  # what is empty was a delivery that was erased
    assert not any("event" in item or "parts" in item for item in page["items"] if "error" in item)
    assert page["missing"] == []


@pytest.mark.parametrize(("method", "path", "known"), ROUTES)
async def test_every_route_of_a_desk_needs_its_token(
    school: Bench, method: str, path: str, known: str
) -> None:
    """No token and a wrong one: 401; another desk's: 403; on every route."""
    body: dict[str, Any] = {"json": concern()} if method == "POST" else {}
    none = await school.client.request(method, path, **body)
    wrong = await school.client.request(
        method, path, headers={"Authorization": "Bearer guess"}, **body
    )
    other = await school.client.request(
        method, f"{path}?desk=edu-s", headers=bearer("edu-h-1"), **body
    )

    told = [(one.status_code, one.json()["code"]) for one in (none, wrong, other)]
    assert told == [(401, "token_missing"), (401, "token_unknown"), (403, "other_desk")]
    assert "guess" not in wrong.text
    assert none.headers["www-authenticate"].startswith("Bearer")
    assert school.writes.batches == []


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
        inbox = await ask("home-2", "inbox", "home-1")
        owed = await ask("home-2", "duties", "home-1")
        given = await ask("home-2", f"inbox/{event}/acknowledge", "home-1", "POST")
    strangers = [await ask("ase", "inbox", "home-1"), await ask("home-1", "inbox", "home-2")]
    council.settle()

    assert [one.status_code for one in (early, *strangers)] == [403] * 3
    assert [one["event"] for one in inbox.json()["items"]] == [event]
    assert {duty["event"] for duty in owed.json()["items"]} == {event}
    assert given.status_code == 202
    (status,) = council.world.decision_on(given.json()["events"][0])["addressees"]
    assert status["verdict"] == "release"
    acts = [one for one in logs if one["event"] == "acts for a desk that ends"]
    assert [(one["by"], one["method"], one["route"]) for one in acts] == [
        ("home-2", "GET", "/v1/inbox"),
        ("home-2", "GET", "/v1/duties"),
        ("home-2", "POST", "/v1/inbox/{event_id}/acknowledge"),
    ]


@pytest.mark.parametrize(
    "path", ["inbox/{}/acknowledge", "inbox/{}/outcome", "referrals/{}/withdraw"]
)
async def test_another_desks_arrival_cannot_be_answered(
    school: Bench, council: Bench, path: str
) -> None:
    """Nor an own event acknowledged, nor another desk's read: 404, as for an id nobody has."""
    event = (await school.post("edu-s", concern())).json()["events"][0]
    school.settle()
    before = list(council.writes.batches)
    told = [
        await bench.client.post(
            f"/{path.format(one)}", json={"code": "closed"}, headers=bearer(who)
        )
        for one in (event, EVENT, "..%2f..%2fkeys", "%00")
        for bench, who in ((council, "ase"), (council, "home-1"), (school, "edu-h-1"))
    ]

    assert {one.status_code for one in told} == {404}
    assert council.writes.batches == before
    theirs, nobody = [
        (await school.get("edu-h-1", f"/v1/referrals/{one}")).json() for one in (event, EVENT)
    ]
    assert theirs | {"request_id": ""} == nobody | {"request_id": ""}


async def test_a_case_may_be_quoted_by_who_has_had_an_arrival_of_it(
    school: Bench, council: Bench
) -> None:
    """A token that somebody gave away, or made up, opens no case at another agency."""
    case = (await school.post("edu-s", concern())).json()["case"]
    route_only(school.world)
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


HOSTILE: list[tuple[str, Any]] = [
    ("unknown field", concern() | {MARKER: MARKER}),
    ("wrong type", concern() | {"pupil": MARKER}),
    ("wrong kind", {"kind": MARKER}),
    ("too long", concern() | {"reference": MARKER * 100}),
    ("nested unknown field", concern() | {"told": {"parents": MARKER, MARKER: MARKER}}),
    ("unknown case", concern() | {"case": "A" * 43}),
    ("case of another form", concern() | {"case": MARKER}),
    ("unknown desk", concern() | {"to": [MARKER]}),
    ("control characters", concern() | {"reference": f"{MARKER}\u202e"}),
]


@pytest.mark.parametrize(("what", "record"), HOSTILE, ids=[what for what, _ in HOSTILE])
async def test_no_error_repeats_what_was_sent(school: Bench, what: str, record: Any) -> None:
    """A refused record is told by field, code and expectation; its values stay where they were."""
    answer = await school.post("edu-s", record)

    assert answer.status_code == 422, what
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].startswith("urn:relais:problem:")
    assert MARKER not in answer.text


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/v1/inbox", {"wait": MARKER}, 422),
        ("/v1/inbox", {"wait": "31"}, 422),
        ("/v1/inbox", {"limit": "0"}, 422),
        ("/v1/inbox", {"after": MARKER}, 400),
        ("/v1/inbox", {"after": "x" * 5000}, 422),
        (f"/v1/referrals/{MARKER}", {}, 404),
        (f"/{MARKER}", {}, 404),
        ("/v1/inbox", {"desk": MARKER}, 403),
        ("/v1/inbox", {MARKER: "1"}, 422),
    ],
)
async def test_no_bad_parameter_is_repeated(
    school: Bench, path: str, params: dict[str, str], status: int
) -> None:
    """Nor is a parameter, a path or a cursor; what is wrong is said in our words."""
    answer = await school.get("edu-s", path, **params)

    assert answer.status_code == status
    assert {fault["cause"] for fault in answer.json().get("errors", ())} <= {"not_valid"}
    assert answer.headers["content-type"] == "application/problem+json"
    assert MARKER not in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("acknowledge", {"stage": MARKER}),
        ("acknowledge", {MARKER: 1}),
        ("outcome", {"code": MARKER}),
        ("outcome", {}),
        ("outcome", {"code": "prosecuted"}),
        ("outcome", {"measure": {MARKER: MARKER}}),
    ],
)
async def test_no_bad_answer_to_an_arrival_is_repeated(
    school: Bench, council: Bench, path: str, body: Any
) -> None:
    """Acknowledgements and outcomes are as strict and as silent as records."""
    event = (await school.post("edu-s", concern())).json()["events"][0]
    school.settle()
    answer = await council.client.post(
        f"/v1/inbox/{event}/{path}", json=body, headers=bearer("crip")
    )

    assert answer.status_code == 422
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


@pytest.mark.parametrize("key", ["x" * 201, "a\tb"])
async def test_a_bad_idempotency_key_is_refused(school: Bench, key: str) -> None:
    """A key is at most 200 printable ASCII characters."""
    answer = await school.post("edu-s", concern(), **{"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


async def test_metrics_name_routes_and_methods_of_ours_alone(school: Bench) -> None:
    """No id, and no method that a caller made up before any token is asked for."""
    event = (await school.post("edu-s", concern())).json()["events"][0]
    await school.get("edu-s", f"/v1/referrals/{event}")
    for number in range(3):
        await school.client.request(f"{MARKER}{number}", "/v1/inbox")
    page = school.parts.metrics.page().decode()

    assert "/v1/referrals/{event_id}" in page
    assert not [one for one in (event, MARKER) if one in page]
    assert 'relais_http_requests_total{method="other",route="/v1/inbox",status="405"} 3.0' in page


async def test_a_record_that_cannot_be_signed_is_refused_for_now(school: Bench) -> None:
    """503 with a time to try again; the retry with the same key is taken, and the chain holds."""
    urn = desk_urn("civil", "edu-s")
    agency = school.office.agency
    own = Away(kit.realm().signers["edu-s"])
    school.office.agency = replace(agency, signers={**agency.signers, urn: HeldSigners(own)})
    headers = {"Idempotency-Key": "one"}

    refused = await school.post("edu-s", concern(), **headers)

    assert refused.status_code == 503
    assert refused.json()["type"] == "urn:relais:problem:signer_away"
    assert int(refused.headers["retry-after"]) > 0
    assert school.writes.batches == []
    own.away = False
    for _ in range(2):
        taken = await school.post("edu-s", concern(), **headers)
        assert taken.status_code == 202
    assert school.writes.batches == [1]
    school.settle()
    assert school.world.alarms == []
