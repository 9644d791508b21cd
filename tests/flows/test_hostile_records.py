"""No record that partner, agency or owner may write ends a reader: the next is read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NoReturn

import httpx
import pytest

from contracts.encoding import b64u, canonical, digest, unb64u
from contracts.envelope.limits import COVER
from contracts.envelope.wire import Inbound
from contracts.keys.jose import sign_jws
from contracts.log.erasing.forgetting import Overwriting
from contracts.log.orders.registry import Registry
from contracts.log.orders.rulings import erasure, ruling
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import AGENCIES, REALMS
from services.agency.loops.own_outbox import OwnOutboxes
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import duties_of
from services.audit.projection.routes import groups
from services.audit.replay import RealmAudit
from services.audit.verdict import AuditVerdict, merged
from services.cli.auditor.telling import tell
from services.cli.common.asked import Asked
from services.cli.partner.inbox import _text as inbox_text
from services.operate.joining.checking import answer_of, ping_of
from services.operate.status import ask
from services.sandbox.checklist import Checklist
from services.sandbox.records import CANARY
from tests.contracts.convention.amended import looked_up as with_look_ups
from tests.contracts.envelope.kit import claims_of
from tests.contracts.log.first_orders import owners
from tests.flows.acts import raw
from tests.flows.hostile import hostile
from tests.promises import records
from tests.samples import concern
from tests.services.agency.bench import Bench, serving
from tests.services.agency.bench import bearer as token_of
from tests.simulation.planted_log import PlantedKafka, PlantedLog
from tests.world import World, realm_keys

MANY: Final = 10_000
SECRET: Final = bytes(32)
VECTORS: Final = Path("docs/specification/vectors")
EDU_S: Final = "urn:relais:civil:desk:edu-s"
PARTS: Final = {".outbox.": 4, ".inbox.": 4, ".control": 1, ".quarantine": 1}  # tenths of all


def raising(*_given: object) -> NoReturn:
    """A fault of ours that quotes what it met."""
    raise KeyError(CANARY)


def lived() -> World:
    """Every agency has filed every kind within an hour, some acknowledged; owners ruled."""
    world = World()
    world.adopt(with_look_ups())
    for agency in AGENCIES:
        for desk, record in records(agency):
            world.post(desk, record)
    world.settle()
    for desk in world.roles:
        for item in world.inbox(desk)[:2]:
            world.acknowledge(desk, item.event)
    named = tuple((number, digest("no decision")) for number in range(world.partitions))
    world.order("civil", "erase", erasure(named, "test"))
    for kind in ("release", "discard"):
        world.order("civil", kind, ruling(named))
    world.settle()
    return world


def write(world: World, rows: Iterable[Inbound]) -> None:
    """Lay records behind what is in their topics."""
    for row in rows:
        place = world.topics[row.topic, row.partition]
        place.append(replace(row, offset=len(place)))


def invaded(world: World) -> set[bytes]:
    """Lay hostile records on all topics that partners, agencies and owners may write to."""
    known = {row.key for row in world.rows(".outbox.")}
    valid = {part: world.rows(part) for part in PARTS}
    valid[".quarantine"] = [
        replace(row, topic=topics.quarantine(row.topic.split(".")[1])) for row in valid[".outbox."]
    ]
    for part, tenths in PARTS.items():
        write(world, hostile(valid[part], MANY * tenths // 10, part))
        for number, value in enumerate([*published_vectors(), *refused_vectors()]):
            write(world, [replace(valid[part][number % len(valid[part])], value=value)])
    return {row.key for row in world.rows(".outbox.") if row.key} - known


def published_vectors() -> Iterator[bytes]:
    """Every object and every text of the specification's vectors."""
    for file in sorted(VECTORS.glob("*.json")):
        todo = [json.loads(file.read_bytes())]
        while todo:
            one = todo.pop()
            yield one.encode() if isinstance(one, str) else json.dumps(one).encode()
            if isinstance(one, dict | list):
                todo += one.values() if isinstance(one, dict) else one


def refused_vectors() -> Iterator[bytes]:
    """What arrives in the vectors that a recipient refuses."""
    for file in sorted((VECTORS / "recipient").glob("*.json")):
        for vector in json.loads(file.read_bytes())["vectors"]:
            if not vector["steps"][-1]["expected"]["accepted"]:
                yield from (step["record"]["value"].encode() for step in vector["steps"])


@asynccontextmanager
async def all_agencies(world: World) -> AsyncIterator[dict[str, Bench]]:
    """The services of all agencies, over HTTP, unknown to the world's routers and desks."""
    async with AsyncExitStack() as stack:
        found = {name: await stack.enter_async_context(serving(name, world)) for name in AGENCIES}
        world.offices = {}  # their services read what they are sent
        yield found


async def heard(benches: dict[str, Bench], outboxes: dict[str, OwnOutboxes]) -> None:
    """Let every service read its outboxes and inboxes on."""
    for name, bench in benches.items():
        world, at = bench.world, bench.world.clock.now()
        await outboxes[name].look(bench.reader, at)
        for realm, number in world.routers:
            place = topics.inbox(realm, name), number
            await bench.incoming.take(world.unread(f"service of {name}", place))
            assert bench.incoming.failure == ""


async def followed(bench: Bench) -> list[dict[str, Any]]:
    """What `relais inbox` shows of all desks, through a sandbox's checklist."""
    around = Checklist(bench.parts.clock).around(bench.app)
    transport = httpx.ASGITransport(around)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        seen, items = replace(bench, client=client), list[dict[str, Any]]()
        for desk in bench.office.agency.desks:
            items += await everything(seen, desk, "/v1/inbox")
    assert all(map(inbox_text, items))
    return items


def ping_refused(world: World) -> set[bool]:
    """What `relais partner check` reads of the PING that a school's desk has sent."""
    directory = realm_keys("civil").directory
    sent = {event for row in world.rows(".outbox.education") for event in ping_of(row, EDU_S)}
    rows = world.rows(".inbox.education")
    return {refused for row in rows for refused in answer_of(row, EDU_S, directory, sent)}


async def everything(bench: Bench, desk: str, path: str) -> list[dict[str, Any]]:
    """All pages of what a desk is shown."""
    items, after, more = list[dict[str, Any]](), "", True
    while more:
        answer = await bench.get(desk, path, **({"after": after} if after else {}))
        assert answer.status_code == 200, answer.text
        body = answer.json()
        items, after, more = items + body["items"], body["cursor"], body["more"]
    return items


async def following(bench: Bench, desk: str, sent: list[str]) -> str:
    """What a program that waits for its inbox does, until it has shown one of these; its case."""
    after = ""
    while True:
        answer = await bench.get(desk, "/v1/inbox", after=after, wait=20)
        assert answer.status_code == 200, answer.text
        for item in answer.json()["items"]:
            assert inbox_text(item)
            if item.get("event") in sent:
                return str(item["case"])
        after = answer.json()["cursor"]


async def looked_up(bench: Bench, case: str) -> str:
    """What the CRIP posts to look a case up; its event."""
    answer = await bench.client.post("/v1/accesses", json={"case": case}, headers=token_of("crip"))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["events"][0])


@pytest.mark.slow
async def test_what_comes_behind_hostile_records_is_read_by_everybody() -> None:
    """Router, agencies, auditor, console, commands: a concern sent afterwards arrives."""
    world, passed_over = lived(), list[str]()
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS RISK"))
    raw(world, "parq-civ", "MEASURE", ("home-1", "execute_opp", "IDENTITY"), phase="start")
    async with all_agencies(world) as benches:
        outboxes = {name: OwnOutboxes(bench.office) for name, bench in benches.items()}
        for name, bench in benches.items():
            bench.office.outbox = type(bench.office.outbox)()  # as one that starts
            bench.office.count = passed_over.append
            await outboxes[name].read(bench.reader, world.clock.now())
        await heard(benches, outboxes)
        crip, sent = benches["child_welfare"], list[str]()
        follows = asyncio.create_task(following(crip, "crip", sent))
        laid = invaded(world)
        world.settle()
        await heard(benches, outboxes)
        school = concern(reference="behind all of them")
        sent += (await benches["education"].post("edu-s", school)).json()["events"]
        await benches["education"].client.post("/check", headers=token_of("edu-s"))
        world.settle()
        await heard(benches, outboxes)
        look_up = await looked_up(crip, await follows)
        world.settle()
        await heard(benches, outboxes)
        found = (await crip.get("crip", f"/v1/accesses/{look_up}")).json()
        shown = [item for bench in benches.values() for item in await followed(bench)]
        stands = await everything(benches["education"], "edu-s", "/v1/referrals")

    assert [one["state"] for one in stands if one["event"] in sent] == ["decided"]
    assert [one["type"] for one in shown if one.get("event") in sent] == ["IP"]
    assert found["participants"] == ["crip", "edu-s"]
    assert ping_refused(world) == {False}
    assert await audited(world, laid) == {"decided", "quarantined"}
    assert passed_over == []  # nothing of it met a fault of ours
    async with PlantedKafka(world.topics).reader() as reader:
        for name, bench in benches.items():
            again = OwnOutboxes(Office(bench.office.agency, passed_over.append))
            await again.read(reader, world.clock.now())
            assert passed_over == [], name


async def audited(world: World, laid: set[bytes]) -> set[str]:
    """The realm's log is clean for a replay, and `relais status` reads it; kinds of records."""
    verdicts: list[AuditVerdict] = []
    for realm in REALMS:
        audit = RealmAudit(PlantedLog(world.topics), realm, owners())
        verdicts.append(await audit.read_through(world.clock.now))
        page = json.dumps({"groups": groups(audit)}).encode()
        assert ask._groups(page) is not None  # for `relais status`
    verdict = merged(verdicts)
    tell(Asked(), verdict)
    alarms = {(one.code, one.detail) for _realm, one in verdict.findings if one.alarm}
    # A desk's next event follows what its key has signed, also where that was never routed.
    broken = [one for _realm, one in verdict.findings if one.code == "prev_does_not_follow"]
    rows = (world.topics[one.topic, one.partition][one.offset] for one in broken)
    covers = [claims_of(json.loads(row.value or b"")["data"]["cover"]) for row in rows]
    assert laid.issuperset(str(cover["prev"]).encode() for cover in covers)
    assert alarms - {(one.code, one.detail) for one in broken} <= {("quarantined", "id_reused")}
    kinds = {kind for tally in verdict.tallies.values() for kind in tally["kinds"]}
    return kinds & {"decided", "quarantined"}


def test_no_order_that_an_owner_signs_ends_who_reads_control(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In its turn, signed by the quorum, whatever it says or we do wrong; the next is taken."""
    world = lived()
    rows = [row for row in world.rows(".control") if row.topic == topics.control("civil")]
    before, turns = Registry("civil", owners()), dict[int, Registry]()
    for row in rows:
        turns[row.offset] = before.copy()
        before.extend([row.value])
    orders = [row for row in rows if (row.value or b"").startswith(b"[")]  # no directory's token
    adoptions, others = orders[1:3], orders[:1] + orders[3:]

    for row in (*hostile(adoptions, 20, "adoptions"), *hostile(others, MANY // 20, "orders")):
        registry = turns[row.offset].copy()
        taken = len(registry.orders)
        registry.extend([row.value])
        if len(registry.orders) == taken and rows[row.offset] in others:
            assert registry.extend([rows[row.offset].value]) == []
    registry = turns[orders[-1].offset].copy()
    with monkeypatch.context() as patch:
        patch.setattr(Registry, "_target", raising)
        assert registry.extend([orders[-1].value]) == ["order_malformed"]
    assert registry.extend([orders[-1].value]) == []


async def test_what_a_faulty_router_signs_ends_no_service() -> None:
    """Receipts and notices by its own key that say anything at all."""
    world, passed_over = lived(), list[str]()
    offices = {name: Office(one.agency, passed_over.append) for name, one in world.offices.items()}
    secret = Overwriting(frozenset({""}), SECRET, realm_keys("civil").directory)

    for row in hostile(world.rows(".inbox."), MANY // 5, "router", by_router=True):
        office = offices[row.topic.rpartition(".")[2]]
        place = row.topic.split(".")[1], row.partition
        office.take(row, place, office.agency.desks, world.clock.now())
        secret.take_inbox(row)
        secret.take_outbox(row)

    for office in offices.values():
        for desk in office.agency.desks:
            duties_of(office.view(desk), world.clock.now()).wire()
    assert passed_over == []


def foreign(world: World, reference: str) -> Inbound:
    """A cover by a desk's valid key, on its outbox, of a realm where its agency has no part."""
    world.post("edu-s", concern(reference=reference))
    row = world.rows(".outbox.education")[-1]
    shell = json.loads(row.value or b"")
    claims = claims_of(shell["data"]["cover"]) | {"realm": "criminal"}
    token = sign_jws(claims, COVER, realm_keys("civil").signers["edu-s"])
    shell["data"]["cover"] = token
    world.topics[row.topic, row.partition].remove(row)
    return replace(row, key=digest(token).encode(), value=canonical(shell))


async def test_a_cover_that_names_a_foreign_realm_ends_no_service() -> None:
    """Signed by a desk's own key, on its agency's outbox; met on a start and while running."""
    world, passed_over = World(), list[str]()
    office = Office(world.offices["education"].agency, passed_over.append)
    outboxes = OwnOutboxes(office)

    async with PlantedKafka(world.topics).reader() as reader:
        write(world, [foreign(world, "a case")])
        await outboxes.read(reader, world.clock.now())
        write(world, [foreign(world, "another case")])
        writers = await outboxes.look(reader, world.clock.now())
        good = world.post("edu-s", concern())
        await outboxes.look(reader, world.clock.now())

    assert writers == [("civil", "edu-s")]
    assert list(office.view("edu-s").own) == list(good.events)
    assert office.fold.known(office.view("edu-s").own[good.events[0]].case) == {"civil"}
    assert passed_over == []


async def test_a_message_to_nobody_does_not_end_the_inbox() -> None:
    """A notice whose `aud` is no desk's urn: the one behind it is read."""
    async with serving("education") as bench:
        passed_over = list[str]()
        bench.office.count = passed_over.append
        sent = (await bench.post("edu-s", concern())).json()
        offices, bench.world.offices = bench.world.offices, {}
        bench.world.settle()
        (row,) = bench.world.rows(".inbox.education")
        shell = json.loads(row.value or b"")
        head, payload, tail = shell["data"]["notice"].split(".")
        claims = json.loads(unb64u(payload)) | {"aud": "urn:relais:civil:router"}
        shell["data"]["notice"] = f"{head}.{b64u(canonical(claims))}.{tail}"
        bench.world.offices = offices

        await bench.incoming.take(
            [replace(row, value=canonical(shell)), replace(row, offset=row.offset + 1)]
        )
        status = await bench.get("edu-s", f"/v1/referrals/{sent['events'][0]}")

    assert (bench.incoming.failure, bench.incoming.unreadable, passed_over) == ("", 1, [])
    assert status.json()["state"] == "decided"
