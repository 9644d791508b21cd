"""Faults planted in the product, each as small as can be: a simulation worth its name finds them.

Each says what it does wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

import orjson

from contracts.decision.state.state import Duty
from contracts.decision.state.view import View
from contracts.encoding import sha256
from contracts.envelope.wire import Outbound
from contracts.log.routing.quarantine import put_aside
from contracts.vocabulary import topics
from services.agency import app as agency
from services.agency.loops.incoming import Incoming
from services.agency.witness import witness_of
from services.operate.home import rotation
from services.platform.kafka.writing.transactions import Transaction
from services.platform.ports import random_token
from services.platform.process.durable_file import write_durably
from services.platform.tree.log_mirror import LogMirror
from services.platform.tree.tile_folder import CHECKPOINT
from services.routing.restart import rebuild_states
from services.routing.shard import Shard
from tests.contracts.envelope.kit import claims_of

Plant = Callable[[], AbstractContextManager[Any]]


def passed_over() -> AbstractContextManager[Any]:
    """A router that starts passes over one input behind those that its log speaks of."""

    async def further(*of: Any) -> Any:
        states, taken = await rebuild_states(*of)
        return states, {place: offset + 1 for place, offset in taken.items()}

    return patch("services.routing.app.rebuild_states", further)


def state_first() -> AbstractContextManager[Any]:
    """A router's state has a batch before its transaction is committed."""
    decide = Shard._decide

    async def early(shard: Shard, *given: Any) -> Any:
        decided = await decide(shard, *given)
        for batch in decided:
            batch.view.merge()
        return decided

    return patch.object(Shard, "_decide", early)


def skipped_record() -> AbstractContextManager[Any]:
    """A start of an agency's passes over one record of those that its store has."""
    recall, skipped = Incoming.recall, set[str]()

    def leaky(incoming: Incoming, place: Any, offset: int, desk: str, said: Any) -> None:
        if desk in skipped or "receipt" not in said:
            recall(incoming, place, offset, desk, said)
        skipped.add(desk)

    return patch.object(Incoming, "recall", leaky)


def no_fence() -> AbstractContextManager[Any]:
    """A router that starts does not fence its predecessor: each life has ids of its own."""
    ids = topics.routing_transactions

    def own(*of: Any) -> tuple[str, ...]:
        return tuple(f"{name}.{random_token(6)}" for name in ids(*of))

    return patch.object(topics, "routing_transactions", own)


def told_twice() -> AbstractContextManager[Any]:
    """A duty that fell due is told twice."""
    send = Transaction.send

    async def again(transaction: Transaction, *records: Outbound) -> None:
        await send(transaction, *records, *(one for one in records if _is_overdue(one)))

    return patch.object(Transaction, "send", again)


def _is_overdue(record: Outbound) -> bool:
    told = orjson.loads(record.value or b"{}") if ".inbox." in record.topic else {}
    data = told.get("data", {})  # of an erased case there is none
    return "notice" in data and claims_of(data["notice"])["kind"] == "overdue"


def witness_folded() -> AbstractContextManager[Any]:
    """A witness begins anew with what a start reads, and has not what it cosigned before."""

    def anew(settings: Any, memory: Any, *more: Any) -> Any:
        with memory.changing() as rows:
            rows.update((name, b"") for name in [*rows] if name.startswith("witness/"))
        return witness_of(settings, memory, *more)

    return patch.object(agency, "witness_of", anew)


def checkpoint_first() -> AbstractContextManager[Any]:
    """An agency's mirror of a log has a checkpoint before it has the entries."""
    grow = LogMirror._grow

    def early(mirror: LogMirror, log: Any, head: Any, note: bytes) -> None:
        write_durably(mirror.path / CHECKPOINT, note)
        grow(mirror, log, head, note)

    return patch.object(LogMirror, "_grow", early)


def unsaid_key() -> AbstractContextManager[Any]:
    """A directory says of the keys alone that its own try of a command has destroyed."""
    unsaid = rotation._unsaid

    def own(*of: Any) -> dict[str, int]:
        *_, at = of
        return {kid: since for kid, since in unsaid(*of).items() if since == at}

    return patch.object(rotation, "_unsaid", own)


def never_due() -> AbstractContextManager[Any]:
    """One duty in two never falls due, by the code that router and auditor share."""
    put = View.put_duty

    def forgetful(view: View, token: str, duty: Duty) -> None:
        put(view, token, duty)
        if sha256(duty.id.encode())[0] % 2:
            view._due[:] = [entry for entry in view._due if duty.id not in entry]

    return patch.object(View, "put_duty", forgetful)


def other_bytes() -> AbstractContextManager[Any]:
    """Quarantine keeps other bytes than those that came."""

    def others(*of: Any) -> Outbound:
        return replace(put_aside(*of), value=b"others")

    return patch("contracts.log.routing.step.put_aside", others)


# Each with what a run that finds it tells.
PLANTS: Final[dict[str, tuple[Plant, str]]] = {
    "passed_over": (passed_over, "lost: not decided"),
    "state_first": (state_first, "alarms of the audit"),
    "skipped_record": (skipped_record, "stores and logs that differ"),
    "no_fence": (no_fence, "alarms of the audit"),
    "told_twice": (told_twice, "overdue told twice"),
    "witness_folded": (witness_folded, "forgotten by witnesses"),
    "checkpoint_first": (checkpoint_first, "logs that are not followed"),
    "unsaid_key": (unsaid_key, "destroyed, and no directory says so"),
    "never_due": (never_due, "due and not told"),
    "other_bytes": (other_bytes, "put aside and not kept"),
}
