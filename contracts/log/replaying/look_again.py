"""A record settled again by `step`, led by what it says: order read last, instant, salt, input.

No decryption key is used or needed. What cannot be looked at without the router's keys is taken
from evidence (`from_evidence`): why an input was put aside, what quarantine had lost, and what
there was to erase.
"""

from __future__ import annotations

import re
from typing import Any, Final

from contracts.decision.state.view import View
from contracts.encoding import digest, unb64u
from contracts.envelope.event import Event, Published
from contracts.envelope.verify import (
    check_not_stolen,
    check_times,
    claimed_from_evidence,
    cover_from_evidence,
    event_from_evidence,
)
from contracts.errors import LogError
from contracts.keys.directory import Directory
from contracts.keys.jose import kid_of
from contracts.log.chain import KINDS, MALFORMED, Chain
from contracts.log.entry import Entry, InputSource
from contracts.log.erasing.erasure import ANSWERS, Erasing
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.log.orders.rulings import DROPPED
from contracts.log.routing.context import NOWHERE, Context, Fault, OrdersRead, Seen
from contracts.log.routing.settle import first_arrival
from contracts.log.routing.step import GONE, Settled, step
from contracts.proof.tree import HASH_BYTES
from contracts.vocabulary import topics
from contracts.vocabulary.principals import is_agency

_OF_INPUTS: Final = ("decided", "duplicate", "quarantined")
_DUE: Final = ("overdue", "renewed")
SALT_BYTES: Final = 16
_CODE: Final = re.compile(r"[a-z0-9_]{1,80}")  # of a fault, as findings and pages show it
# What a record says, and what followed in its place -> the code of such a lie.
LIES: Final = {
    ("decided", "duplicate"): "decided_twice",
    ("decided", "discarded"): "decided_twice",
    ("duplicate", "decided"): "duplicate_of_nothing",
    ("duplicate", "quarantined"): "duplicate_of_nothing",
    ("discarded", "decided"): "duplicate_of_nothing",
    ("discarded", "duplicate"): "duplicate_of_nothing",
}


def from_evidence(record: dict[str, Any], evidence: dict[str, Any]) -> str:
    """What of a record was taken from evidence, being out of reach without keys; else empty."""
    if record["kind"] == "quarantined":
        return "" if evidence["code"] == "id_reused" else "quarantined"
    if record["kind"] == "discarded":
        reason = evidence["reason"] if "released" in evidence else ""
        return reason if reason in GONE else ""
    return "erased" if record["kind"] == "erased" else ""


def look_again(chain: Chain, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
    """What the record had to be that follows what the chain's view holds.

    Raises:
        LogError: `record_malformed`, `evidence_malformed`, `in_force_unknown`, or why no honest
            router wrote it.
        EnvelopeError: its input is none that routing takes.
    """
    registry, view = chain.registry, chain.view
    try:
        if record.get("kind") not in KINDS:
            raise LogError("record_malformed", "another kind", "a kind of record")
        order = _order(registry, evidence["order"]) if "order" in evidence else None
        # Control is read in order. One that was left out is told at the next that was not, and at
        # the end: once.
        last = None if record["kind"] == "genesis" else order.n if order is not None else 0
        context = Context(
            chain.site,
            view,
            OrdersRead(registry, last),
            _now(view, record),
            lambda: _salt(evidence["salt"]),
            lambda order, _: _erasing(order.decisions_of(chain.site.partition), evidence),
        )
        recorded = view.tail.orders
        settled = step(context, _seen(chain, record, evidence))
    except MALFORMED:
        known = view.tail.convd in registry.conventions and view.tail.dird in registry.directories
        code = "evidence_malformed" if known else "in_force_unknown"
        raise LogError(code, f"index {record['index']}") from None
    return _held(settled, record["kind"], order, recorded)


def _order(registry: Registry, wanted: str) -> Order:
    for order in registry.orders:
        if order.digest == wanted:
            return order
    raise LogError("order_unknown", "an order that control does not hold", "a signed order")


def _now(view: View, record: dict[str, Any]) -> int:
    """The router's clock: the record's instant, but what falls due was not written before."""
    at: int = record["at"]
    due = view.next_due() if record["kind"] in _DUE else None
    return at if due is None else max(at, due[0])


def _seen(chain: Chain, record: dict[str, Any], evidence: dict[str, Any]) -> Seen | None:
    """The record's input as the router looked at it; None of what has an instant of its own."""
    kind, view, registry = record["kind"], chain.view, chain.registry
    if kind not in _OF_INPUTS and not (kind == "discarded" and "released" in evidence):
        return None
    directory = registry.directories[view.tail.dird]
    leaf = _released(view, record, evidence)
    if kind == "discarded":
        return _dropped(leaf, evidence, directory)
    source = _source(InputSource(**record["src"]), leaf, chain.site.realm)
    size = evidence["bytes"] if kind == "quarantined" else 0
    if type(size) is not int or size < 0:
        raise LogError("evidence_malformed", "another size", "a number of bytes")
    if kind == "quarantined" and evidence["code"] != "id_reused":
        return Seen(source, _fault(evidence, directory), size, leaf)
    if kind == "decided":
        event = event_from_evidence(evidence["cover"], evidence["heads"], directory)
    else:
        event = _without_heads(evidence["cover"], directory)
    check_not_stolen(directory, kid_of(event.token), max(record["at"], event.cover.iat))
    if kind == "decided":  # what else the router looks at: in time, under a known convention
        check_times(event.cover, chain.site.realm, record["at"], first_arrival(view, leaf))
        if not registry.accepts(event.cover.convd, view.tail.convd):
            raise LogError("unknown_convention", "another", "one in force")
    desk = directory.desk(event.cover.iss)
    if not leaf and desk and source.topic != topics.outbox(chain.site.realm, desk.agency):
        raise LogError("wrong_topic", "another", "the issuer's own outbox")
    return Seen(source, Published(event, {}, {}), size, leaf)


def _source(source: InputSource, leaf: str, realm: str) -> InputSource:
    """An input's place as a router writes it: a start goes on behind it."""
    topic, outboxes = source.topic, topics.outbox(realm, "")
    is_outbox = topic.startswith(outboxes) and is_agency(topic[len(outboxes) :])
    is_there = topic == topics.quarantine(realm) if leaf else is_outbox
    is_offset = type(source.offset) is int and source.offset >= 0
    if not (is_there and is_offset and len(unb64u(source.sha)) == HASH_BYTES):
        raise LogError("record_malformed", "another source", "a place of an outbox")
    return source


def _released(view: View, record: dict[str, Any], evidence: dict[str, Any]) -> str:
    """The leaf of the release that a record settles: the next one, with the bytes that came."""
    leaf: str = evidence.get("released", "")
    if leaf:
        kept = view.kept.get(leaf)
        if kept is None or view.tail.waiting[:1] != (leaf,):
            raise LogError("release_invented", f"index {record['index']}", "an order's next")
        if record.get("src", {}).get("sha", kept.sha) != kept.sha:
            raise LogError("bytes_altered", f"index {record['index']}", "the bytes that came")
    return leaf


def _dropped(leaf: str, evidence: dict[str, Any], directory: Directory) -> Seen:
    reason = evidence["reason"]
    if reason not in DROPPED:
        raise LogError("evidence_malformed", "another reason", ", ".join(DROPPED))
    if reason != "already_decided":
        return Seen(NOWHERE, Fault(reason), released=leaf)
    event = _without_heads(evidence["cover"], directory)
    return Seen(NOWHERE, Published(event, {}, {}), released=leaf)


def _erasing(named: tuple[str, ...], evidence: dict[str, Any]) -> Erasing:
    """As the router says it: what was there to erase cannot be looked at any more.

    Args:
        named: leaves of the decisions that the order names here.
    """
    answers, rows = evidence["answers"], []
    for leaf, one in zip(named, answers, strict=True):
        stub = {"stub": one["stub"]} if one["answer"] == "erased" else {}
        rows.append({"decision": leaf, "answer": one["answer"], **stub})
    if answers != rows or any(one["answer"] not in ANSWERS for one in answers):
        raise LogError("decision_differs", "other answers", "one a decision of the order")
    last = evidence["effects"][-1]
    by, cases = (last["by"], last["cases"]) if last["k"] == "erased" else ("", ())
    if cases and not any(one["answer"] == "erased" for one in answers):
        raise LogError("decision_differs", "a case forgotten", "none, where nothing is erased")
    return Erasing(answers, {}, by, cases)


def _salt(text: str) -> bytes:
    """The salt of a record: what is derived from a shorter one can be guessed."""
    if len(salt := unb64u(text)) != SALT_BYTES:
        raise LogError("evidence_malformed", f"a salt of {len(salt)} bytes", f"{SALT_BYTES}")
    return salt


def _without_heads(token: str, directory: Directory) -> Event:
    """An event that was decided before: its evidence here is the cover alone."""
    return Event(cover_from_evidence(token, directory), token, digest(token), ())


def _fault(evidence: dict[str, Any], directory: Directory) -> Fault:
    """Why an input was put aside, by the router's word; whose it was, by its cover."""
    code, place, token = evidence["code"], evidence["place"], evidence.get("cover")
    if not _CODE.fullmatch(code) or not isinstance(place, str):
        raise LogError("evidence_malformed", "another reason", "a code and a place")
    if token is None:
        return Fault(code, place)
    if code != "cover_malformed":
        return Fault(code, place, cover_from_evidence(token, directory), token)
    if (claimed := claimed_from_evidence(token, directory)) is None:
        raise LogError("decision_differs", "a cover that is not malformed", "a malformed one")
    return Fault(code, place, claimed, token)


def _held(
    settled: Settled | None, kind: str, order: Order | None, recorded: frozenset[int]
) -> Entry:
    """What followed, if a record of this kind, by this order, may have been written here.

    Args:
        recorded: numbers of the orders before it.

    Raises:
        LogError: `order_repeated`, `order_out_of_turn`, `due_unreported`, `due_invented`,
            `decided_twice`, `duplicate_of_nothing`, `decision_differs`.
    """
    if order is not None and order.n in recorded:
        raise LogError("order_repeated", f"order {order.n}", "each order once")
    if settled is None:
        if order is None:
            raise LogError("due_invented", f"a record {kind}", "none by now")
        raise LogError("order_out_of_turn", f"order {order.n}", "none by now")
    entry = settled.entry
    if entry.kind in _DUE and kind not in _DUE:
        raise LogError("due_unreported", f"a record {kind}", f"{entry.kind} first")
    first = entry.effects[0] if entry.effects else {}
    number = first["n"] if first.get("k") in ("order", "genesis") else 0
    if number != (order.n if order is not None else 0):
        raise LogError("order_out_of_turn", f"a record {kind}", f"order {number} first")
    if entry.kind != kind:
        is_twice = kind == "decided" and settled.code == "id_reused"
        code = LIES.get((kind, entry.kind), "decided_twice" if is_twice else "decision_differs")
        raise LogError(code, kind, entry.kind)
    return entry
