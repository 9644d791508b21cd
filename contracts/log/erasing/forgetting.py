"""What an agency's own topics have of what orders erase, and what is written over it (log §11.6).

It is overwritten by an empty value under the same key, a *blank*: in its outbox by the agency, in
its inbox by the router, which alone writes there and copies what the agency's outbox asks it to.
The header `blank` says what others need to go on: of a message its number in the desk's sequence,
of a cover where it lay in the chain. It is the agency's word to itself, and bound to topic,
partition and key by its own secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.encoding import b64u, canonical, digest, json_object, mac, unb64u
from contracts.envelope.receive import check_told
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import RelaisError
from contracts.keys.directory import Directory
from contracts.log.orders.order import Order
from contracts.vocabulary import topics

BLANK: Final = "blank"  # name of the Kafka header
_MOST: Final = 512  # bytes of it
_ASKED: Final = b"inbox:"  # before the key, of a blank for the inbox that lies in the outbox


@dataclass(frozen=True, slots=True)
class Blank:
    """What stands in place of a message or a cover.

    Attributes:
        desk: urn of who was told, or of who sent it.
        number: of a message its `seq`, of a cover its offset.
    """

    desk: str
    number: int


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """What a receipt or notice says of itself; nothing is verified.

    Attributes:
        leaf: of the record that it belongs to.
        cover: D of the desk's own cover that it answers, empty if it answers none.
    """

    leaf: str
    blank: Blank
    cover: str


def is_blank(record: Inbound) -> bool:
    """Whether a record has the form of one: no event, and no fault of its writer's."""
    return record.value == b"" and any(name == BLANK for name, _ in record.headers)


def asked(blank: Outbound) -> Outbound:
    """A blank as it lies in the outbox: who may write a topic can fence all who do."""
    outbox = topics.other_box(blank.topic, "outbox")
    return blank if blank.topic == outbox else replace(blank, topic=outbox, key=_ASKED + blank.key)


def to_copy(record: Inbound) -> Outbound | None:
    """The blank that a record of an outbox asks the router to write; None if it asks for none."""
    key = record.key or b""
    if not (is_blank(record) and key.startswith(_ASKED)):
        return None
    inbox = topics.other_box(record.topic, "inbox")
    return Outbound(inbox, record.partition, key.removeprefix(_ASKED), b"", record.headers)


def read_blank(record: Inbound | Outbound, secret: bytes) -> Blank | None:
    """What a blank of ours says; None of anything else.

    Args:
        secret: the agency's, for this use in this realm.
    """
    text = next((value for name, value in record.headers if name == BLANK), None)
    if record.value or text is None or len(text) > _MOST:
        return None
    told = json_object(text)
    desk, number = told.get("desk"), told.get("n")
    if not isinstance(desk, str) or type(number) is not int:
        return None
    blank = Blank(desk, number)
    place = record.topic, record.partition, record.key or b""
    return blank if told.get("tag") == _tag(secret, place, blank) else None


def write_blank(topic: str, partition: int, key: bytes, blank: Blank, secret: bytes) -> Outbound:
    """The record that overwrites; arguments as `read_blank` has them."""
    told = {
        "desk": blank.desk,
        "n": blank.number,
        "tag": _tag(secret, (topic, partition, key), blank),
    }
    return Outbound(topic, partition, key, b"", [(BLANK, canonical(told))])


def _tag(secret: bytes, place: tuple[str, int, bytes], blank: Blank) -> str:
    topic, partition, key = place
    return b64u(mac(secret, topic, str(partition), key, blank.desk, str(blank.number)))


def message_of(value: bytes | None) -> InboxMessage | None:
    """What a record of an inbox says of itself, if it is one of the router's in form."""
    data = json_object(value).get("data")
    token = data.get("notice", data.get("receipt")) if isinstance(data, dict) else None
    try:
        claims = json_object(unb64u(token.split(".")[1])) if isinstance(token, str) else {}
    except (RelaisError, IndexError):
        return None
    leaf, desk, number = claims.get("dec"), claims.get("aud"), claims.get("seq")
    if not (isinstance(leaf, str) and isinstance(desk, str) and type(number) is int):
        return None
    event, cover = claims.get("event"), claims.get("cover", "")
    own = isinstance(event, dict) and event.get("iss") == desk and isinstance(cover, str)
    return InboxMessage(leaf, Blank(desk, number), cover if own else "")


def _names_of(record: Inbound) -> set[bytes]:
    """D of the cover that a record of an outbox is about: its key, or as it follows."""
    data = json_object(record.value).get("data")
    cover = data.get("cover") if isinstance(data, dict) else None
    named = {digest(cover).encode()} if isinstance(cover, str) else set()
    return named | {record.key or b""}


@dataclass
class Overwriting:
    """What of one partition of an agency's topics is to be overwritten.

    Inbox and outbox are read first for what the orders are about, then the outbox for what is to
    go. The
    inbox alone does not say it: Kafka may have cleaned it before the outbox, which our own blanks
    outlive. What has been overwritten and lies there still is `left`: Kafka has not cleaned yet.

    Args:
        leaves: that orders erase: of the inbox goes whatever names them.
        directory: whose router's word it is that a message is about such a leaf. Else whoever may
            write in Kafka would have the agency overwrite what no order names, and answer for what
            he withholds.
    """

    leaves: frozenset[str]
    secret: bytes = field(repr=False)
    directory: Directory = field(repr=False)
    _found: dict[tuple[str, bytes], Blank] = field(default_factory=dict)
    _done: dict[tuple[str, bytes], Outbound] = field(default_factory=dict)
    _covers: set[bytes] = field(default_factory=set)
    _partition: int = 0

    def take_inbox(self, record: Inbound) -> None:
        """Look at a record of the inbox."""
        if not record.value:
            self._take_blank(record)
        elif (message := self._named(record.value)) is not None:
            if message.cover:
                self._covers.add(message.cover.encode())
            self._find(record, message.blank)

    def take_blanked(self, record: Inbound) -> None:
        """Look at a record of the outbox for what was overwritten before, or asked for."""
        if (blank := to_copy(record)) is not None and read_blank(blank, self.secret):
            self._done[blank.topic, blank.key] = blank
        elif read_blank(record, self.secret) is not None:
            self._covers.add(record.key or b"")

    def take_outbox(self, record: Inbound) -> None:
        """Look at a record of the outbox."""
        if not record.value:
            self._take_blank(record)
        elif self._covers and _names_of(record) & self._covers:
            issuer = json_object(record.value).get("source")
            self._find(record, Blank(str(issuer), record.offset))

    @property
    def blanks(self) -> list[Outbound]:
        """What is to be written, covers' first: by the inbox they would be found again."""
        rows = [
            write_blank(topic, self._partition, key, blank, self.secret)
            for (topic, key), blank in self._found.items()
            if (topic, key) not in self._done
        ]
        return self._in_outbox(rows)

    @property
    def left(self) -> list[Outbound]:
        """The blanks of what lies there still beside them."""
        return self._in_outbox(row for place, row in self._done.items() if place in self._found)

    def _in_outbox(self, rows: Iterable[Outbound]) -> list[Outbound]:
        """Blanks as the agency may write them."""
        return [asked(row) for row in sorted(rows, key=lambda row: row.topic, reverse=True)]

    def _named(self, value: bytes) -> InboxMessage | None:
        """A message about what is erased, if the router has signed it."""
        message = message_of(value)
        if message is None or message.leaf not in self.leaves:
            return None
        try:
            check_told(json_object(value)["data"], self.directory)
        except RelaisError:
            return None
        return message

    def _find(self, record: Inbound, blank: Blank) -> None:
        place = record.topic, record.key or b""
        self._partition = record.partition
        self._found[place] = blank
        self._done.pop(place, None)  # written again behind its blank

    def _take_blank(self, record: Inbound) -> None:
        place = record.topic, record.key or b""
        blank = read_blank(record, self.secret)
        if blank is None:  # the router's, which says no number: ours is to be the last
            self._done.pop(place, None)
        else:
            row = write_blank(record.topic, record.partition, place[1], blank, self.secret)
            self._done[place] = row


def erased_leaves(orders: Iterable[Order]) -> dict[tuple[int, str], int]:
    """Partition and leaf of what orders erase -> from when on, seconds."""
    named: dict[tuple[int, str], int] = {}
    for order in orders:
        if order.kind == "erase":
            for decision in order.decisions:
                named[decision] = min(order.start, named.get(decision, order.start))
    return named


def told_leaf(said: Mapping[str, Any]) -> str:
    """The leaf that a message names, by what an agency keeps of it (`Said`); or empty."""
    claims = said.get("notice") or said.get("receipt") or {}
    return str(claims.get("dec", ""))
