"""Erasing: what an owners' order takes out of evidence, and the stub that is left (log §11).

The record stays, and with it its leaf and every proof. Of a case nothing stays that names it; what
others in the partition need to go on (sequences, chains) does. A stub has not the hash that the
record
names: it is believed for the order that it names, and its own hash stands in the record `erased`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.decision.state.effects import case_tag
from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, derive, json_object, sha256, unb64u
from contracts.errors import LogError, RelaisError
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics

Stubs = dict[str, tuple[int, str]]  # leaf -> order, and hash of the stub that was met
_MARK: Final = b'"erased":'  # in every stub, and in no other evidence
_MEMBERS: Final = frozenset({"code", "effects", "erased", "first"})
ANSWERS: Final = ("erased", "already_erased", "nothing_to_erase", "not_here", "incomplete")


@dataclass(frozen=True, slots=True)
class Erasing:
    """What one erasure comes to in one partition.

    Attributes:
        answers: one a decision that the order names there: `{decision, answer}`, with the hash of
            its stub where it is erased.
        stubs: leaf -> the evidence's new value.
        by, cases: of what the state forgets: a key of this erasure, and the tags of case tokens.
        slips: desk, and D of its slip, of each delivery: by it lies in an inbox what was sealed.
    """

    answers: Sequence[Mapping[str, str]]
    stubs: Mapping[str, bytes] = field(repr=False)
    by: str = ""
    cases: Sequence[str] = ()
    slips: Sequence[tuple[str, str]] = ()


def erase(
    view: View, order: Order, partition: int, beside: Mapping[str, bytes], salt: bytes
) -> Erasing:
    """Judge an erasure: all of a case, or nothing.

    Args:
        beside: leaf -> evidence as it is now, of what the order names and of all that names the
            same cases; each value has the hash that its record, or its erasure, names.
        salt: of the record to be written.
    """
    at, own = max(order.start, view.tail.at), order.decisions_of(partition)
    read = {leaf: orjson.loads(beside[leaf]) for leaf in own if leaf in beside}
    said = {leaf: _answer(read.get(leaf)) for leaf in own}
    tokens = {token for one in read.values() for token in changed(one)}
    # A release that is still to be settled, or what fell due in the same batch: it comes first.
    moving = any(leaf in view.tail.waiting for leaf in own) or any(
        token in view.cases.changes for token in tokens
    )
    if moving or any(leaf not in read and names(value, tokens) for leaf, value in beside.items()):
        said = {leaf: "incomplete" if was == "erased" else was for leaf, was in said.items()}
    stubs = {
        leaf: stub(read[leaf], order.n, at) for leaf, answer in said.items() if answer == "erased"
    }
    answers = [
        {"decision": leaf, "answer": answer}
        | ({"stub": b64u(sha256(stubs[leaf]))} if leaf in stubs else {})
        for leaf, answer in said.items()
    ]
    if not stubs:
        return Erasing(answers, stubs)
    slips = [pair for leaf in stubs for pair in _slips(read[leaf])]
    by = derive(salt, "erased", length=16)
    tags = sorted(case_tag(by, token) for token in tokens)
    return Erasing(answers, stubs, b64u(by), tags, slips)


def _answer(evidence: Mapping[str, Any] | None) -> str:
    if evidence is None:
        return "not_here"
    if "erased" in evidence:
        return "already_erased"
    return "nothing_to_erase" if "order" in evidence else "erased"


def stub(evidence: Mapping[str, Any], number: int, at: int) -> bytes:
    """What is left of evidence: what others need to go on, and nothing of the case.

    Args:
        number: of the order.
        at: instant of the erasure, seconds: an id that is used by then stays until it is not.
    """
    kept = {name: evidence[name] for name in ("code", "first") if name in evidence}
    effects = [
        one for one in evidence["effects"]
        if "sub" not in one and (one["k"] != "seen" or one["exp"] > at)
    ]  # fmt: skip
    return canonical({**kept, "effects": effects, "erased": number})


def emptied(erasing: Erasing, realm: str, reached: Mapping[str, str]) -> list[tuple[str, str]]:
    """Topic and key of what was put aside and of what was delivered, of all that is erased.

    Args:
        reached: the desks that have an inbox, each with its agency: in that of others nothing is
            written.
    """
    aside = [leaf for leaf, value in erasing.stubs.items() if "code" in json_object(value)]
    return [(topics.quarantine(realm), leaf) for leaf in aside] + [
        (topics.inbox(realm, reached[desk]), slip)
        for desk, slip in erasing.slips
        if desk in reached
    ]


def tokens_of(evidence: Mapping[str, Any]) -> set[str]:
    """The tokens of the cases that evidence is of: its cover's, and those that it changes."""
    own = json_object(_cover(evidence)).get("sub")  # a malformed cover may lack one
    return changed(evidence) | {own} if isinstance(own, str) else changed(evidence)


def changed(evidence: Mapping[str, Any]) -> set[str]:
    """The tokens of the cases that evidence changes: they are erased with it.

    What was refused or put aside changes none: whatever its cover says, it brings no case with it.
    """
    return _in_effects(evidence, "sub")


def _in_effects(evidence: Mapping[str, Any], *members: str) -> set[str]:
    effects = evidence.get("effects")
    each = [one for one in effects if isinstance(one, dict)] if isinstance(effects, list) else []
    found = [one[name] for one in each for name in members if name in one]
    return {token for token in found if isinstance(token, str)}


def names(value: bytes, tokens: Iterable[str]) -> bool:
    """Whether evidence names one of these cases.

    What changes a case names it, and the peer that it is linked with; all else of its cover are its
    issuer's words, by which nobody ties another case to it. What changes none names by any text.
    """
    evidence = json_object(value)
    text = value + _cover(evidence)
    found = {token for token in tokens if token.encode() in text}
    if not found or not changed(evidence):
        return bool(found)
    return not found.isdisjoint(tokens_of(evidence) | _in_effects(evidence, "peer"))


def _slips(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each desk to which an event was delivered, and D of its slip."""
    desks = {desk for one in evidence["effects"] if one["k"] == "event" for desk in one["desks"]}
    # What was put aside reached nobody, and its cover may be of any form; a stub has none.
    addressees = json_object(_cover(evidence)).get("to", ()) if desks else ()
    return [(one["desk"], one["slip"]) for one in addressees if one["desk"] in desks]


def _cover(evidence: Mapping[str, Any]) -> bytes:
    """The claims of a cover as signed text; nothing, if anybody wrote anything in its place."""
    token = evidence.get("cover", "")
    try:
        return unb64u(token.split(".")[1]) if isinstance(token, str) else b""
    except (RelaisError, IndexError):
        return b""


def is_stub(value: bytes | None, leaf: str, partition: int, registry: Registry) -> bool:
    """Whether a value of evidence is a stub by an order that names its decision."""
    try:
        return read_stub(value, leaf, partition, registry) is not None
    except LogError:
        return False


def read_stub(
    value: bytes | None, leaf: str, partition: int, registry: Registry
) -> dict[str, Any] | None:
    """The stub that stands in place of a record's evidence; None if it is none.

    Raises:
        LogError: `erased_without_order`: control holds no order that erases this.
    """
    evidence = json_object(value) if value and _MARK in value else {}
    number = evidence.get("erased")
    sound = _MEMBERS.issuperset(evidence) and isinstance(evidence.get("effects"), list)
    if type(number) is not int or not sound:
        return None
    if not any(
        order.n == number and order.kind == "erase" and leaf in order.decisions_of(partition)
        for order in registry.orders[number - 1 : number]
    ):
        expected = "an order that names the decision"
        raise LogError("erased_without_order", f"order {number}", expected)
    return evidence
