"""Routing as a pure function of what was read: from inbound records to outbound ones.

`PartitionRouter` owns one partition's state: it looks at inputs, and a batch is steps (`step.py`).
A batch changes nothing until it is committed, which the shell does once the Kafka transaction that
holds its records has committed. Any input at all ends as a delivery, a signed refusal or a
quarantined record with a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Final

from contracts.decision.state.state import State
from contracts.decision.state.view import View
from contracts.encoding import b64u, sha256
from contracts.envelope.event import Published
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import EnvelopeError, LogError
from contracts.keys.keyring import Signers
from contracts.log.entry import InputSource, Site
from contracts.log.erasing.erasure import Erasing, erase
from contracts.log.erasing.forgetting import is_blank, to_copy
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.log.routing.batch import Batch, BatchKeys, sign_last, size, written
from contracts.log.routing.context import NOWHERE, Context, Fault, OrdersRead, Salt, Seen
from contracts.log.routing.quarantine import checked_back
from contracts.log.routing.step import Settled, step
from contracts.vocabulary import topics

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
        released: Released | None = None,
        erasable: Mapping[str, bytes] | None = None,
        faulty: frozenset[Place] = frozenset(),
    ) -> Batch:
        """Everything due by now, then what was released, then each inbound record but blanks.

        Blanks that are for an inbox are copied there: only routing writes to it (log §11.6).

        Without any input, at most `TIMED_AT_ONCE` entries of what is due: callers ask again while
        `next_due` has come, and before they bring input, so that no transaction has an end-of-day's
        whole harvest in it.

        Args:
            now: instant read once from the shell's clock, seconds.
            salt: 16 random bytes a call.
            released: what `wanted` asks for, as far as the caller has read it.
            erasable: leaf -> evidence as it is now, of what `to_erase` asks for and of all of its
                cases.
            faulty: records at which an earlier attempt broke; quarantined as `internal_error`
                without being looked at, so that a fault of ours stops nobody.

        Raises:
            LogError: `nothing_adopted`: control holds no layout, convention and directory yet;
                `too_large`: a record to be sent, for its topic; `signature_wrong`.
            Exception: a fault of ours; `in_hand` tells at which input.
        """
        self.in_hand = None
        view, evidence = View(self.state), dict(erasable or {})

        def erasure(order: Order, salt: bytes) -> Erasing:
            erasing = erase(view, order, self.site.partition, evidence, salt)
            evidence.update(erasing.stubs)  # the next order finds what this one leaves
            return erasing

        now = max(now, view.tail.at)  # the log's time never goes back
        batch = Batch(Context(self.site, view, OrdersRead(registry), now, salt, erasure))
        records = [record for record in inbound if not is_blank(record)]
        try:
            self._settle_all(batch, records, released or {}, faulty)
            self._write_out(batch)
            batch.out += self._copied(inbound, batch.context)
        except BaseException:
            view.drop()
            raise
        return batch

    def _copied(self, inbound: Sequence[Inbound], context: Context) -> list[Outbound]:
        """The blanks that agencies ask to have in inboxes that there are."""
        rows = [row for record in inbound if (row := to_copy(record)) is not None]
        tail, realm = context.view.tail, self.site.realm
        if not (rows and tail.convd and tail.dird):
            return []
        agencies = context.orders.registry.inboxes(tail.convd, tail.dird).values()
        there = {topics.inbox(realm, agency) for agency in agencies}
        return [row for row in rows if row.topic in there and size(row) <= topics.limit(row.topic)]

    def _settle_all(
        self,
        batch: Batch,
        records: Sequence[Inbound],
        released: Released,
        faulty: frozenset[Place],
    ) -> None:
        """What is due, what orders released in their order, then each record."""
        has_input = bool(records or released)
        while has_input or len(batch.settled) < TIMED_AT_ONCE:
            if (settled := step(batch.context)) is None:
                break
            batch.settled.append(settled)
        if not has_input:
            return
        verifying, repeated = self._verifying(batch.context), set[str]()
        for leaf in takewhile(released.__contains__, self.state.tail.waiting):
            self._settle(batch, self._look_back(leaf, released[leaf], verifying, faulty))
        # All are looked at, then all are settled: each loop keeps to little warm code.
        for seen in [self._look(record, record, verifying, faulty) for record in records]:
            cover = seen.found.event.digest if isinstance(seen.found, Published) else ""
            last = self._settle(batch, None if cover in repeated else seen)
            if last is not None and last.entry.kind == "duplicate":
                repeated.add(cover)  # told once a batch

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

    def _settle(self, batch: Batch, seen: Seen | None) -> Settled | None:
        """Steps until an input has its record, behind what an earlier one left to fall due."""
        self.in_hand = _place(seen)
        while (settled := step(batch.context, seen)) is not None:
            batch.settled.append(settled)
            if settled.seen is seen is not None:
                break
        return settled

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
        found = Fault("internal_error") if place in faulty else look(record, verifying)
        value = record.value or b""
        return Seen(InputSource(*place, b64u(sha256(value))), found, len(value), released, record)

    def _write_out(self, batch: Batch) -> None:
        """Each entry's messages, evidence and record, and the signature of the last."""
        self.in_hand = None
        if not batch.settled:
            return
        keys = BatchKeys(batch.context, self.keys.signers)
        for settled in batch.settled:
            self.in_hand = _place(settled.seen)
            batch.out += written(settled, self.site, keys)
        self.in_hand = None
        sign_last(batch, keys)


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
