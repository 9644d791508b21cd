"""What one batch writes: its entries, and the outbound records of one transaction made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, unb64u
from contracts.envelope.deliver import delivery_message, notice_message
from contracts.envelope.event import Published
from contracts.envelope.wire import Outbound
from contracts.errors import DirectoryError, LogError
from contracts.keys.directory import Directory
from contracts.keys.jose import sign_text
from contracts.keys.keyring import Signer, Signers
from contracts.log.entry import Entry, Message, Site
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import LEAF_LABEL, SIGNATURE_HEADER
from contracts.log.router_key import check_router_key, check_succession
from contracts.vocabulary import topics

Salt = Callable[[], bytes]  # 16 random bytes a call


@dataclass(frozen=True, slots=True)
class Settled:
    """An entry with what its messages are written from.

    Attributes:
        published: the event, if it was decided.
        kept: the quarantined input.
        stubs: leaf -> what evidence is overwritten by, if it was erased.
        emptied: topic and key of what is overwritten by nothing.
    """

    entry: Entry
    published: Published | None = None
    kept: Outbound | None = None
    stubs: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    emptied: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Batch:
    """What one batch writes, and what it would change.

    Attributes:
        settled: the entries written, in order.
        out: records to send in this order, in one transaction.
        alarms: codes that an operator should see (`id_reused`, `prev_does_not_follow`).
    """

    view: View
    settled: list[Settled] = field(default_factory=list, repr=False)
    out: list[Outbound] = field(default_factory=list, repr=False)
    alarms: list[str] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """The entries written."""
        return [settled.entry for settled in self.settled]

    @property
    def kinds(self) -> list[str]:
        """Their kinds, for metrics."""
        return [settled.entry.kind for settled in self.settled]

    @property
    def overwriting(self) -> list[Outbound]:
        """The records by which something is erased, of those to send."""
        settled = [one for one in self.settled if one.stubs]
        keys = {leaf.encode() for one in settled for leaf in one.stubs}
        keys |= {key.encode() for one in settled for _topic, key in one.emptied}
        return [record for record in self.out if record.key in keys] if keys else []

    def write_out(self, site: Site, registry: Registry, signers: Signers) -> None:
        """Fill `out`: each entry's messages, evidence and record, and the signature of the last.

        Raises:
            LogError: `signature_wrong`: by the directory in force no key is the router's any
                more, or one that it has not is missing. Signed all the same, the log could never
                be read again: nothing is written.
        """
        if not self.settled:
            return
        directory, tail = registry.directories.get(self.view.tail.dird), self.view.tail
        keys = _Valid(signers, directory, tail.at)
        own = keys.all_at(tail.at)
        listed = [check_router_key(signer.kid, tail, registry, site.realm) for signer in own]
        check_succession(listed, tail, registry)
        for settled in self.settled:
            self.out.extend(_written(settled, site, keys))
        leaf = self.settled[-1].entry.leaf
        topic, key = topics.decisions(site.realm), leaf.encode()
        last = next(
            record for record in reversed(self.out) if record.topic == topic and record.key == key
        )
        for signer in own:
            signature = b64u(signer.sign(LEAF_LABEL + unb64u(leaf)))
            claim = canonical({"kid": signer.kid, "sig": signature})
            last.headers.append((SIGNATURE_HEADER, claim))


class _Valid:
    """The router's keys as a batch signs with them: by the directory in force at its end."""

    def __init__(self, signers: Signers, directory: Directory | None, until: int) -> None:
        self._signers = signers
        self._directory = directory
        self._until = until
        self._at: dict[int, tuple[Signer, ...]] = {}

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


def _written(settled: Settled, site: Site, keys: _Valid) -> Iterator[Outbound]:
    """The records of one entry, in the order in which they are sent."""
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


def _message(message: Message, settled: Settled, site: Site, keys: _Valid) -> Outbound:
    """Add `dec`, sign, and wrap for the inbox of the desk's agency."""
    signer = keys.at(message.payload["iat"])
    token = sign_text(message.with_decision(settled.entry.leaf), message.typ, signer)
    topic, published = topics.inbox(site.realm, message.agency), settled.published
    if not message.slip or published is None:
        return notice_message(topic, site.partition, message.payload, token)
    slip = published.slips[message.desk]
    parts = [published.parts[part] for part in message.parts]
    return delivery_message(topic, site.partition, published.event.cover, slip, parts, token)
