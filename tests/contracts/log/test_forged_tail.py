"""Who has only Kafka chains records to the log: a starting router refuses, and says so."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.encoding import b64u, canonical, leaf_hash, sha256
from contracts.errors import RelaisError
from tests.contracts.envelope import kit
from tests.contracts.log.routed import Bus, rebuild


def refusal(evidence: bytes, **changes: Any) -> str:
    """The code with which a router refuses an honest log with one forged record at its end."""
    bus = Bus()
    bus.tick(kit.NOW)
    tail = bus.routers[0].state.tail
    record = {
        "realm": "civil", "partition": 0, "index": tail.index, "prev": tail.leaf, "at": kit.NOW,
        "kind": "decided", "evd": b64u(sha256(evidence)), **changes,
    }  # fmt: skip
    value = canonical(record)
    rows = [(row.value, tuple(row.headers)) for row in bus.log(0)]
    known = bus.evidence(0) | {leaf_hash(value): evidence}
    with pytest.raises(RelaisError) as raised:
        rebuild("civil", 0, [*rows, (value, ())], known, bus.registry)
    return raised.value.code


def effects(*found: object) -> bytes:
    """Evidence of these effects."""
    return canonical({"effects": found})


SEEN = {"k": "seen", "jti": "x", "iss": "x", "d": "x", "exp": 1}
ODD = [
    b"", b"\xff", b"null", b"[]", b"{}", b'{"effects":1}', effects(1), effects({"k": []}),
    b'{"effects":{"k":1}}', effects({"k": "seq", "desks": 1}), effects({"k": "seen"}),
    effects({"k": "nothing"}), effects({"k": "adopted"}),
    effects({"k": "adopted", "kind": "adopt_directory", "target": []}),
    effects({"k": "genesis", "shards": []}), effects({"k": "duty_opened", "duty": {}}),
    effects({"k": "duty_opened", "duty": 1}), effects({"k": "chain", "iss": [], "d": "x"}),
    effects(SEEN | {"iss": 1}), effects(SEEN | {"exp": "soon"}), effects(SEEN | {"jti": []}),
    effects({"k": "event", "sub": "x", "jti": "x", "iss": "x", "etype": "x", "iat": 1,
             "desks": {"x": 1}}),
    b'{"effects":[{"k":"chain","iss":"x","d":' + b"[" * 1000 + b"]" * 1000 + b"}]}",
]  # fmt: skip


@pytest.mark.parametrize("merged", [1, 1000])
@pytest.mark.parametrize("evidence", ODD)
def test_evidence_of_any_form_is_a_refusal_and_no_crash(
    evidence: bytes, merged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the chain and the hash cannot tell is public; nothing merged on the way is used."""
    monkeypatch.setattr("contracts.log.rebuild.MERGE_EVERY", merged)

    assert refusal(evidence) in {
        "record_malformed", "unknown_effect", "effect_misplaced",
    }  # fmt: skip


@pytest.mark.parametrize("source", ["x", [], {}, {"topic": [], "offset": 1}, {"topic": "x"}])
def test_a_source_of_any_form_is_a_refusal_and_no_crash(source: object) -> None:
    """How far inputs were taken is read on the way too."""
    assert refusal(effects(), src=source) == "record_malformed"


@pytest.mark.parametrize(
    ("found", "record", "code"),
    [
        ([SEEN], {"kind": "summed"}, "unknown_record"),
        ([SEEN], {"kind": ""}, "unknown_record"),
        ([SEEN], {"urgent": True}, "unknown_record"),
        ([{**SEEN, "k": "seen_again"}], {}, "unknown_effect"),
        ([{**SEEN, "until": 2}], {}, "unknown_effect"),
        ([SEEN, {"k": "seq", "desks": {}, "of": "x"}], {}, "unknown_effect"),
        ([SEEN], {}, "tail_unsigned"),  # of ours: all that is wrong with it
    ],
)
def test_what_this_release_does_not_know_is_refused_by_name(
    found: list[dict[str, Any]], record: dict[str, Any], code: str
) -> None:
    """A kind of record or effect, and a member of either."""
    assert refusal(effects(*found), **record) == code
