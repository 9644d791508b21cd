"""One chain: which record of a partition is the next, whose it is, what state it leaves (log §3).

A router that starts folds it (`rebuild.py`), an auditor replays it (`replaying`), and a tree grows
along it (`entry_chain.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import orjson

from contracts.decision.state.effects import check_forms, evolve, note_kept
from contracts.decision.state.state import State, Tail
from contracts.decision.state.view import View
from contracts.encoding import b64u, leaf_hash, parse, parse_json, sha256, unb64u, unb64u_checked
from contracts.errors import EnvelopeError, LogError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import verify_bytes
from contracts.log.entry import Site
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
_CLAIM: Final = re.compile(
    rb'\{"kid":"([a-z0-9][a-z0-9.-]{0,80})","sig":"([A-Za-z0-9_-]{85}[AQgw])"\}'
)
# What reading a malformed record can raise: its author is not to be trusted.
MALFORMED: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Chain:
    """One partition's log, walked record by record.

    Attributes:
        state: of the records that were merged.
        view: the state before the record in hand.
        signed: whether the last record bears the router's signature.
        erasures: what was met of them.
    """

    def __init__(self, site: Site, registry: Registry, state: State | None = None) -> None:
        """At the beginning of a log, or behind the records of a state."""
        self.site = site
        self.registry = registry
        self.state = state or State()
        self.view = View(self.state)
        self.signed = True
        self.erasures = ErasuresMet(site.partition, registry)

    def read(self, value: bytes | None) -> dict[str, Any]:
        """A record of this log, parsed.

        Raises:
            LogError: `record_malformed`.
        """
        return read_record(value or b"", self.site.realm, self.site.partition)

    def is_signed(self, headers: Headers) -> bool:
        """Whether the record that was folded last bears the router's signature.

        Raises:
            LogError, EnvelopeError: as `check_signature`.
        """
        return check_signature(headers, self.view.tail, self.registry, self.site.realm)

    def is_unfolded(self, value: bytes | None, headers: Headers) -> bool:
        """Whether a record that does not follow is the router's all the same."""
        log = self.site.realm, self.site.partition
        return is_unfolded(value or b"", headers, self.view.tail, self.registry, log)

    def merge(self) -> None:
        """Make what was folded part of the state."""
        self.view.merge()
        self.view = View(self.state)

    def drop(self) -> None:
        """Forget what was folded since the last merge."""
        self.view.drop()
        self.view = View(self.state)


def fold(view: View, record: dict[str, Any], leaf: str, beside: dict[str, Any]) -> None:
    """Make what evidence says part of a view, and the record its last one.

    Raises:
        LogError: `unknown_effect`, `effect_misplaced`.
        MALFORMED: evidence of another form.
    """
    check_forms(beside["effects"])
    note_kept(view, record, beside, leaf)
    evolve(view, beside["effects"], leaf)
    view.tail.index, view.tail.leaf, view.tail.at = record["index"] + 1, leaf, record["at"]


def read_record(value: bytes, realm: str, partition: int) -> dict[str, Any]:
    """Parse a record and check that it belongs to this log.

    Raises:
        LogError: `record_malformed`.
    """
    try:
        record = parse_json(value, limit=1 << 20, place="record")
    except EnvelopeError as error:
        raise LogError("record_malformed", error.code, "a record") from None
    if not isinstance(record, dict) or type(record.get("index")) is not int:
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
    if not follows or type(record.get("at")) is not int or record["at"] < tail.at:
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
