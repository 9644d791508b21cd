"""What one batch writes: its entries, and the outbound records of one transaction made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, unb64u
from contracts.envelope.cloudevent import delivery_message, notice_message
from contracts.envelope.event import Published
from contracts.envelope.wire import Outbound
from contracts.errors import DirectoryError, LogError
from contracts.keys.jose import sign_text
from contracts.keys.keyring import Signer, Signers
from contracts.log.chain import LEAF_LABEL, SIGNATURE_HEADER
from contracts.log.entry import Message, Site
from contracts.log.router_key import check_router_key, check_succession
from contracts.log.routing.context import Context
from contracts.log.routing.step import Settled
from contracts.vocabulary import topics

SHELL_BYTES: Final = 128  # of a Kafka batch with one record, apart from its key, value and headers


@dataclass(slots=True)
class Batch:
    """What one batch writes, and what it would change.

    Attributes:
        context: its view is merged once the transaction has committed, or dropped.
        settled: the entries written, in order.
        out: records to send in this order, in one transaction.
    """

    context: Context
    settled: list[Settled] = field(default_factory=list, repr=False)
    out: list[Outbound] = field(default_factory=list, repr=False)

    @property
    def view(self) -> View:
        """The state with what the batch changes."""
        return self.context.view

    @property
    def alarms(self) -> list[str]:
        """Codes that an operator should see (`id_reused`, `bytes_altered`)."""
        return [code for settled in self.settled for code in settled.alarms]

    @property
    def overwriting(self) -> list[Outbound]:
        """The records by which something is erased, of those to send."""
        settled = [one for one in self.settled if one.stubs]
        keys = {leaf.encode() for one in settled for leaf in one.stubs}
        keys |= {key.encode() for one in settled for _topic, key in one.emptied}
        return [record for record in self.out if record.key in keys] if keys else []


class BatchKeys:
    """The router's keys as a batch signs with them: by the directory in force at its end."""

    def __init__(self, context: Context, signers: Signers) -> None:
        """Those of a batch whose entries are settled.

        Raises:
            LogError: `signature_wrong`: by the directory in force no key is the router's any
                more, or one that it has not is missing. Signed all the same, the log could never
                be read again: nothing is written.
        """
        tail, registry = context.view.tail, context.orders.registry
        self._signers = signers
        self._directory = registry.directories.get(tail.dird)
        self._until = tail.at
        self._at: dict[int, tuple[Signer, ...]] = {}
        own, realm = self.all_at(tail.at), context.site.realm
        listed = [check_router_key(signer.kid, tail, registry, realm) for signer in own]
        check_succession(listed, tail, registry)

    def at(self, instant: int) -> Signer:
        """The newest that is valid at an instant; errors as `all_at`."""
        return self.all_at(instant)[0]

    def all_at(self, instant: int) -> tuple[Signer, ...]:
        """Those that are valid at an instant, the newest first; at the batch's end, if none was.

        Raises:
            LogError: `signature_wrong`.
        """
        if instant not in self._at:
            self._at[instant] = self._valid(instant)
        return self._at[instant]

    def _valid(self, instant: int) -> tuple[Signer, ...]:
        if self._directory is None:
            raise LogError("signature_wrong", "no directory", "one on control")
        try:
            return self._signers.valid(self._directory, instant)
        except DirectoryError:  # what fell due while nobody routed is told late, by a key of today
            if instant != self._until:
                return self.all_at(self._until)
        raise LogError("signature_wrong", "a key not valid then", "a valid key of the router")


def written(settled: Settled, site: Site, keys: BatchKeys) -> list[Outbound]:
    """The records of one entry, in the order in which they are sent.

    Raises:
        LogError: `too_large`: for its topic.
    """
    records = list(_records(settled, site, keys))
    for record in records:
        if size(record) > topics.limit(record.topic):
            expected = f"at most {topics.limit(record.topic)}"
            raise LogError("too_large", f"{size(record)} bytes", expected)
    return records


def size(record: Outbound) -> int:
    """An upper bound of what a record takes in a Kafka batch, bytes."""
    headers = sum(len(name) * 4 + len(value) + 10 for name, value in record.headers)
    return len(record.key) + len(record.value) + headers + SHELL_BYTES


def sign_last(batch: Batch, keys: BatchKeys) -> None:
    """Sign the record of the batch's last entry, by each key that is valid at its end."""
    tail = batch.view.tail
    topic, key = topics.decisions(batch.context.site.realm), tail.leaf.encode()
    last = next(row for row in reversed(batch.out) if row.topic == topic and row.key == key)
    for signer in keys.all_at(tail.at):
        signature = b64u(signer.sign(LEAF_LABEL + unb64u(tail.leaf)))
        claim = canonical({"kid": signer.kid, "sig": signature})
        last.headers.append((SIGNATURE_HEADER, claim))


def _records(settled: Settled, site: Site, keys: BatchKeys) -> Iterator[Outbound]:
    entry, leaf = settled.entry, settled.entry.leaf.encode()
    for message in entry.messages:
        yield _message(message, settled, site, keys)
    yield Outbound(topics.evidence(site.realm), site.partition, leaf, entry.evidence)
    yield Outbound(topics.decisions(site.realm), site.partition, leaf, entry.record)
    if settled.kept is not None:
        yield settled.kept
    for erased, stub in settled.stubs.items():
        yield Outbound(topics.evidence(site.realm), site.partition, erased.encode(), stub)
    for topic, key in settled.emptied:
        yield Outbound(topic, site.partition, key.encode(), b"")


def _message(message: Message, settled: Settled, site: Site, keys: BatchKeys) -> Outbound:
    """Add `dec`, sign, and wrap for the inbox of the desk's agency."""
    signer = keys.at(message.payload["iat"])
    token = sign_text(message.with_decision(settled.entry.leaf), message.typ, signer)
    topic = topics.inbox(site.realm, message.agency)
    published = settled.seen.found if settled.seen is not None else None
    if not message.slip or not isinstance(published, Published):
        return notice_message(topic, site.partition, message.payload, token)
    slip = published.slips[message.desk]
    parts = [published.parts[part] for part in message.parts]
    return delivery_message(topic, site.partition, published.event.cover, slip, parts, token)
