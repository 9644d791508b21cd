"""What an agency's own outboxes say: chains of covers, and idempotency keys found again.

An outbox is read to its end before anything is published, after the transactional ids are fenced:
so a service that died between publishing and answering finds the event by its key, and a desk's
next cover names the one before. The Kafka header `idem` holds HMACs of key and body, one secret a
realm, so that two buses cannot be joined by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Final

from contracts.encoding import canonical, digest, parse
from contracts.envelope import cloudevent
from contracts.envelope.model import Cover
from contracts.envelope.verify import open_cover
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.keys.directory import SigningKey
from contracts.log.erasing.forgetting import Blank
from contracts.vocabulary.topics import MAX_EVENT_BYTES

IDEMPOTENCY: Final = "idem"  # name of the Kafka header
_LIMIT: Final = 512  # bytes of that header

Chain = dict[tuple[str, int], str]  # (desk urn, partition) -> D of its last cover there
KeyOf = tuple[str, str]  # (desk urn, HMAC of the idempotency key)


@dataclass(frozen=True, slots=True)
class Sent:
    """An event that was published under an idempotency key.

    Attributes:
        body: HMAC of the request's body.
        iat, convd: by which the same answer can be made again.
    """

    id: str
    body: str
    iat: int
    convd: str


@dataclass(slots=True)
class Outbox:
    """Chains and keys of one agency, in both realms.

    Attributes:
        under_way: D of each cover that we write and have not read back -> desk urn and partition.
    """

    chain: Chain = field(default_factory=dict)
    under_way: dict[str, tuple[str, int]] = field(default_factory=dict)
    keys: dict[KeyOf, list[Sent]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _offsets: dict[tuple[str, int], int] = field(default_factory=dict)  # of what was read last
    _before: Chain = field(default_factory=dict)  # by another writer, before one that is under way

    def absorb(self, record: Inbound, keys: Mapping[str, SigningKey]) -> Cover | None:
        """Take one record of an own outbox; None if its cover does not verify.

        A record that is not ours in form or signature moves no chain: the router sees it likewise.
        """
        try:
            shell = cloudevent.read(
                record.value, record.headers, data=cloudevent.PUBLISHED, limit=MAX_EVENT_BYTES
            )
            token = cloudevent.text(shell.data, "cover")
            jws = open_cover(token, keys)
            cover = Cover.model_validate_json(jws.payload)
        except (RelaisError, ValueError):
            return None
        if cover.iss != jws.key.owner:
            return None
        header = next((value for name, value in record.headers if name == IDEMPOTENCY), None)
        self.published(cover, digest(token), record.partition, _idempotency(header))
        self._offsets[cover.iss, record.partition] = record.offset
        return cover

    def blanked(self, record: Inbound, blank: Blank) -> bool:
        """Take what stands in place of an erased cover; whether that was taken before.

        The chain goes on from it, if it was the last.
        """
        place, name = (blank.desk, record.partition), (record.key or b"").decode("latin-1")
        was_taken = name in self._seen
        if blank.number > self._offsets.get(place, -1):
            self.chain[place], self._offsets[place] = name, blank.number
        return was_taken

    def follow(self, record: Inbound, keys: Mapping[str, SigningKey]) -> Cover | None:
        """Take a record that came while we write; the cover if another writer has published it.

        The chain goes on from it, but where one of ours that is under way stands behind it.
        """
        name = (record.key or b"").decode("latin-1")
        place = self.under_way.pop(name, None)
        if place is not None or name in self._seen:
            if place is not None:
                self._before.pop(place, None)
            return None
        kept = dict(self.chain)
        cover = self.absorb(record, keys)
        if cover is None:
            return None
        place = cover.iss, record.partition
        if place in self.under_way.values():
            self._before[place] = self.chain.pop(place)
            self.chain |= {one: last for one, last in kept.items() if one == place}
        return cover

    def give_up(self, name: str) -> None:
        """Forget one that was under way: it will not be in the outbox.

        Args:
            name: D of the cover.
        """
        place = self.under_way.pop(name, None)
        if place is not None and place not in self.under_way.values() and place in self._before:
            self.chain[place] = self._before.pop(place)

    def published(
        self, cover: Cover, cover_digest: str, partition: int, idem: tuple[str, str] | None
    ) -> None:
        """Note a cover that is in an outbox, with the HMACs of its request's key and body, if any.

        A repetition changes nothing.
        """
        if cover_digest in self._seen:
            return
        self._seen.add(cover_digest)
        self.chain[cover.iss, partition] = cover_digest
        if idem is not None:
            key, body = idem
            sent = Sent(cover.jti, body, cover.iat, intern(cover.convd))
            self.keys.setdefault((intern(cover.iss), key), []).append(sent)

    def find(self, keys: Iterable[KeyOf]) -> list[Sent]:
        """The events that were published under an idempotency key, in the order they were made.

        Args:
            keys: the key's HMAC for each realm's desk. Ids are time-ordered (UUIDv7), one
                millisecond apart within a record.
        """
        matches = [sent for key in keys for sent in self.keys.get(key, ())]
        return sorted(matches, key=lambda sent: sent.id)


def idempotency_header(key: str, body: str) -> tuple[str, bytes]:
    """The Kafka header of an event that answers a keyed request; arguments are HMACs."""
    return IDEMPOTENCY, canonical({"body": body, "key": key})


def _idempotency(header: bytes | None) -> tuple[str, str] | None:
    """The HMACs of key and body that a header holds."""
    try:
        claims = parse(header, limit=_LIMIT) if header is not None else {}
    except RelaisError:
        return None
    if claims.keys() != {"body", "key"} or not all(isinstance(one, str) for one in claims.values()):
        return None
    return claims["key"], claims["body"]
