"""Routing as a pure function of what was read: from inbound records to outbound ones.

`PartitionRouter` owns one partition's state. A batch changes nothing until it is committed, which
the shell does when the Kafka transaction that holds the batch's outbound records has committed.
Any input at all ends as a delivery, a signed refusal or a quarantined record with a decision.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from contracts import topics
from contracts.encoding import b64u, canonical, digest, sha256, unb64u
from contracts.envelope.deliver import delivery_message, notice_message
from contracts.envelope.event import Published
from contracts.envelope.model import Cover, short
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import EnvelopeError, LogError
from contracts.jose import sign_jws
from contracts.keys import Signer
from contracts.log import settle
from contracts.log.entry import Entry, Message, Site, Source
from contracts.log.orders import Order, Registry
from contracts.log.rebuild import LEAF_LABEL, SIGNATURE_HEADER
from contracts.state import State, View

Salt = Callable[[], bytes]
Place = tuple[str, int]  # topic and offset of an input

__all__ = ["Batch", "Inbound", "Outbound", "PartitionRouter", "RouterKeys"]


@dataclass(frozen=True, slots=True)
class RouterKeys:
    """What a realm's router holds: its signing key and the routing secret; no decryption key."""

    signer: Signer
    routing_secret: bytes = field(repr=False)


@dataclass(slots=True)
class Batch:
    """What one batch writes, and what it would change.

    Attributes:
        out: records to send in this order, in one transaction.
        kinds: kinds of the entries written, for metrics.
        alarms: codes that an operator should see (`id_reused`, `prev_does_not_follow`).
    """

    view: View
    out: list[Outbound] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list, repr=False)


class PartitionRouter:
    """Routes one partition of one realm."""

    def __init__(self, realm: str, partition: int, state: State, keys: RouterKeys) -> None:
        self.site = Site(realm, partition)
        self.state = state
        self.keys = keys

    @property
    def next_due(self) -> int | None:
        """The earliest instant of which the log must speak, None if nothing is owed."""
        entry = View(self.state).next_due()
        return entry[0] if entry is not None else None

    def batch(
        self,
        inbound: Sequence[Inbound],
        registry: Registry,
        now: int,
        salt: Salt,
        faulty: frozenset[Place] = frozenset(),
    ) -> Batch:
        """Everything that is due by now, then every inbound record, in order.

        Args:
            now: instant read once from the shell's clock, seconds.
            salt: 16 random bytes a call.
            faulty: records at which an earlier attempt broke; quarantined as `internal_error`
                without being looked at, so that a fault of ours stops nobody.

        Raises:
            LogError: `nothing_adopted`: control holds no layout, convention and directory yet.
        """
        batch = Batch(View(self.state))
        try:
            self._timed(batch, registry, now, salt)
            repeated: set[str] = set()
            for record in inbound:
                broke = (record.topic, record.offset) in faulty
                self._route(batch, record, registry, now, salt, repeated, broke=broke)
        except BaseException:
            batch.view.drop()
            raise
        self._sign_tail(batch)
        return batch

    def tick(self, registry: Registry, now: int, salt: Salt) -> Batch:
        """Genesis, orders, overdue and renewed duties only; `out` is empty if there are none."""
        return self.batch((), registry, now, salt)

    def commit(self, batch: Batch) -> None:
        """The transaction has committed: make the batch part of the state."""
        batch.view.merge()

    def drop(self, batch: Batch) -> None:
        """The transaction has not committed: forget the batch."""
        batch.view.drop()

    def _timed(self, batch: Batch, registry: Registry, now: int, salt: Salt) -> None:
        """Write what has its own instant, in order of (instant, kind, id), up to now."""
        view = batch.view
        if not view.tail.leaf:
            layout = next((one for one in registry.orders if one.kind == "layout"), None)
            if layout is None:
                return
            self._emit(batch, settle.genesis(self.site, view, layout, now, salt()), None)
        while True:
            order = self._next_order(registry, view, now)
            due = view.next_due()
            if order is not None and (due is None or order.start <= due[0]):
                newer = registry.is_newer(order, view.tail.convd, view.tail.dird)
                entry = settle.ordered(self.site, view, order, newer, salt())
            elif due is not None and due[0] <= now:
                entry = settle.due(self.site, view, due, salt())
            else:
                return
            self._emit(batch, entry, None)

    def _next_order(self, registry: Registry, view: View, now: int) -> Order | None:
        done = view.tail.orders
        if len(done) == len(registry.orders):
            return None
        waiting = [order for order in registry.orders if order.n not in done and order.start <= now]
        return min(waiting, key=lambda order: (order.start, order.n), default=None)

    def _route(
        self,
        batch: Batch,
        record: Inbound,
        registry: Registry,
        now: int,
        salt: Salt,
        repeated: set[str],
        *,
        broke: bool = False,
    ) -> None:
        view = batch.view
        if not (view.tail.convd and view.tail.dird):
            raise LogError("nothing_adopted", "no convention or no directory", "both adopted")
        at = max(now, view.tail.at)
        source = Source(record.topic, record.offset, b64u(sha256(record.value or b"")))
        directory = registry.directories[view.tail.dird]
        context = RouterContext(
            realm=self.site.realm,
            directory=directory,
            routing_secret=self.keys.routing_secret,
            partitions=topics.PARTITIONS,
            accepts=lambda convd: registry.accepts(convd, view.tail.convd),
            now=at,
        )
        if broke:
            fault = EnvelopeError("internal_error", "a fault of ours", "none")
            self._quarantine(batch, record, fault, at, salt(), source, registry)
            return
        try:
            published = verify_published(record, context)
            self._not_reused(view, published)
        except EnvelopeError as error:
            self._quarantine(batch, record, error, at, salt(), source, registry)
            return
        cover, event = published.event.cover, published.event
        if view.seen(cover.jti) is not None:
            if cover.jti not in repeated:
                repeated.add(cover.jti)
                entry = settle.duplicate(
                    self.site, view, cover, event.token, event.digest, at, salt(), source
                )
                self._emit(batch, entry, None)
            return
        convention = registry.conventions[view.tail.convd]
        entry = settle.decided(self.site, view, convention, directory, event, at, salt(), source)
        self._emit(batch, entry, published)

    def _not_reused(self, view: View, published: Published) -> None:
        """The same id with another content, or from another issuer, is an alarm."""
        cover = published.event.cover
        seen = view.seen(cover.jti)
        if seen is None:
            reused = cover.jti in view.case(cover.sub).events
        else:
            reused = seen.iss != cover.iss or seen.cover != published.event.digest
        if reused:
            error = EnvelopeError("id_reused", "an id already used", "a new event id", "cover.jti")
            error.cover, error.cover_token = cover, published.event.token
            raise error

    def _quarantine(
        self,
        batch: Batch,
        record: Inbound,
        error: EnvelopeError,
        at: int,
        salt: bytes,
        source: Source,
        registry: Registry,
    ) -> None:
        cover: Cover | None = error.cover
        verified = None
        known = False
        if cover is not None and error.cover_token is not None:
            verified = cover, error.cover_token, digest(error.cover_token)
            directory = registry.directories[batch.view.tail.dird]
            known = directory.desk(cover.iss) is not None and cover.realm == self.site.realm
            if error.code == "id_reused":
                batch.alarms.append(error.code)
        entry = settle.quarantined(
            self.site, batch.view, error.code, error.place, verified, known, at, salt, source
        )
        self._emit(batch, entry, None)
        batch.out.append(self._kept(record, entry, error.code))

    def _kept(self, record: Inbound, entry: Entry, code: str) -> Outbound:
        """The raw input, byte for byte, for the quarantine topic."""
        headers = [
            [name, base64.b64encode(value or b"").decode()] for name, value in record.headers
        ]
        kept: list[tuple[str, bytes]] = [
            ("code", code.encode()),
            ("source", canonical({"topic": record.topic, "offset": record.offset})),
            ("null", b"1" if record.value is None else b"0"),
        ]
        if record.key is not None:
            kept.append(("key", base64.b64encode(record.key)))
        if headers:
            # A header name that is no UTF-8 was made printable by the reader; values are exact.
            kept.append(("headers", str(headers).encode("utf-8", "backslashreplace")))
        return Outbound(
            topics.quarantine(self.site.realm),
            self.site.partition,
            entry.leaf.encode(),
            record.value or b"",
            kept,
        )

    def _emit(self, batch: Batch, entry: Entry, published: Published | None) -> None:
        realm, partition, leaf = self.site.realm, self.site.partition, entry.leaf.encode()
        for message in entry.messages:
            batch.out.append(self._message(message, entry, published))
        batch.out.append(Outbound(topics.evidence(realm), partition, leaf, entry.evidence))
        batch.out.append(Outbound(topics.decisions(realm), partition, leaf, entry.record))
        batch.kinds.append(entry.kind)
        batch.entries.append(entry)

    def _message(self, message: Message, entry: Entry, published: Published | None) -> Outbound:
        """Add `dec`, sign, and wrap for the desk's inbox."""
        token = sign_jws(message.payload | {"dec": entry.leaf}, message.typ, self.keys.signer)
        topic = topics.inbox(self.site.realm, short(message.desk))
        if not message.slip or published is None:
            return notice_message(topic, self.site.partition, message.payload, token)
        slip = published.slips[message.desk]
        parts = [published.parts[one] for one in message.parts]
        cover = published.event.cover
        return delivery_message(topic, self.site.partition, cover, slip, parts, token)

    def _sign_tail(self, batch: Batch) -> None:
        """The last record of a transaction carries the router's signature of its leaf."""
        if not batch.entries:
            return
        leaf = batch.entries[-1].leaf
        signature = self.keys.signer.sign(LEAF_LABEL + unb64u(leaf))
        claim = canonical({"kid": self.keys.signer.kid, "sig": b64u(signature)})
        topic, key = topics.decisions(self.site.realm), leaf.encode()
        last = next(one for one in reversed(batch.out) if one.topic == topic and one.key == key)
        last.headers.append((SIGNATURE_HEADER, claim))
