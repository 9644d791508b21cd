"""A record of any form behind an honest log, of nobody's or signed by the router: it is found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import orjson
import pytest

from contracts.encoding import b64u, canonical, leaf_hash, rfc3339, sha256, unb64u
from contracts.envelope.wire import Outbound
from contracts.errors import LogError
from contracts.log.chain import KINDS, LEAF_LABEL, SIGNATURE_HEADER, Headers
from contracts.log.entry import write
from contracts.log.orders.rulings import erasure
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.log.routing import settle, step
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from tests.contracts.envelope import kit
from tests.contracts.log.routed import ALERT, LATER, Bus, instruction, read_back, rebuild

END: Final = LATER + 500 * kit.DAY


def met(
    bus: Bus, rows: Sequence[Outbound], value: bytes, headers: Headers, evidence: bytes
) -> tuple[list[AuditFinding], str]:
    """What a replay finds in a record behind these, and by which code a start refuses it."""
    number = rows[0].partition
    replayer, known = Replayer("civil", number, bus.registry), bus.evidence(number)
    for row in rows:
        found = replayer.step(read_back(row.value, row.headers), known[row.key.decode()])
        assert not any(one.alarm for one in found)
    found = replayer.step(read_back(value, headers), evidence)
    replayer.finish(END)
    records = [(row.value, tuple(row.headers)) for row in rows]
    beside = known | {leaf_hash(value): evidence}
    try:
        rebuild("civil", number, [*records, (value, headers)], beside, bus.registry)
    except LogError as error:
        return found, error.code
    return found, ""


# --- what nobody signed ---------------------------------------------------------------------------


@cache
def honest() -> Bus:
    """A log that has begun, which the tests only read."""
    bus = Bus()
    bus.tick(kit.NOW)
    return bus


def refusal(evidence: bytes, **changes: Any) -> str:
    """The code by which a start refuses a record with this evidence, that a replay finds too.

    Args:
        changes: members of the record; one that is None is left out.
    """
    tail = honest().routers[0].state.tail
    record = {
        "realm": "civil", "partition": 0, "index": tail.index, "prev": tail.leaf, "at": kit.NOW,
        "kind": "decided", "evd": b64u(sha256(evidence)), "outs": [],
        "src": {"topic": "t", "offset": 1, "sha": "x"}, **changes,
    }  # fmt: skip
    value = canonical({name: one for name, one in record.items() if one is not None})
    found, code = met(honest(), honest().log(0), value, (), evidence)
    assert [one.alarm for one in found] == [True]
    assert all(rfc3339(one.at) for one in found)  # as every page and command tells it
    return code


def effects(*found: object) -> bytes:
    """Evidence of these effects."""
    return canonical({"effects": found})


SEEN: Final = {"k": "seen", "jti": "x", "iss": "x", "d": "x", "exp": 1}
ODD: Final = [
    b"", b"\xff", b"null", b"[]", b"1", b"{}", b'{"effects":1}', b'{"effects":{"k":1}}',
    b'{"salt":1}', b'{"salt":"","cover":1,"heads":[]}',
    b'{"cover":"a.b.c","heads":[{"head":1}],"salt":"AA"}', b'{"code":1,"place":2,"salt":[]}',
    b'{"order":[],"salt":""}', effects(1), effects({"k": []}),
    effects({"k": "seq", "desks": 1}), effects({"k": "seen"}), effects({"k": "nothing"}),
    effects({"k": "adopted"}), effects({"k": "adopted", "kind": "adopt_directory", "target": []}),
    effects({"k": "genesis", "shards": []}), effects({"k": "duty_opened", "duty": {}}),
    effects({"k": "duty_opened", "duty": 1}), effects({"k": "chain", "iss": [], "d": "x"}),
    effects(SEEN | {"iss": 1}), effects(SEEN | {"exp": "soon"}), effects(SEEN | {"jti": []}),
    effects({"k": "event", "sub": "x", "jti": "x", "iss": "x", "etype": "x", "iat": 1,
             "desks": {"x": 1}}),
    b'{"effects":[{"k":"chain","iss":"x","d":' + b"[" * 1000 + b"]" * 1000 + b"}]}",
    b'{"effects":[{"k":"duty_opened","duty":' + b'{"duty":' * 900 + b"1" + b"}" * 900 + b"}]}",
    effects(SEEN | {"exp": -1}), effects(SEEN | {"exp": 2**53}), effects(SEEN | {"jti": "x\0y"}),
    *(effects({"k": "seq", "desks": {"x": at}}) for at in ({"y": "z"}, 2**53, 9, 0)),
    effects({"k": "desk_end", "desk": "x", "successor": "x", "until": 1}),
]  # fmt: skip


@pytest.mark.parametrize("merged", [1, 1000])
@pytest.mark.parametrize("evidence", ODD)
def test_evidence_of_any_form_is_a_refusal_and_no_crash(
    evidence: bytes, merged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the chain and the hash cannot tell is public; nothing merged on the way is used."""
    monkeypatch.setattr("contracts.log.rebuild.MERGE_EVERY", merged)

    for kind in KINDS:
        code = refusal(evidence, kind=kind)
        found = {"record_malformed", "unknown_effect", "effect_misplaced", "order_unknown"}
        assert code in found, kind


SOUND: Final = {"salt": b64u(bytes(16)), "cover": ALERT.cover, "heads": [], "effects": [SEEN]}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("record_malformed", {"src": "x"}),
        ("record_malformed", {"src": []}),
        ("record_malformed", {"src": {}}),
        ("record_malformed", {"src": {"topic": "x"}}),
        ("record_malformed", {"src": {"topic": [], "offset": 1}}),
        ("tail_unsigned", {"src": None}),
        ("tail_unsigned", {"at": 2**53 - 1}),
        ("chain_broken", {"at": "now"}),
        ("chain_broken", {"at": None}),
        ("chain_broken", {"prev": 1}),
        ("evidence_altered", {"evd": 1}),
        ("record_malformed", {"index": True}),
        ("record_malformed", {"partition": "0"}),
        ("record_malformed", {"realm": None}),
        ("unknown_record", {"kind": None}),
        ("unknown_record", {"kind": 1}),
        # what this release does not know: a kind of record or effect, and a member of either
        ("unknown_record", {"kind": "summed"}),
        ("unknown_record", {"kind": ""}),
        ("unknown_record", {"urgent": True}),
        ("unknown_effect", {"effects": [{**SEEN, "k": "seen_again"}]}),
        ("unknown_effect", {"effects": [{**SEEN, "until": 2}]}),
        ("unknown_effect", {"effects": [SEEN, {"k": "seq", "desks": {}, "of": "x"}]}),
        ("tail_unsigned", {}),  # of ours: all that is wrong with it
    ],
)
def test_another_member_is_refused_by_name(code: str, changes: dict[str, Any]) -> None:
    """Of the record, or the effects of its evidence: how far inputs were taken, who signed it."""
    evidence = SOUND | {"effects": changes.get("effects", [SEEN])}
    record = {name: one for name, one in changes.items() if name != "effects"}

    assert refusal(canonical(evidence), **record) == code


@pytest.mark.parametrize("more", [{"dird": True}, {"shards": 1}, {"convd": True}])
def test_an_order_is_recorded_with_its_own_effect(more: dict[str, Any]) -> None:
    """Not once more, which would bring an old directory back, and the keys that it lists."""
    order = next(one for one in honest().registry.orders if one.kind == "adopt_directory")
    said = {name: order.target if value is True else value for name, value in more.items()}
    effect = {"k": "order", "n": order.n, **said}

    assert refusal(canonical({"effects": [effect], "order": order.digest})) == "order_unknown"


# --- what the router signed -----------------------------------------------------------------------

TEXT: Final = "x"
Form = tuple[str, str, tuple[str | int, ...], object]
OTHER_FORMS: Final[tuple[Form, ...]] = (
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
    ("decided", "record", ("src", "offset"), -1),
    ("duplicate", "record", ("src", "topic"), [TEXT]),
    ("quarantined", "record", ("src", "sha"), {}),
)
# A start folds these, for nothing in a state hangs on them; a replay finds them.
FOLDED: Final[tuple[Form, ...]] = (
    ("decided", "record", ("src", "topic"), "relais.civil.outbox.police"),
    ("duplicate", "record", ("src", "topic"), "relais.civil.outbox.police"),
    ("quarantined", "record", ("src", "topic"), "relais.criminal.outbox.education"),
    ("quarantined", "record", ("src", "sha"), "AA"),
    ("quarantined", "evidence", ("code",), "\x1b[31mA child's name"),
    ("quarantined", "evidence", ("place",), {"of": TEXT}),
    ("quarantined", "evidence", ("bytes",), TEXT),
    ("decided", "evidence", ("salt",), ""),
    ("adopted", "evidence", ("salt",), "AA"),
)


@cache
def every_kind() -> Bus:
    """A log with each kind of record, which the tests only read."""
    bus = Bus()
    event = kit.inbound(instruction("1", "2026-12-23"), offset=1)
    bus.route(event)
    bus.route(event)
    kept = bus.put_aside(bus.good(2), bus.good(3))
    bus.rule("release", kept[0])
    bus.rule("discard", kept[1])
    content = {"shards": 1, "partitions": topics.PARTITIONS}
    bus.order("layout", content, LATER)
    (leaf,) = [row.key.decode() for row in bus.log(event.partition) if b'"decided"' in row.value]
    bus.order("erase", erasure(((event.partition, leaf),), "test"), LATER)
    bus.settle(LATER)
    bus.tick(END)
    return bus


@pytest.mark.parametrize("form", [*OTHER_FORMS, *FOLDED])
def test_a_member_of_another_form_is_found_and_stops_a_start_by_a_word(form: Form) -> None:
    """Neither ends in a fault of ours; taken over as it stands it would follow from itself."""
    (kind, where, path, other), bus = form, every_kind()
    number, at = next(
        (number, at)
        for number in bus.routers
        for at, row in enumerate(bus.log(number))
        if orjson.loads(row.value)["kind"] == kind
    )
    row = bus.log(number)[at]
    record = orjson.loads(row.value)
    proof = orjson.loads(bus.evidence(number)[row.key.decode()])
    inner = record if where == "record" else proof
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = other
    evidence = canonical(proof)
    record["evd"] = b64u(sha256(evidence))
    value, signer = canonical(record), kit.realm().router
    signature = b64u(signer.sign(LEAF_LABEL + unb64u(leaf_hash(value))))
    headers = ((SIGNATURE_HEADER, canonical({"kid": signer.kid, "sig": signature})),)

    found, code = met(bus, bus.log(number)[:at], value, headers, evidence)

    assert any(one.alarm for one in found)
    assert all(type(one.detail) is str and TEXT * 2 not in one.detail for one in found)
    assert bool(code) is (form in OTHER_FORMS)


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
        found = every_kind.__wrapped__()  # by the lying router
    rows = [row for number in found.routers for row in found.log(number)]
    lies = sum(orjson.loads(row.value)["kind"] == kind for row in rows)

    assert lies
    assert found.alarms(END) == ["decision_differs"] * lies
