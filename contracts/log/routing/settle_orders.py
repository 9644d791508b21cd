"""Settling orders of control: what stands in the log of each, one function a kind (`settle.py`)."""

from __future__ import annotations

from typing import Any

from contracts.decision.state.effects import Effect
from contracts.decision.state.view import View
from contracts.log.entry import Entry, write
from contracts.log.erasing.erasure import Erasing
from contracts.log.orders.desk_end import DESK_END
from contracts.log.orders.order import Order
from contracts.log.routing.context import Context


def genesis(context: Context, layout: Order) -> Entry:
    """Settle the first record of a partition: the layout under which the log begins."""
    effect: Effect = {
        "k": "genesis", "n": layout.n, "partitions": layout.payload["partitions"],
        "shards": layout.payload["shards"],
    }  # fmt: skip
    return write(context.silent(), "genesis", {"order": layout.digest}, [effect])


def ordered(context: Context, order: Order, effective: bool) -> Entry:
    """Settle an order of control at its own instant: adopted, layout, released or discarded.

    The end of a desk is `adopted`, and always has effect: one that could not has been no order.

    Args:
        effective: False for a version that is no longer newer than the one in force.
    """
    at = max(order.start, context.view.tail.at)
    effect: Effect = {"k": "order", "n": order.n}
    kind = "layout" if order.kind == "layout" else "adopted"
    if effective and order.kind == "adopt_convention":
        effect["convd"] = order.target
    elif effective and order.kind == "adopt_directory":
        effect["dird"] = order.target
    elif effective and order.kind == "layout":
        effect["shards"] = order.payload["shards"]
    evidence: dict[str, Any] = {"order": order.digest}
    effects = [effect]
    if order.kind == DESK_END:
        end = {name: order.payload[name] for name in ("desk", "successor", "until")}
        effects.append({"k": "desk_end", **end})
    if own := order.decisions_of(context.site.partition):
        kind = "released" if order.kind == "release" else "discarded"
        answers = [_answer(context.view, leaf, kind, at, effects) for leaf in own]
        evidence |= {"reason": order.payload["reason"], "answers": answers}
    return write(context.silent(at), kind, evidence, effects)


def _answer(view: View, leaf: str, kind: str, at: int, effects: list[Effect]) -> dict[str, str]:
    """What becomes of one decision that an order names: it ends one stay in quarantine, once."""
    kept = view.kept.get(leaf)
    if kept is not None and not kept.released:
        effect: Effect = {"k": kind, "d": leaf}
        effects.append(effect | {"at": at} if kind == "released" else effect)
        return {"decision": leaf, "answer": kind}
    how = "released" if kept is not None else view.ended.get(leaf)
    return {"decision": leaf, "answer": f"already_{how}" if how else "not_in_quarantine"}


def erased(context: Context, order: Order) -> tuple[Entry, Erasing]:
    """Settle an owners' erasure: what it says of each decision, and what the state forgets."""
    post = context.silent(max(order.start, context.view.tail.at))
    erasing = context.erase(order, post.salt)
    effects: list[Effect] = [{"k": "order", "n": order.n}]
    for answer in erasing.answers:
        leaf = answer["decision"]
        kept = context.view.kept.get(leaf) if answer["answer"] == "erased" else None
        if kept is not None:
            effects.append({"k": "discarded", "d": leaf})
    if erasing.cases:
        effects.append({"k": "erased", "by": erasing.by, "cases": list(erasing.cases)})
    evidence = {
        "order": order.digest, "basis": order.payload["basis"],
        "answers": [dict(one) for one in erasing.answers],
    }  # fmt: skip
    return write(post, "erased", evidence, effects), erasing
