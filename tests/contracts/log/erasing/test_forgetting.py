"""An agency overwrites in its own topics what orders erase, and goes on without it."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from contracts.encoding import b64u, canonical, digest, json_object
from contracts.envelope.wire import Inbound
from contracts.log.erasing.forgetting import (
    BLANK,
    Overwriting,
    erased_leaves,
    is_blank,
    message_of,
    read_blank,
)
from contracts.vocabulary import topics
from tests.contracts.log.erasing.kit import ALERT, compacted, naming, order, read_anew, two_children
from tests.flows.acts import CASE, OTHER, raw
from tests.searching import spellings
from tests.world import World


def blanked(world: World) -> int:
    """Every agency heeds all orders; how many records it wrote."""
    written, erased = 0, erased_leaves(world.registries["civil"].orders)
    leaves = frozenset(leaf for _, leaf in erased)
    for name, office in world.offices.items():
        directory = office.agency.in_force("civil", world.clock.now())[1]
        found = Overwriting(leaves, office.agency.blanking("civil"), directory)
        for row in world.topics[topics.inbox("civil", name), 0]:
            found.take_inbox(row)
        for take in (found.take_blanked, found.take_outbox):
            for row in world.topics[topics.outbox("civil", name), 0]:
                take(row)
        for blank in found.blanks:
            world.write(blank)
            written += 1
    world.settle()  # routing copies those of the inboxes
    return written


def own_topics(world: World) -> list[str]:
    """Inboxes and outboxes of all agencies."""
    return [of("civil", name) for name in world.offices for of in (topics.inbox, topics.outbox)]


def clean(world: World) -> bytes:
    """Kafka cleans all topics that agencies have; what is left there."""
    for name in own_topics(world):
        compacted(world, name)
    rows = [row for name in own_topics(world) for row in world.topics[name, 0]]
    return b"".join(
        (row.key or b"") + (row.value or b"") + repr(row.headers).encode() for row in rows
    )


def test_of_an_erased_case_no_topic_of_an_agency_names_it() -> None:
    """Covers, sealed parts, receipts and notices have gone; the other case's have not."""
    world = two_children()
    names = spellings(CASE.encode())
    raw(world, "edu-s", "IP", ("pol", "assess", "FACTS"), case=CASE)  # refused, by a notice alone
    parts = [
        orjson.loads(row.value or b"")["data"]["parts"][0].encode()
        for row in world.topics[topics.outbox("civil", "education"), 0][:1]
    ]
    held = clean(world)
    order(world, naming(world, CASE))
    blanked(world)
    left = clean(world)

    assert names[0] in held
    assert any(text in held for text in names[1:])
    assert [text for text in names if text in left] == []
    assert all(part in left for part in parts)
    assert any(text in left for text in spellings(OTHER.encode()))
    assert blanked(world) == 0


def test_an_agency_that_reads_anew_misses_no_number_and_knows_no_case() -> None:
    """By its own blanks, whether Kafka has cleaned or not; the case is neither known nor owed."""
    world = two_children()
    order(world, naming(world, CASE))
    blanked(world)
    raw(world, "edu-s", "IP", ALERT, case=OTHER)
    dirty = read_anew(world, "child_welfare")
    clean(world)
    after = read_anew(world, "child_welfare")

    for office in (dirty, after):
        assert office.fold.known(CASE) == frozenset()
        assert office.fold.known(OTHER) == {"civil"}
        for fold in office.fold.desks.values():
            assert not fold.numbers.gaps
            assert not [one for one in fold.duties.by_id if CASE in one]


INBOX = topics.inbox("civil", "child_welfare"), 0


def told_by_nobody(leaf: str, desk: str, number: int, cover: str = "") -> bytes:
    """A notice that names an erased leaf, and that no router has signed."""
    claims = {"dec": leaf, "aud": desk, "seq": number, "event": {"iss": desk}, "cover": cover}
    head = {"alg": "Ed25519", "kid": "router-civil-1", "typ": "referral-notice+jwt"}
    token = ".".join(b64u(part) for part in (canonical(head), canonical(claims), bytes(64)))
    return canonical({"data": {"notice": token}})


@pytest.mark.parametrize("replaced", [False, True])
def test_what_is_withheld_is_a_gap_beside_those_that_were_erased(replaced: bool) -> None:
    """A blank stands for its own number alone; what no router signed, though named, for none."""
    world = two_children()
    raw(world, "psp", "IP", ALERT, case=CASE)
    order(world, naming(world, CASE))
    blanked(world)
    _number, leaf = next(iter(erased_leaves(world.registries["civil"].orders)))
    kept = list(world.topics[INBOX])
    for _ in range(20):  # more than the order names
        raw(world, "edu-s", "IP", ALERT, case=OTHER)
    for row in world.topics[INBOX][len(kept) :] if replaced else ():
        message = message_of(row.value)
        assert message is not None
        told = told_by_nobody(leaf, message.blank.desk, message.blank.number)
        kept.append(replace(row, value=told))
    world.topics[INBOX] = kept
    raw(world, "edu-s", "IP", ALERT, case=OTHER)

    assert blanked(world) == 0
    clean(world)
    gaps = read_anew(world, "child_welfare").view("crip").numbers.gaps
    assert [gap.last - gap.first + 1 for gap in gaps] == [20]


def test_what_no_router_has_signed_erases_nothing_from_an_outbox() -> None:
    """It says that the other child's event is one that the order names."""
    world = two_children()
    order(world, naming(world, CASE))
    blanked(world)
    _number, leaf = next(iter(erased_leaves(world.registries["civil"].orders)))
    sent = world.topics[topics.outbox("civil", "education"), 0]
    own = next(json_object(row.value) for row in sent if b'"cover"' in (row.value or b""))
    inbox = world.topics[topics.inbox("civil", "education"), 0]
    told = told_by_nobody(leaf, own["source"], 99, digest(own["data"]["cover"]))
    inbox.append(replace(inbox[-1], offset=len(inbox), key=b"k", value=told))

    assert blanked(world) == 0


def test_routing_passes_a_blank_by_and_the_chain_goes_on_behind_it() -> None:
    """The last cover of a desk is erased: its next one follows it all the same."""
    world = two_children()
    raw(world, "psp", "IP", ALERT, case=CASE)
    name = world.office("psp").agency.name
    chain = read_anew(world, name).outbox.chain
    order(world, naming(world, CASE))
    blanked(world)
    before = len(world.topics[topics.decisions("civil"), 0])
    world.settle()
    clean(world)
    anew = read_anew(world, name).outbox.chain
    raw(world, "psp", "IP", ALERT, case=OTHER)

    assert len(world.topics[topics.decisions("civil"), 0]) == before
    assert not world.topics[topics.quarantine("civil"), 0]
    assert chain
    assert anew == chain
    assert world.audit()["clean"]


@pytest.mark.parametrize(
    "forged",
    [
        {"headers": ((BLANK, b"no json"),)},
        {"headers": ((BLANK, None),)},
        {"headers": ((BLANK, b"x" * 600),)},
        {"headers": ()},
        {"partition": 3},
        {"topic": "relais.civil.outbox.education"},
        {"key": b"another"},
        {"value": b"x"},
    ],
)
def test_only_the_agencys_own_blank_explains_a_number(forged: dict[str, object]) -> None:
    """Moved to another place, to another key, or made up, it says nothing."""
    world = two_children()
    order(world, naming(world, CASE))
    blanked(world)
    secret = world.offices["child_welfare"].agency.blanking("civil")
    rows = world.topics[topics.inbox("civil", "child_welfare"), 0]
    own = next(row for row in rows if read_blank(row, secret))

    assert is_blank(own)
    assert read_blank(own, b"another secret") is None
    assert read_blank(replace(own, **forged), secret) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "copied"), [(b"inbox:k", True), (b"inbox:" + bytes(1 << 21), False)]
)
@pytest.mark.parametrize("name", ["education", "nobody"])
def test_routing_copies_a_blank_to_an_inbox_that_there_is_and_holds_nothing_up(
    key: bytes, copied: bool, name: str
) -> None:
    """Into the asking agency's own, of the same partition; what no topic takes is passed by."""
    world = two_children()
    asked = Inbound(topics.outbox("civil", name), 0, 10**6, key, b"", ((BLANK, b"{}"),), 0)
    world.topics[topics.outbox("civil", "education"), 0].append(asked)
    raw(world, "edu-s", "IP", ALERT, case=OTHER)

    rows = [row for name in own_topics(world) for row in world.topics[name, 0]]
    found = [row.topic for row in rows if row is not asked and row.headers == ((BLANK, b"{}"),)]
    assert found == [topics.inbox("civil", name)] * (copied and name == "education")
    assert world.audit()["clean"]
    assert not world.topics[topics.quarantine("civil"), 0]


def test_an_empty_record_without_the_header_is_put_aside_as_before() -> None:
    """What passes routing by is what an agency has blanked, not whatever is empty."""
    world = two_children()
    name = topics.outbox("civil", "education")
    empty = Inbound(name, 0, len(world.topics[name, 0]), b64u(bytes(32)).encode(), b"", (), 0)
    world.topics[name, 0].append(empty)
    world.settle()

    assert len(world.topics[topics.quarantine("civil"), 0]) == 1
