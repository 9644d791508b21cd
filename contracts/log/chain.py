"""One chain: which record of a partition is the next, whose it is, what state it leaves (log §3).

A router that starts folds it (`rebuild.py`), an auditor replays it (`replaying`), and a tree grows
along it (`entry_chain.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from contracts.decision.state.effects import check_forms
from contracts.decision.state.state import State, Tail
from contracts.decision.state.view import View
from contracts.encoding import b64u, leaf_hash, parse, parse_json, sha256, unb64u
from contracts.errors import EnvelopeError, LogError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import verify_bytes
from contracts.log.entry import Site, fold_record
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
# What reading a malformed record can raise: its author is not to be trusted.
MALFORMED: Final = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError
)  # fmt: skip


class Chain:
    """Which records follow in one partition's log, which are the router's, what they add up to.

    Attributes:
        state: of the records that were merged.
        view: the state before the record in hand; its tail alone where nothing is folded.
        signed: whether the last record bears the router's signature.
        erasures: what was met of them.
    """

    def __init__(self, site: Site, registry: Registry, state: State | None = None) -> None:
        """At the beginning of a log, or behind the records of a state."""
        self.site = site
        self.registry = registry
        self.state = state or State()
        self.signed = True
        self.erasures = ErasuresMet(site.partition, registry)
        self.view = View(self.state)

    @property
    def tail(self) -> Tail:
        """Where the log stands behind the last record that was taken."""
        return self.view.tail

    def merge(self) -> None:
        """Make what was folded part of the state."""
        self.view.merge()
        self.view = View(self.state)

    def drop(self) -> None:
        """Forget what was folded since the last merge."""
        self.view.drop()
        self.view = View(self.state)

    def read(self, value: bytes | None) -> dict[str, Any]:
        """A record of this log, parsed.

        Raises:
            LogError: `record_malformed`.
        """
        try:
            record = parse_json(value or b"", limit=1 << 20, place="record")
        except EnvelopeError as error:
            raise LogError("record_malformed", error.code, "a record") from None
        if not isinstance(record, dict) or type(record.get("index")) is not int:
            raise LogError("record_malformed", "another shape", "a record")
        realm, partition = self.site.realm, self.site.partition
        if record.get("realm") != realm or record.get("partition") != partition:
            raise LogError("record_malformed", "a record of another log", f"{realm}/{partition}")
        return record

    def check_signature(self, headers: Headers, tail: Tail | None = None) -> bool:
        """Whether the record that the log ends with carries the router's signature of its leaf.

        Each key must be the router's in the directory in force, and valid at the record's instant:
        a revoked one signs no record later than its revocation. One that follows another does not
        sign without it while that one is valid.

        Args:
            tail: which ends with the record; None: the log's as it is.

        Raises:
            LogError: `signature_wrong`: not one by the router.
            EnvelopeError: it is malformed, or does not verify (`bad_signature`).
        """
        tail = tail or self.tail
        signatures = [value for name, value in headers if name == SIGNATURE_HEADER]
        keys: dict[str, SigningKey] = {}
        for value in signatures[: MOST_SIGNATURES + 1]:
            kid, signature = _claim(value or b"")
            key = check_router_key(kid, tail, self.registry, self.site.realm)
            if key.kid in keys or len(keys) == MOST_SIGNATURES:
                raise LogError("signature_wrong", "several", "one a key of the router, once")
            verify_bytes(key, LEAF_LABEL + unb64u(tail.leaf), signature, "sig")
            keys[key.kid] = key
        check_succession(keys.values(), tail, self.registry)
        return bool(keys)

    def is_signed(self, headers: Headers, tail: Tail) -> bool:
        """Whether the router signed the record that a tail ends with, of whatever form that is."""
        try:
            return self.check_signature(headers, tail)
        except (LogError, EnvelopeError, *MALFORMED):
            return False

    def is_unfolded(self, value: bytes | None, headers: Headers) -> bool:
        """Whether a record that does not follow is the router's all the same.

        One whose number has passed is a copy, or a fork of what is folded: it hides nothing.
        """
        try:
            record = self.read(value)
        except LogError:
            return False
        if record["index"] < self.tail.index or not isinstance(record.get("at"), int):
            return False
        return self.is_signed(headers, after(record, leaf_hash(value or b""), self.tail))

    def ends_with(self, value: bytes | None, headers: Headers) -> bool:
        """Whether this is the record that the tail ends with, and the router signed it."""
        return leaf_hash(value or b"") == self.tail.leaf and self.is_signed(headers, self.tail)

    def beside(self, record: dict[str, Any], evidence: bytes | None, leaf: str) -> dict[str, Any]:
        """The evidence that a record has the hash of, or the stub that an order left; parsed.

        Raises:
            LogError: `evidence_missing`, `evidence_altered`, `erased_without_order`.
        """
        place = f"index {record['index']}"
        if evidence is None:
            raise LogError("evidence_missing", f"none for {place}", "its evidence")
        if b64u(sha256(evidence)) != record.get("evd"):
            stub = read_stub(evidence, leaf, record["partition"], self.registry)
            if stub is None:
                raise LogError("evidence_altered", place, "the hash in the record")
            return stub
        beside: dict[str, Any] = orjson.loads(evidence)
        return beside

    def fold(self, record: dict[str, Any], leaf: str, beside: dict[str, Any]) -> None:
        """Make what evidence says part of the view, and the record its last one.

        Raises:
            LogError: `unknown_effect`, `effect_misplaced`.
            MALFORMED: evidence of another form.
        """
        check_forms(beside["effects"])
        fold_record(self.view, record, beside, leaf)


def after(record: Mapping[str, Any], leaf: str, tail: Tail) -> Tail:
    """Where a log stands behind a record that follows its tail, as far as a chain asks it."""
    dird = record.get("dird", tail.dird)
    return Tail(index=record["index"] + 1, leaf=leaf, at=record["at"], dird=dird)


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


def _claim(text: bytes) -> tuple[object, bytes]:
    """Key id and signature that a header names."""
    claim = parse(text, limit=1024, place="sig")
    if not isinstance(claim.get("sig"), str):
        raise LogError("signature_wrong", "no signature", "one in base64url, once")
    return claim.get("kid"), unb64u(claim["sig"])
