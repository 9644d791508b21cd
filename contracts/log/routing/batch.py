"""What one batch writes: its entries, and the outbound records of one transaction made of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, unb64u
from contracts.envelope.cloudevent import delivery_message, notice_message
from contracts.envelope.event import Published
from contracts.envelope.wire import Outbound
from contracts.errors import DirectoryError, LogError, SignerError
from contracts.keys.jose import sign_text
from contracts.keys.keyring import Signer, Signers
from contracts.log.chain import LEAF_LABEL, SIGNATURE_HEADER
from contracts.log.entry import Message, Site
from contracts.log.router_key import check_router_key, check_succession
from contracts.log.routing.context import Context
from contracts.log.routing.step import Settled
from contracts.vocabulary import topics

ALARMS: Final = ("id_reused", "bytes_altered")  # codes of what must not happen
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
        """Codes that an operator should see."""
        return [settled.code for settled in self.settled if settled.code in ALARMS]

    @property
    def overwriting(self) -> list[Outbound]:
        """The records by which something is erased, of those to send."""
        erased = [settled for settled in self.settled if settled.entry.kind == "erased"]
        return [record for settled in erased for record in settled.beside]


class BatchKeys:
    """The router's keys as a batch signs with them: by the directory in force at its end."""

    def __init__(self, context: Context, signers: Signers) -> None:
        """Those of a batch whose entries are settled.

        Raises:
            SignerError: `signature_wrong`: by the directory in force no key is the router's any
                more, or one that it has not is missing. Signed all the same, the log could never
                be read again: nothing is written, until a directory lists the keys that it has.
        """
        tail, registry, realm = context.view.tail, context.orders.registry, context.site.realm
        self._signers, self._until = signers, tail.at
        self._at: dict[int, tuple[Signer, ...]] = {}
        directory = registry.directories.get(tail.dird)
        if directory is None:
            raise SignerError("signature_wrong", "no directory", "one on control")
        self._directory = directory
        try:
            own = self.at(tail.at)
            listed = [check_router_key(signer.kid, tail, registry, realm) for signer in own]
            check_succession(listed, tail, registry)
        except (DirectoryError, LogError) as error:
            raise SignerError("signature_wrong", error.got, error.expected) from error

    def at(self, instant: int) -> tuple[Signer, ...]:
        """Those that are valid at an instant, the newest first; at the batch's end, if none was.

        Raises:
            DirectoryError: none is.
        """
        if instant not in self._at:
            try:
                self._at[instant] = self._signers.valid(self._directory, instant)
            except DirectoryError:
                if instant == self._until:
                    raise
                # What fell due while nobody routed is told late, by a key of today.
                self._at[instant] = self.at(self._until)
        return self._at[instant]


def written(settled: Settled, site: Site, keys: BatchKeys) -> list[Outbound]:
    """The records of one entry, in the order in which they are sent.

    Raises:
        LogError: `too_large`: for its topic.
    """
    entry, leaf = settled.entry, settled.entry.leaf.encode()
    records = [
        *(_message(message, settled, site, keys) for message in entry.messages),
        Outbound(topics.evidence(site.realm), site.partition, leaf, entry.evidence),
        Outbound(topics.decisions(site.realm), site.partition, leaf, entry.record),
        *settled.beside,
    ]
    for record in records:
        if size(record) > topics.limit(record.topic):
            expected = f"at most {topics.limit(record.topic)}"
            raise LogError("too_large", f"{size(record)} bytes", expected)
    return records


def size(record: Outbound) -> int:
    """An upper bound of what a record takes in a Kafka batch, bytes."""
    headers = sum(_room(name.encode()) + _room(value or b"") for name, value in record.headers)
    return len(record.key) + len(record.value) + headers + SHELL_BYTES


def _room(text: bytes) -> int:
    """What a header's name or value takes, its length before it."""
    return len(text) + (1 if len(text) < 64 else 5)  # as Kafka writes it, at most


def sign_last(batch: Batch, keys: BatchKeys) -> None:
    """Sign the record of the batch's last entry, by each key that is valid at its end."""
    tail = batch.view.tail
    topic, key = topics.decisions(batch.context.site.realm), tail.leaf.encode()
    text = LEAF_LABEL + unb64u(tail.leaf)
    claims = [{"kid": one.kid, "sig": b64u(one.sign(text))} for one in keys.at(tail.at)]
    headers = [(SIGNATURE_HEADER, canonical(claim)) for claim in claims]
    at = max(at for at, row in enumerate(batch.out) if row.topic == topic and row.key == key)
    batch.out[at] = replace(batch.out[at], headers=headers)


def _message(message: Message, settled: Settled, site: Site, keys: BatchKeys) -> Outbound:
    """Add `dec`, sign, and wrap for the inbox of the desk's agency."""
    signer = keys.at(message.payload["iat"])[0]
    token = sign_text(message.with_decision(settled.entry.leaf), message.typ, signer)
    topic = topics.inbox(site.realm, message.agency)
    published = settled.seen.found if settled.seen is not None else None
    if not message.slip or not isinstance(published, Published):
        return notice_message(topic, site.partition, message.payload, token)
    slip = published.slips[message.desk]
    parts = [published.parts[part] for part in message.parts]
    return delivery_message(topic, site.partition, published.event.cover, slip, parts, token)
