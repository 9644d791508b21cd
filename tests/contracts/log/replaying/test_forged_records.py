"""A record of any form chained to an honest log: a start refuses it, an auditor finds it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pytest

from contracts.encoding import b64u, canonical, leaf_hash, sha256
from contracts.errors import RelaisError
from contracts.log.replaying.replay import Replayer
from tests.contracts.envelope import kit
from tests.contracts.log.routed import Bus, read_back, rebuild
from tests.contracts.log.saying import ALERT

SOURCE: Final = {"topic": "t", "offset": 1, "sha": "x"}


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
    bus = honest()
    tail, known = bus.routers[0].state.tail, bus.evidence(0)
    record = {
        "realm": "civil", "partition": 0, "index": tail.index, "prev": tail.leaf, "at": kit.NOW,
        "kind": "decided", "evd": b64u(sha256(evidence)), "outs": [], "src": SOURCE, **changes,
    }  # fmt: skip
    value = canonical({name: one for name, one in record.items() if one is not None})
    replayer = Replayer("civil", 0, bus.registry)
    for row in bus.log(0):
        assert not replayer.step(read_back(row.value, row.headers), known[row.key.decode()])
    assert [one.alarm for one in replayer.step(read_back(value), evidence)] == [True]

    rows = [(row.value, tuple(row.headers)) for row in bus.log(0)]
    beside = known | {leaf_hash(value): evidence}
    with pytest.raises(RelaisError) as raised:
        rebuild("civil", 0, [*rows, (value, ())], beside, bus.registry)
    return raised.value.code


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
]  # fmt: skip
KINDS: Final = ("decided", "duplicate", "quarantined", "overdue", "genesis", "adopted", "erased")


@pytest.mark.parametrize("merged", [1, 1000])
@pytest.mark.parametrize("evidence", ODD)
def test_evidence_of_any_form_is_a_refusal_and_no_crash(
    evidence: bytes, merged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the chain and the hash cannot tell is public; nothing merged on the way is used."""
    monkeypatch.setattr("contracts.log.rebuild.MERGE_EVERY", merged)

    for kind in KINDS:
        code = refusal(evidence, kind=kind)
        assert code in {"record_malformed", "unknown_effect", "effect_misplaced"}, kind


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
