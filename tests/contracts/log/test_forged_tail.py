"""Who has only Kafka chains records to the log: a starting router refuses, and says so."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.encoding import b64u, canonical, leaf_hash, sha256
from contracts.errors import RelaisError
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus
from tests.contracts.log.rebuilt import rebuild


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


@pytest.mark.parametrize(
    "evidence",
    [
        b"", b"\xff", b"null", b"[]", b"{}", b'{"effects":1}', b'{"effects":[1]}',
        b'{"effects":{"k":1}}', b'{"effects":[{"k":[]}]}', b'{"effects":[{"k":"seq","desks":1}]}',
        b'{"effects":[{"k":"seen"}]}', b'{"effects":[{"k":"nothing"}]}',
    ],
)  # fmt: skip
def test_evidence_of_any_form_is_a_refusal_and_no_crash(evidence: bytes) -> None:
    """Everything that the chain and the hash cannot tell is public: anyone can make both fit."""
    assert refusal(evidence) in {"record_malformed", "unknown_effect", "effect_misplaced"}


@pytest.mark.parametrize(
    "effect",
    [
        {"k": "adopted"}, {"k": "adopted", "kind": "adopt_directory", "target": []},
        {"k": "genesis", "shards": []}, {"k": "duty_opened", "duty": {}},
        {"k": "duty_opened", "duty": 1}, {"k": "chain", "iss": [], "d": "x"},
        {"k": "seen", "jti": "x", "iss": 1, "d": "x", "exp": 1},
        {"k": "event", "sub": "x", "jti": "x", "iss": "x", "etype": "x", "iat": 1,
        "desks": {"x": 1}},
    ],
)  # fmt: skip
def test_effects_with_odd_fields_are_a_refusal_and_no_crash(effect: dict[str, Any]) -> None:
    """Whatever the field: the state that they would make is never used."""
    assert refusal(canonical({"effects": [effect]}))


@pytest.mark.parametrize(
    "effect",
    [
        {"k": "seen", "jti": "x", "iss": "x", "d": "x", "exp": "soon"},
        {"k": "seen", "jti": [], "iss": "x", "d": "x", "exp": 1},
    ],
)  # fmt: skip
def test_what_no_state_can_take_in_is_a_refusal_and_no_crash(
    effect: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state is merged on the way, which may be before the signature that is missing."""
    monkeypatch.setattr("contracts.log.rebuild.MERGE_EVERY", 1)

    assert refusal(canonical({"effects": [effect]})) in {"record_malformed", "effect_misplaced"}


@pytest.mark.parametrize("source", ["x", [], {}, {"topic": [], "offset": 1}, {"topic": "x"}])
def test_a_source_of_any_form_is_a_refusal_and_no_crash(source: object) -> None:
    """How far inputs were taken is read on the way too."""
    assert refusal(canonical({"effects": []}), src=source) == "record_malformed"


def test_effects_nested_without_end_are_a_refusal_and_no_crash() -> None:
    """What a JSON parser still takes is more than may be gone through level by level."""
    nested = b'[{"k":"chain","iss":"x","d":' + b"[" * 1000 + b"]" * 1000 + b"}]"

    assert refusal(b'{"effects":' + nested + b"}")


SEEN = {"k": "seen", "jti": "x", "iss": "x", "d": "x", "exp": 1}


@pytest.mark.parametrize(
    ("effects", "record", "code"),
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
    effects: list[dict[str, Any]], record: dict[str, Any], code: str
) -> None:
    """A kind of record or effect, and a member of either."""
    assert refusal(canonical({"effects": effects}), **record) == code
