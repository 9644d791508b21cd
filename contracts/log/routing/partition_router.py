"""Routing as a pure function of what was read: from inbound records to outbound ones.

`PartitionRouter` owns one partition's state: it looks at inputs, and a batch is steps (`step.py`).
A batch changes nothing until it is committed, which the shell does once the Kafka transaction that
holds its records has committed. Any input at all ends as a delivery, a signed refusal or a
quarantined record with a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.decision.state.state import State
from contracts.decision.state.view import View
from contracts.encoding import b64u, sha256
from contracts.envelope.event import Published
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError, LogError
from contracts.keys.keyring import Signers
from contracts.log.entry import InputSource, Site
from contracts.log.erasing.erasure import Erasing, erase
from contracts.log.erasing.forgetting import is_blank
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.log.routing.batch import Batch, BatchKeys, sign_last, written
from contracts.log.routing.context import (
    NOWHERE,
    Context,
    Erase,
    Fault,
    OrdersRead,
    Salt,
    Seen,
)
from contracts.log.routing.quarantine import checked_back
from contracts.log.routing.step import Settled, step

TIMED_AT_ONCE: Final = 100  # entries of what is due; what a day owes falls due in its last second
RELEASED_AT_ONCE: Final = 16  # inputs that a batch takes back from quarantine: up to 1 MiB each

Released = Mapping[str, Inbound | None]  # by leaf: the record of quarantine, None if it has gone
Place = tuple[str, int]  # topic and offset of an input


@dataclass(frozen=True, slots=True)
class RouterKeys:
    """What a realm's router holds: its signing keys and the routing secret; no decryption key."""

    signers: Signers
    routing_secret: bytes = field(repr=False)


class PartitionRouter:
    """Routes one partition of one realm.

    Attributes:
        in_hand: where the input lay that a batch is busy with; None: with none.
    """

    def __init__(self, realm: str, partition: int, state: State, keys: RouterKeys) -> None:
        self.site = Site(realm, partition)
        self.state = state
        self.keys = keys
        self.in_hand: Place | None = None

    @property
    def next_due(self) -> int | None:
        """The earliest instant of which the log must speak, None if nothing is owed."""
        entry = View(self.state).next_due()
        return entry[0] if entry is not None else None

    @property
    def wanted(self) -> dict[str, str]:
        """What orders have released and the next batch can take: leaf -> hash of its raw value."""
        waiting = self.state.tail.waiting[:RELEASED_AT_ONCE]
        return {leaf: self.state.kept[leaf].sha for leaf in waiting}

    def to_erase(self, registry: Registry, now: int) -> frozenset[str]:
        """Leaves that orders erase here next."""
        done = self.state.tail.orders
        if len(done) == len(registry.orders):
            return frozenset()
        return frozenset(
            leaf
            for order in registry.orders
            if order.kind == "erase" and order.n not in done and order.start <= now
            for leaf in order.decisions_of(self.site.partition)
        )

    def batch(
        self,
        inbound: Sequence[Inbound],
        registry: Registry,
        now: int,
        salt: Salt,
        faulty: frozenset[Place] = frozenset(),
        released: Released | None = None,
        erasable: Mapping[str, bytes] | None = None,
    ) -> Batch:
        """Everything due by now, then what was released, then each inbound record but blanks.

        Without any input, at most `TIMED_AT_ONCE` entries of what is due: callers ask again while
        `next_due` has come, and before they bring input, so that no transaction has an end-of-day's
        whole harvest in it.

        Args:
            now: instant read once from the shell's clock, seconds.
            salt: 16 random bytes a call.
            faulty: records at which an earlier attempt broke; quarantined as `internal_error`
                without being looked at, so that a fault of ours stops nobody.
            released: what `wanted` asks for, as far as the caller has read it.
            erasable: leaf -> evidence as it is now, of what `to_erase` asks for and of all of its
                cases.

        Raises:
            LogError: `nothing_adopted`: control holds no layout, convention and directory yet;
                `too_large`: a record to be sent, for its topic; `signature_wrong`.
            Exception: a fault of ours; `in_hand` tells at which input.
        """
        self.in_hand = None
        batch, released = Batch(View(self.state)), released or {}
        inbound = [record for record in inbound if not is_blank(record)]
        now = max(now, batch.view.tail.at)  # the log's time never goes back
        erase = self._erasure(batch.view, dict(erasable or {}))
        context = Context(self.site, batch.view, OrdersRead(registry), now, salt, erase)
        try:
            whole = bool(inbound or released)
            while whole or len(batch.settled) < TIMED_AT_ONCE:
                if (settled := step(context)) is None:
                    break
                batch.settled.append(settled)
            if whole:
                self._take_back(batch, context, released, faulty)
                self._route(batch, context, inbound, faulty)
            self._write_out(batch, registry)
        except BaseException:
            batch.view.drop()
            raise
        return batch

    def commit(self, batch: Batch) -> None:
        """The transaction has committed: make the batch part of the state."""
        batch.view.merge()

    def drop(self, batch: Batch) -> None:
        """The transaction has not committed: forget the batch."""
        batch.view.drop()

    def _erasure(self, view: View, erasable: dict[str, bytes]) -> Erase:
        """What an erasure comes to by the evidence at hand; the next finds what it leaves."""

        def erasure(order: Order, salt: bytes) -> Erasing:
            erasing = erase(view, order, self.site.partition, erasable, salt)
            erasable.update(erasing.stubs)
            return erasing

        return erasure

    def _verifying(self, context: Context) -> RouterContext:
        """What inputs are held against; nothing in it changes before the next batch."""
        tail, registry = context.view.tail, context.orders.registry
        in_force = tail.convd
        if not (in_force and tail.dird):
            raise LogError("nothing_adopted", "no convention or no directory", "both adopted")
        return RouterContext(
            realm=self.site.realm,
            directory=registry.directories[tail.dird],
            routing_secret=self.keys.routing_secret,
            partitions=registry.partitions,
            accepts=lambda convd: registry.accepts(convd, in_force),
            now=context.now,
        )

    def _route(
        self,
        batch: Batch,
        context: Context,
        inbound: Sequence[Inbound],
        faulty: frozenset[Place],
    ) -> None:
        """Look at all records, then settle all in order: each loop keeps to little warm code."""
        verifying, repeated = self._verifying(context), set[str]()
        seen = [self._look(record, record, verifying, faulty) for record in inbound]
        for one in seen:
            cover = one.found.event.digest if isinstance(one.found, Published) else ""
            settled = self._settle(batch, context, None if cover in repeated else one)
            if settled is not None and settled.entry.kind == "duplicate":
                repeated.add(cover)  # told once a batch

    def _take_back(
        self, batch: Batch, context: Context, released: Released, faulty: frozenset[Place]
    ) -> None:
        """Route what orders released, in their order, under what is in force now."""
        verifying = self._verifying(context)
        for leaf in self.state.tail.waiting:
            if leaf not in released:
                return
            seen = self._look_back(leaf, released[leaf], verifying, faulty)
            self._settle(batch, context, seen)

    def _settle(self, batch: Batch, context: Context, seen: Seen | None) -> Settled | None:
        """Steps until an input has its record, behind what an earlier one left to fall due."""
        self.in_hand = _place(seen)
        while (settled := step(context, seen)) is not None:
            batch.settled.append(settled)
            if settled.seen is seen is not None:
                break
        return settled

    def _look(
        self,
        read: Inbound,
        record: Inbound,
        verifying: RouterContext,
        faulty: frozenset[Place],
        released: str = "",
    ) -> Seen:
        """An input as it is looked at, unless an attempt broke at it.

        Args:
            read: as it was read, here or from quarantine: no place is read twice.
            record: as it came.
        """
        place = self.in_hand = read.topic, read.offset
        is_faulty = place in faulty
        found = Fault("internal_error") if is_faulty else look(record, verifying)
        value = record.value or b""
        return Seen(InputSource(*place, b64u(sha256(value))), found, len(value), released, record)

    def _look_back(
        self,
        leaf: str,
        raw: Inbound | None,
        verifying: RouterContext,
        faulty: frozenset[Place],
    ) -> Seen:
        """What quarantine has of a release, looked at as it was when it first arrived."""
        kept = self.state.kept[leaf]
        if raw is None:
            return Seen(NOWHERE, Fault("bytes_gone"), released=leaf)
        self.in_hand = raw.topic, raw.offset
        try:
            record = checked_back(raw, kept.sha)
        except LogError as error:
            return Seen(NOWHERE, Fault(error.code), released=leaf)
        return self._look(raw, record, replace(verifying, arrived=kept.first), faulty, leaf)

    def _write_out(self, batch: Batch, registry: Registry) -> None:
        """Each entry's messages, evidence and record, and the signature of the last."""
        self.in_hand = None
        if not batch.settled:
            return
        keys = BatchKeys(self.site, batch, registry, self.keys.signers)
        for settled in batch.settled:
            self.in_hand = _place(settled.seen)
            batch.out += written(settled, self.site, keys)
        self.in_hand = None
        sign_last(batch, self.site, keys)


def look(record: Inbound, context: RouterContext) -> Published | Fault:
    """The verified event of an inbound record, or why it is none."""
    try:
        return verify_published(record, context)
    except EnvelopeError as error:
        if error.cover_token is None:
            return Fault(error.code, error.place)
        return Fault(error.code, error.place, error.cover or error.claimed, error.cover_token)


def _place(seen: Seen | None) -> Place | None:
    return (seen.source.topic, seen.source.offset) if seen is not None else None
