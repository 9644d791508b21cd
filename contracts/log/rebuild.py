"""From records and evidence back to state: how a router starts.

The chain, every evidence hash and the signature over the tail are checked before anything is
trusted: an unsigned or unchained tail refuses to start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from contracts.decision.state.effects import KNOWN, check_known, evolve, note_kept
from contracts.decision.state.state import State, Tail
from contracts.decision.state.view import View
from contracts.encoding import b64u, leaf_hash, parse, parse_json, sha256, unb64u, unb64u_checked
from contracts.errors import EnvelopeError, LogError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import verify_bytes
from contracts.log.erasing.erasure import read_stub
from contracts.log.erasing.erasures_met import ErasuresMet
from contracts.log.orders.registry import Registry
from contracts.log.router_key import check_router_key, check_succession

Headers = Iterable[tuple[str, bytes | None]]
MOST_SIGNATURES: Final = 4  # of a record; two while one key follows another
SIGNATURE_HEADER: Final = "sig"
LEAF_LABEL: Final = b"relais-leaf\x00"  # what a router signs is never mistaken for a JWS
KINDS: Final = frozenset(
    {
        "genesis", "adopted", "layout", "decided", "duplicate", "quarantined", "overdue",
        "renewed", "released", "discarded", "erased",
    }
)  # fmt: skip
MEMBERS: Final = frozenset(
    {
        "realm", "partition", "index", "prev", "at", "kind", "evd", "outs", "convd", "dird",
        "cover", "src",
    }
)  # fmt: skip
MERGE_EVERY: Final = 500  # records; keeps the view small
_CLAIM: Final = re.compile(
    rb'\{"kid":"([a-z0-9][a-z0-9.-]{0,80})","sig":"([A-Za-z0-9_-]{85}[AQgw])"\}'
)
# What reading a malformed record can raise: its author is not to be trusted.
MALFORMED: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Rebuilding:
    """One partition's state as its records come, one by one; nothing is kept of what was folded.

    Attributes:
        taken: topic -> offset after the last input that the records speak of.
        state: as far as it was merged.
    """

    def __init__(
        self,
        realm: str,
        partition: int,
        registry: Registry,
        state: State | None = None,
        taken: Mapping[str, int] | None = None,
    ) -> None:
        """At the beginning of a log, or behind what a signed record of it ended with.

        Args:
            state: of the records before the first, without which it is none.
            taken: by them.
        """
        self.taken: dict[str, int] = dict(taken or {})
        self._log = realm, partition
        self._registry = registry
        self.state = state or State()
        self._view = View(self.state)
        self._held: dict[Any, Any] = {}  # texts and instants met since the last merge
        self._signed = True
        self._erasures = ErasuresMet(partition, registry)

    def step(self, value: bytes | None, headers: Headers, evidence: bytes | None) -> None:
        """Fold the next record.

        Raises:
            LogError: `chain_broken`, `evidence_missing`, `evidence_altered`, `signature_wrong`,
                `record_malformed`, `erased_without_order`, `stub_altered`;
                `unknown_record`, `unknown_effect` in a newer release's log; what is unsigned may be
                of any form.
            EnvelopeError: its signature is no text of the form, or does not verify.
        """
        record = read_record(value or b"", *self._log)
        check_chain(record, self._view.tail)
        _check_known(record)
        try:
            leaf = leaf_hash(value or b"")
            beside = evidence_beside(record, evidence, leaf, self._registry)
            self._erasures.take(record, leaf, beside, evidence or b"")
            self._fold(record, leaf, beside)
            self._signed = check_signature(headers, self._view.tail, self._registry, self._log[0])
            self._note(record.get("src"))
            if self._view.tail.index % MERGE_EVERY == 0:
                self._merge()
        except MALFORMED:
            raise LogError("record_malformed", f"index {record['index']}", "its effects") from None

    def check_foreign(self, value: bytes | None, headers: Headers) -> None:
        """That a record which is to be left out is not the router's.

        What follows a record of the router's chains to it, and cannot follow without it. The last
        one of each transaction is signed: so neither is it left out, nor all from an earlier one
            on.

        Raises:
            LogError: `record_genuine`: `is_unfolded`.
        """
        if is_unfolded(value or b"", headers, self._view.tail, self._registry, self._log):
            raise LogError("record_genuine", "a record that the router signed", "any other")

    def at_signature(self) -> State | None:
        """The state so far, if the last record is signed: one that a start may begin behind."""
        if not self._signed:
            return None
        self._merge()
        return self.state

    def finish(self) -> State:
        """The state that all records add up to.

        Raises:
            LogError: `tail_unsigned`; `erased_without_order`: a stub whose erasure is not recorded.
        """
        state = self.at_signature()
        if state is None:
            raise LogError("tail_unsigned", "records after the last signature", "a signed tail")
        self._erasures.check_recorded(state.tail.orders)
        return state

    def _fold(self, record: dict[str, Any], leaf: str, beside: dict[str, Any]) -> None:
        check_known(beside["effects"])
        for effect in beside["effects"]:
            _held_once(effect, self._held)
            _held_once(effect.get("duty", {}), self._held)
        fold(self._view, record, leaf, beside)

    def _note(self, source: dict[str, Any] | None) -> None:
        if source is not None:
            topic, offset = source["topic"], source["offset"]
            self.taken[topic] = max(self.taken.get(topic, 0), offset + 1)

    def _merge(self) -> None:
        """As a router does after each batch: expired ids and spent instants go on the way."""
        self._view.next_due()
        self._view.merge()
        self._view = View(self.state)
        self._held = {}


def _check_known(record: dict[str, Any]) -> None:
    """Hold that a record says nothing that this release would pass over: it signs its fold.

    Raises:
        LogError: `unknown_record`.
    """
    if record.get("kind") not in KINDS:
        raise LogError("unknown_record", f"{record.get('kind')}", KNOWN)
    if not MEMBERS.issuperset(record):
        more = ", ".join(sorted(record.keys() - MEMBERS))
        raise LogError("unknown_record", more, KNOWN)


def fold(view: View, record: dict[str, Any], leaf: str, beside: dict[str, Any]) -> None:
    """Make what evidence says part of a view, and the record its last one.

    Raises:
        LogError: `unknown_effect`, `effect_misplaced`.
        MALFORMED: evidence of another form.
    """
    evolve(view, beside["effects"], leaf)
    note_kept(view, record, beside, leaf)
    view.tail.index, view.tail.leaf, view.tail.at = record["index"] + 1, leaf, record["at"]


def rebuild(
    realm: str,
    partition: int,
    records: Iterable[tuple[bytes | None, Headers]],
    evidence: Mapping[str, bytes],
    registry: Registry,
) -> State:
    """The state that a partition's log adds up to; raises as `Rebuilding` does.

    Args:
        records: values and headers of the partition's decisions, in order.
        evidence: leaf -> value.
    """
    rebuilding = Rebuilding(realm, partition, registry)
    for value, headers in records:
        rebuilding.step(value, headers, evidence.get(leaf_hash(value or b"")))
    return rebuilding.finish()


def read_record(value: bytes, realm: str, partition: int) -> dict[str, Any]:
    """Parse a record and check that it belongs to this log.

    Raises:
        LogError: `record_malformed`.
    """
    try:
        record = parse_json(value, limit=1 << 20, place="record")
    except EnvelopeError as error:
        raise LogError("record_malformed", error.code, "a record") from None
    if not isinstance(record, dict) or not isinstance(record.get("index"), int):
        raise LogError("record_malformed", "another shape", "a record")
    if record.get("realm") != realm or record.get("partition") != partition:
        raise LogError("record_malformed", "a record of another log", f"{realm}/{partition}")
    return record


def check_chain(record: dict[str, Any], tail: Tail) -> None:
    """The record follows the last one: index, predecessor, time.

    Raises:
        LogError: `chain_broken`.
    """
    follows = record["index"] == tail.index and record.get("prev") == tail.leaf
    if not follows or not isinstance(record.get("at"), int) or record["at"] < tail.at:
        raise LogError(
            "chain_broken",
            f"index {record['index']}",
            f"index {tail.index} after the last leaf, not earlier",
        )


def check_signature(headers: Headers, tail: Tail, registry: Registry, realm: str) -> bool:
    """Whether the record that `tail` ends with carries the router's signature of its leaf.

    Each key must be the router's in the directory in force, and valid at the record's instant: a
    revoked one signs no record later than its revocation. One that follows another does not sign
    without it while that one is valid.

    Raises:
        LogError: `signature_wrong`: not one by the router.
        EnvelopeError: it is malformed, or does not verify (`bad_signature`).
    """
    signatures = [value for name, value in headers if name == SIGNATURE_HEADER]
    keys: dict[str, SigningKey] = {}
    for value in signatures[: MOST_SIGNATURES + 1]:
        kid, signature = _claim(value or b"")
        key = check_router_key(kid, tail, registry, realm)
        if key.kid in keys or len(keys) == MOST_SIGNATURES:
            raise LogError("signature_wrong", "several", "one a key of the router, once")
        verify_bytes(key, LEAF_LABEL + unb64u(tail.leaf), signature, "sig")
        keys[key.kid] = key
    check_succession(keys.values(), tail, registry)
    return bool(keys)


def _claim(text: bytes) -> tuple[object, bytes]:
    """Key id and signature that a header names."""
    match = _CLAIM.fullmatch(text)
    if match is not None:  # what every router writes: in canonical form already
        return match[1].decode(), unb64u_checked(match[2].decode())
    claim = parse(text, limit=1024, place="sig")
    if not isinstance(claim.get("sig"), str):
        raise LogError("signature_wrong", "no signature", "one in base64url, once")
    return claim.get("kid"), unb64u(claim["sig"])


def is_genuine(
    record: dict[str, Any],
    leaf: str,
    headers: Headers,
    tail: Tail,
    registry: Registry,
    realm: str,
) -> bool:
    """Whether the router signed this very record, which follows `tail`."""
    after = Tail(leaf=leaf, at=record["at"], dird=record.get("dird", tail.dird))
    return _is_signed(headers, after, registry, realm)


def is_last(
    value: bytes | None, headers: Headers, tail: Tail, registry: Registry, realm: str
) -> bool:
    """Whether this is the record that `tail` ends with, and the router signed it."""
    return leaf_hash(value or b"") == tail.leaf and _is_signed(headers, tail, registry, realm)


def _is_signed(headers: Headers, tail: Tail, registry: Registry, realm: str) -> bool:
    try:
        return check_signature(headers, tail, registry, realm)
    except (LogError, EnvelopeError, *MALFORMED):
        return False


def is_unfolded(
    value: bytes, headers: Headers, tail: Tail, registry: Registry, log: tuple[str, int]
) -> bool:
    """Whether a record that is not folded behind `tail` is the router's all the same.

    One whose number has passed is a copy, or a fork of what is folded: it hides nothing.

    Args:
        log: realm and partition.
    """
    try:
        record = read_record(value, *log)
    except LogError:
        return False
    if record["index"] < tail.index or not isinstance(record.get("at"), int):
        return False
    return is_genuine(record, leaf_hash(value), headers, tail, registry, log[0])


def evidence_beside(
    record: dict[str, Any], evidence: bytes | None, leaf: str, registry: Registry
) -> dict[str, Any]:
    """The evidence that a record has the hash of, or the stub that an order left of it; parsed.

    Raises:
        LogError: `evidence_missing`, `evidence_altered`, `erased_without_order`.
    """
    if evidence is None:
        raise LogError("evidence_missing", f"none for index {record['index']}", "its evidence")
    if b64u(sha256(evidence)) != record.get("evd"):
        stub = read_stub(evidence, leaf, record["partition"], registry)
        if stub is None:
            raise LogError("evidence_altered", f"index {record['index']}", "the hash in the record")
        return stub
    beside: dict[str, Any] = orjson.loads(evidence)
    return beside


def _held_once(fields: dict[str, Any], held: dict[Any, Any]) -> None:
    """Let equal texts and instants of an effect be one object: a parser makes a new one each time.

    The state keeps an event's id, case and instants in several places; a router at work has them
    from one cover, and one that starts anew should need no more memory than that.

    Args:
        fields: of an effect or a duty, which nobody else has; changed in place.
        held: what was met so far; texts and integers, never booleans, which equal integers.
    """
    for name, value in fields.items():
        if type(value) is str or type(value) is int:
            fields[name] = held.setdefault(value, value)
