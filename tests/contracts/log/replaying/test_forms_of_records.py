"""A record of each kind, of another form or too much, by the router's own key: it is found."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import Any

import orjson
import pytest

from contracts.encoding import b64u, canonical, leaf_hash, sha256, unb64u
from contracts.errors import LogError
from contracts.log.chain import KINDS, LEAF_LABEL, SIGNATURE_HEADER
from contracts.log.entry import write
from contracts.log.orders.rulings import erasure
from contracts.log.rebuild import Rebuilding
from contracts.log.replaying.replay import Replayer
from contracts.log.routing import settle, step
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from tests.contracts.envelope import kit
from tests.contracts.log.routed import Bus, read_back
from tests.contracts.log.ruling import LATER, good, put_aside, rule
from tests.contracts.log.ruling import settle as settled
from tests.contracts.log.saying import alarms, instruction

END = LATER + 500 * kit.DAY
TEXT = "x"
Form = tuple[str, str, tuple[str | int, ...], object]
OTHER_FORMS: tuple[Form, ...] = (
    ("decided", "evidence", ("effects", 0, "exp"), TEXT),
    ("decided", "evidence", ("effects", 0, "exp"), None),
    ("released", "evidence", ("effects", 1, "at"), TEXT),
    ("released", "evidence", ("effects", 1, "at"), [TEXT]),
    ("renewed", "evidence", ("effects", 0, "next"), TEXT),
    ("renewed", "evidence", ("effects", 0, "next"), {}),
    ("quarantined", "evidence", ("code",), [TEXT]),
    ("quarantined", "evidence", ("code",), None),
    ("decided", "record", ("kind",), [TEXT]),
    ("decided", "record", ("kind",), {}),
    ("decided", "record", ("src", "offset"), TEXT),
    ("duplicate", "record", ("src", "topic"), [TEXT]),
    ("quarantined", "record", ("src", "sha"), {}),
)
# A start folds these, for nothing in a state hangs on them; a replay finds them.
FOLDED: tuple[Form, ...] = (
    ("decided", "record", ("src", "topic"), "relais.civil.outbox.police"),
    ("duplicate", "record", ("src", "topic"), "relais.civil.outbox.police"),
    ("quarantined", "record", ("src", "topic"), "relais.criminal.outbox.education"),
    ("decided", "record", ("src", "offset"), -1),
    ("quarantined", "record", ("src", "sha"), "AA"),
    ("quarantined", "evidence", ("code",), "\x1b[31mA child's name"),
    ("quarantined", "evidence", ("place",), {"of": TEXT}),
    ("quarantined", "evidence", ("bytes",), TEXT),
    ("decided", "evidence", ("salt",), ""),
    ("adopted", "evidence", ("salt",), "AA"),
)


def every_kind() -> Bus:
    """A log with each kind of record."""
    bus = Bus()
    event = kit.inbound(instruction("1", "2026-12-23"), offset=1)
    bus.route(event)
    bus.route(event)
    kept = put_aside(bus, good(bus, 2), good(bus, 3))
    rule(bus, "release", kept[0])
    rule(bus, "discard", kept[1])
    content = {"shards": 1, "partitions": topics.PARTITIONS}
    bus.order("layout", content, LATER)
    (leaf,) = [row.key.decode() for row in bus.log(event.partition) if b'"decided"' in row.value]
    bus.order("erase", erasure(((event.partition, leaf),), "test"), LATER)
    settled(bus, LATER)
    bus.tick(END)
    return bus


@lru_cache(maxsize=1)
def bus() -> Bus:
    """Such a log, written once for all tests, which only read it."""
    return every_kind()


def put(value: Any, path: tuple[str | int, ...], other: object) -> Any:
    """The same JSON with another value at a path."""
    value = deepcopy(value)
    inner = value
    for at in path[:-1]:
        inner = inner[at]
    inner[path[-1]] = other
    return value


def met(
    kind: str, where: str, path: tuple[str | int, ...], other: object
) -> tuple[list[str], Rebuilding, tuple[bytes, list[tuple[str, bytes]], bytes]]:
    """Codes of a replay that meets such a record, signed; a start that is about to meet it."""
    log, number, at = next(
        (rows, number, at)
        for number, rows in ((one, bus().log(one)) for one in bus().routers)
        for at, row in enumerate(rows)
        if orjson.loads(row.value)["kind"] == kind
    )
    evidence = bus().evidence(number)
    replayer = Replayer("civil", number, bus().registry)
    start = Rebuilding("civil", number, bus().registry)
    for row in log[:at]:
        beside = evidence[row.key.decode()]
        replayer.step(read_back(row.value, row.headers), beside)
        start.step(row.value, tuple(row.headers), beside)
    record, beside = orjson.loads(log[at].value), evidence[log[at].key.decode()]
    if where == "evidence":
        beside = canonical(put(orjson.loads(beside), path, other))
        record["evd"] = b64u(sha256(beside))
    else:
        record = put(record, path, other)
    value = canonical(record)
    signer = kit.realm().router
    signature = b64u(signer.sign(LEAF_LABEL + unb64u(leaf_hash(value))))
    headers = [(SIGNATURE_HEADER, canonical({"kid": signer.kid, "sig": signature}))]
    found = replayer.step(read_back(value, headers), beside)
    replayer.finish(END)
    assert all(type(one.detail) is str and TEXT * 2 not in one.detail for one in found)
    return [one.code for one in found if one.alarm], start, (value, headers, beside)


@pytest.mark.parametrize("form", [*OTHER_FORMS, *FOLDED])
def test_a_member_of_another_form_is_found_and_stops_a_start_by_a_word(form: Form) -> None:
    """Neither ends in a fault of ours; taken over as it stands it would follow from itself."""
    codes, start, row = met(*form)

    assert codes
    if form in OTHER_FORMS:
        with pytest.raises(LogError):
            start.step(*row)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_record_that_changes_more_than_follows_is_found(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It forges the end of a desk's chain of covers, signs that, and goes on from there."""
    forged: dict[str, Any] = {"k": "chain", "iss": desk_urn("civil", "edu-s"), "d": b64u(bytes(32))}

    def lie(post: Any, written: str, evidence: Any, effects: Any, *rest: Any) -> Any:
        more = [forged] if written == kind else []
        return write(post, written, evidence, [*effects, *more], *rest)

    with monkeypatch.context() as lying:
        lying.setattr(settle, "write", lie)
        lying.setattr(step, "write", lie)
        found = every_kind()
    rows = [row for number in found.routers for row in found.log(number)]
    lies = sum(orjson.loads(row.value)["kind"] == kind for row in rows)

    assert lies
    assert alarms(found, END) == ["decision_differs"] * lies
