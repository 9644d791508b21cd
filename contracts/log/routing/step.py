"""A step writes the next record of a log; routing is steps, and so is their replay (log §2 to §9).

What has an instant of its own comes first, in the order of (instant, kind, id): genesis, orders,
and what falls due. Silence cannot be hidden. Then comes what was seen of an input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, Final

from contracts.decision.state.effects import Effect
from contracts.decision.state.view import View
from contracts.envelope.event import Event, Published
from contracts.envelope.wire import Outbound
from contracts.errors import ConventionError
from contracts.log.entry import Entry, EntryTooLargeError, write
from contracts.log.erasing.erasure import Erasing, emptied
from contracts.log.orders.order import Order
from contracts.log.routing import settle
from contracts.log.routing.context import Context, Fault, Seen
from contracts.log.routing.quarantine import put_aside
from contracts.values import value_class
from contracts.vocabulary import topics

# Why a release has nothing left to route: their retention has ended; not the bytes that came.
GONE: Final = ("bytes_gone", "bytes_altered")


@value_class(frozen=True, slots=True)
class Settled:
    """An entry with what its messages are written from.

    Attributes:
        seen: what it settles; None: something with an instant of its own.
        code: why the input was put aside, or why nothing was left of a release; else empty.
        beside: what goes out behind the record: the quarantined input, or what overwrites all that
            an order erases.
    """

    entry: Entry
    seen: Seen | None = None
    code: str = ""
    beside: Sequence[Outbound] = field(default=(), repr=False)


def step(context: Context, seen: Seen | None = None) -> Settled | None:
    """Write the next record: what is due by now before what was seen.

    Returns:
        None if nothing is due and nothing was seen.

    Raises:
        EntryTooLargeError: of what is due; the view is as it was.
    """
    timed = _timed(context)
    if timed is not None or seen is None:
        return timed
    if isinstance(seen.found, Published):
        return _event(context, seen, seen.found.event)
    if seen.released and seen.found.code in GONE:
        return _dropped(context, seen, seen.found.code)
    return _put_aside(context, seen, seen.found)


def _timed(context: Context) -> Settled | None:
    tail, orders = context.view.tail, context.orders
    if not tail.leaf:
        layout = orders.first_layout(context.now)
        return Settled(_genesis(context, layout)) if layout is not None else None
    order, due = orders.next(tail.orders, context.now), context.view.next_due()
    if order is not None and (due is None or order.start <= due[0]):
        return _order(context, order)
    if due is None or due[0] > context.now:
        return None
    return Settled(settle.due(context, due))


def _genesis(context: Context, layout: Order) -> Entry:
    """Settle the first record of a partition: the layout under which the log begins."""
    effects = context.orders.registry.effects_of(layout, context.view.tail)
    return write(context.silent(), "genesis", {"order": layout.digest}, effects)


def _order(context: Context, order: Order) -> Settled:
    """Settle an order of control at its own instant: adopted, layout, released, discarded, erased.

    The end of a desk is `adopted`, and always has effect: one that could not has been no order.
    """
    at, own = max(order.start, context.view.tail.at), order.decisions_of(context.site.partition)
    if order.kind == "erase" and own:
        return _erased(context, order, at)
    kind = "layout" if order.kind == "layout" else "adopted"
    evidence: dict[str, Any] = {"order": order.digest}
    effects = context.orders.registry.effects_of(order, context.view.tail)
    if own:
        kind = "released" if order.kind == "release" else "discarded"
        answers = [_answer(context.view, leaf, kind, at, effects) for leaf in own]
        evidence |= {"reason": order.payload["reason"], "answers": answers}
    return Settled(write(context.silent(at), kind, evidence, effects))


def _answer(view: View, leaf: str, kind: str, at: int, effects: list[Effect]) -> dict[str, str]:
    """What becomes of one decision that an order names: it ends one stay in quarantine, once."""
    kept = view.kept.get(leaf)
    if kept is not None and not kept.released:
        effect: Effect = {"k": kind, "d": leaf}
        effects.append(effect | {"at": at} if kind == "released" else effect)
        return {"decision": leaf, "answer": kind}
    how = "released" if kept is not None else view.ended.get(leaf)
    return {"decision": leaf, "answer": f"already_{how}" if how else "not_in_quarantine"}


def _erased(context: Context, order: Order, at: int) -> Settled:
    """Settle an owners' erasure: what it says of each decision, and what the state forgets."""
    post, view = context.silent(at), context.view
    erasing = context.erase(order, post.salt)
    gone = [one["decision"] for one in erasing.answers if one["answer"] == "erased"]
    effects: list[Effect] = [{"k": "order", "n": order.n}]
    effects += [{"k": "discarded", "d": leaf} for leaf in gone if view.kept.get(leaf) is not None]
    if erasing.cases:
        effects.append({"k": "erased", "by": erasing.by, "cases": list(erasing.cases)})
    evidence = {
        "order": order.digest, "basis": order.payload["basis"],
        "answers": [dict(one) for one in erasing.answers],
    }  # fmt: skip
    return Settled(write(post, "erased", evidence, effects), beside=_overwriting(context, erasing))


def _overwriting(context: Context, erasing: Erasing) -> list[Outbound]:
    """What overwrites all that is erased: evidence by its stub, all else by nothing."""
    tail, realm = context.view.tail, context.site.realm
    reached = context.orders.registry.inboxes(tail.convd, tail.dird)
    rows = [(topics.evidence(realm), leaf, stub) for leaf, stub in erasing.stubs.items()]
    rows += [(topic, key, b"") for topic, key in emptied(erasing, realm, reached)]
    return [Outbound(topic, context.site.partition, key.encode(), row) for topic, key, row in rows]


def _event(context: Context, seen: Seen, event: Event) -> Settled:
    view = context.view
    cover, at = event.cover, max(context.now, view.tail.at)
    known = view.seen(cover.jti, at) is not None
    if seen.released and not known and cover.jti in view.case(cover.sub).events:
        return _dropped(context, seen, "already_decided", event.token)
    if settle.reused(view, cover, event.digest, at):
        return _put_aside(context, seen, Fault("id_reused", "", cover, event.token))
    if known:
        return Settled(settle.duplicate(context, event, seen.source, seen.released), seen)
    try:
        entry = settle.decided(context, event, seen.source, seen.released)
    # A date beyond the calendar's tables; more to tell than a record can name.
    except (ConventionError, EntryTooLargeError) as error:
        return _put_aside(context, seen, Fault(error.code, "", cover, event.token))
    return Settled(entry, seen)


def _dropped(context: Context, seen: Seen, reason: str, token: str = "") -> Settled:
    return Settled(settle.dropped(context, seen.released, reason, token), seen, reason)


def _put_aside(context: Context, seen: Seen, fault: Fault) -> Settled:
    entry = settle.quarantined(context, seen, fault)
    if seen.raw is None:
        return Settled(entry, seen, fault.code)
    kept = put_aside(context.site.realm, seen.raw, entry.leaf, fault.code)
    return Settled(entry, seen, fault.code, [kept])
