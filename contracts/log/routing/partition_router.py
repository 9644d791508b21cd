"""Routing as a pure function of what was read: from inbound records to outbound ones.

`PartitionRouter` owns one partition's state. A batch changes nothing until it is committed, which
the shell does once the Kafka transaction that holds its records has committed. Any input at all
ends as a delivery, a signed refusal or a quarantined record with a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.convention.agreed import inboxes
from contracts.convention.model import Convention
from contracts.decision.state.state import State
from contracts.decision.state.view import View
from contracts.encoding import b64u, digest, sha256
from contracts.envelope.event import Event, Published
from contracts.envelope.model import Claimed, Cover
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound
from contracts.errors import ConventionError, EnvelopeError, LogError
from contracts.keys.keyring import Signers
from contracts.log.entry import EntryTooLargeError, InputSource, Site
from contracts.log.erasing.forgetting import is_blank
from contracts.log.orders.registry import Registry
from contracts.log.routing import quarantine, settle
from contracts.log.routing.batch import Batch, Salt, Settled
from contracts.log.routing.timed import write_due, write_timed

RELEASED_AT_ONCE: Final = 16  # inputs that a batch takes back from quarantine: up to 1 MiB each

Released = Mapping[str, Inbound | None]  # by leaf: the record of quarantine, None if it has gone
Place = tuple[str, int]  # topic and offset of an input


@dataclass(frozen=True, slots=True)
class RouterKeys:
    """What a realm's router holds: its signing keys and the routing secret; no decryption key."""

    signers: Signers
    routing_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InForce:
    """What all records of a batch are held against."""

    context: RouterContext
    convention: Convention

    @property
    def inboxes(self) -> Mapping[str, str]:
        """The desks that can be told, each with its agency."""
        return inboxes(self.convention, self.context.directory)


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

    @property
    def wanted(self) -> dict[str, str]:
        """What orders have released and the next batch can take: leaf -> hash of its raw value."""
        waiting = self.state.tail.waiting[:RELEASED_AT_ONCE]
        return {leaf: self.state.kept[leaf].sha for leaf in waiting}

    def to_erase(self, registry: Registry, now: int) -> dict[str, bool]:
        """What orders erase here next: leaf -> whether with all that names the same case."""
        done = self.state.tail.orders
        if len(done) == len(registry.orders):
            return {}
        return {
            leaf: order.payload["what"] == "case"
            for order in registry.orders
            if order.kind == "erase" and order.n not in done and order.start <= now
            for leaf in order.decisions_of(self.site.partition)
        }

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
            LogError: `nothing_adopted`: control holds no layout, convention and directory yet.
        """
        batch = Batch(View(self.state))
        inbound = [record for record in inbound if not is_blank(record)]
        now = max(now, batch.view.tail.at)  # the log's time never goes back
        try:
            whole = bool(inbound or released)
            write_timed(batch, self.site, registry, now, salt, erasable or {}, whole=whole)
            if inbound or released:
                force = self._in_force(batch, registry, now)
                self._take_back(batch, released or {}, force, salt, faulty)
                self._route(batch, inbound, force, salt, faulty)
            batch.write_out(self.site, registry, self.keys.signers)
        except BaseException:
            batch.view.drop()
            raise
        return batch

    def tick(self, registry: Registry, now: int, salt: Salt) -> Batch:
        """Genesis, orders, overdue and renewed duties only, at most `TIMED_AT_ONCE`."""
        return self.batch((), registry, now, salt)

    def commit(self, batch: Batch) -> None:
        """The transaction has committed: make the batch part of the state."""
        batch.view.merge()

    def drop(self, batch: Batch) -> None:
        """The transaction has not committed: forget the batch."""
        batch.view.drop()

    def _in_force(self, batch: Batch, registry: Registry, now: int) -> InForce:
        """What a batch's records are held against; nothing in it changes before the next batch."""
        tail = batch.view.tail
        if not (tail.convd and tail.dird):
            raise LogError("nothing_adopted", "no convention or no directory", "both adopted")
        context = RouterContext(
            realm=self.site.realm,
            directory=registry.directories[tail.dird],
            routing_secret=self.keys.routing_secret,
            partitions=registry.partitions,
            accepts=lambda convd: registry.accepts(convd, tail.convd),
            now=max(now, tail.at),
        )
        return InForce(context, registry.conventions[tail.convd])

    def _route(
        self,
        batch: Batch,
        inbound: Sequence[Inbound],
        force: InForce,
        salt: Salt,
        faulty: frozenset[Place],
    ) -> None:
        """Check all records, then settle all in order: each loop keeps to little warm code."""
        checked = [
            _looked_at(record, force.context, faulty, (record.topic, record.offset))
            for record in inbound
        ]
        repeated: set[str] = set()
        for record, verdict in zip(inbound, checked, strict=True):
            write_due(batch, self.site, force.inboxes, force.context.now, salt)
            source = InputSource(record.topic, record.offset, b64u(sha256(record.value or b"")))
            error = (
                verdict
                if isinstance(verdict, EnvelopeError)
                else self._settle(batch, verdict, force, salt, source, repeated)
            )
            if error is not None:
                self._quarantine(batch, record, error, force, salt(), source)

    def _take_back(
        self, batch: Batch, released: Released, force: InForce, salt: Salt, faulty: frozenset[Place]
    ) -> None:
        """Route what orders released, in their order, under what is in force now."""
        for leaf in self.state.tail.waiting:
            if leaf not in released:
                return
            write_due(batch, self.site, force.inboxes, force.context.now, salt)
            self._release(batch, leaf, released[leaf], force, salt, faulty)

    def _release(
        self,
        batch: Batch,
        leaf: str,
        raw: Inbound | None,
        force: InForce,
        salt: Salt,
        faulty: frozenset[Place],
    ) -> None:
        kept = self.state.kept[leaf]
        if raw is None:
            self._drop(batch, leaf, "bytes_gone", force, salt())
            return
        try:
            record = quarantine.checked_back(raw, kept.sha)
        except LogError as error:
            self._drop(batch, leaf, error.code, force, salt())
            return
        # What is read from quarantine has its place there as source: no place is read twice.
        source = InputSource(raw.topic, raw.offset, kept.sha)
        context = replace(force.context, arrived=kept.first)
        checked = _looked_at(record, context, faulty, (raw.topic, raw.offset))
        if isinstance(checked, EnvelopeError):
            self._quarantine(batch, record, checked, force, salt(), source, leaf)
            return
        cover, token = checked.event.cover, checked.event.token
        known = batch.view.seen(cover.jti, force.context.now)
        if known is None and cover.jti in batch.view.case(cover.sub).events:
            self._drop(batch, leaf, "already_decided", force, salt(), token)
            return
        fault = self._settle(batch, checked, force, salt, source, set(), leaf)
        if fault is not None:
            self._quarantine(batch, record, fault, force, salt(), source, leaf)

    def _drop(
        self, batch: Batch, leaf: str, reason: str, force: InForce, salt: bytes, token: str = ""
    ) -> None:
        entry = settle.dropped(self.site, batch.view, leaf, reason, force.context.now, salt, token)
        batch.settled.append(Settled(entry))
        if reason == "bytes_altered":
            batch.alarms.append(reason)

    def _settle(
        self,
        batch: Batch,
        published: Published,
        force: InForce,
        salt: Salt,
        source: InputSource,
        repeated: set[str],
        released: str = "",
    ) -> EnvelopeError | None:
        """Decide an event, or point to its first decision, once a batch; or why neither can be."""
        event, view, at = published.event, batch.view, force.context.now
        if settle.reused(view, event.cover, event.digest, at):
            return _fault("id_reused", event)
        if view.seen(event.cover.jti, at) is None:
            try:
                entry = settle.decided(
                    self.site, view, force.convention, force.context.directory, event, at, salt(),
                    source, released,
                )  # fmt: skip
            # A date beyond the calendar's tables; more to tell than a record can name.
            except (ConventionError, EntryTooLargeError) as error:
                return _fault(error.code, event)
            batch.settled.append(Settled(entry, published))
        elif event.cover.jti not in repeated:
            repeated.add(event.cover.jti)
            entry = settle.duplicate(
                self.site, view, force.inboxes, event.cover, event.token, event.digest, at, salt(),
                source, released,
            )  # fmt: skip
            batch.settled.append(Settled(entry))
        return None

    def _quarantine(
        self,
        batch: Batch,
        record: Inbound,
        error: EnvelopeError,
        force: InForce,
        salt: bytes,
        source: InputSource,
        released: str = "",
    ) -> None:
        cover: Cover | Claimed | None = error.cover or error.claimed
        verified = None
        known = False
        if cover is not None and error.cover_token is not None:
            verified = cover, error.cover_token, digest(error.cover_token)
            directory = force.context.directory
            known = directory.desk(cover.iss) is not None and cover.realm == self.site.realm
            if error.code == "id_reused":
                batch.alarms.append(error.code)
        entry = settle.quarantined(
            self.site, batch.view, force.inboxes, error.code, error.place, verified, known,
            force.context.now, salt, source, len(record.value or b""), released,
        )  # fmt: skip
        kept = quarantine.put_aside(self.site.realm, record, entry.leaf, error.code)
        batch.settled.append(Settled(entry, kept=kept))


def _fault(code: str, event: Event) -> EnvelopeError:
    """Why a verified event is not decided; its issuer is told."""
    error = EnvelopeError(code)
    error.cover, error.cover_token = event.cover, event.token
    return error


def _looked_at(
    record: Inbound, context: RouterContext, faulty: frozenset[Place], place: Place
) -> Published | EnvelopeError:
    """The verified event or why it is none; a record that is known to be faulty is passed by."""
    if place in faulty:
        return EnvelopeError("internal_error", "a fault of ours", "none")
    return _checked(record, context)


def _checked(record: Inbound, context: RouterContext) -> Published | EnvelopeError:
    """The verified event, or why it is none."""
    try:
        return verify_published(record, context)
    except EnvelopeError as error:
        return error.with_traceback(None)  # which would hold on to everything that was read
