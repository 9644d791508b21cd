"""What a desk's program has done on a bus in service, out of its own agency's outbox and inbox: looked at, never provoked.

What the desk has published is verified as the vectors verify an issuer, by what its own house can see of it:
nothing is opened, so that padding, salts and bodies are not looked at. What came is verified up to its receipt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from contracts.encoding import parse, segments, unb64u
from contracts.envelope import cloudevent
from contracts.envelope.event import Published
from contracts.envelope.part import read_part
from contracts.envelope.receive import RecipientContext, addressee, check_delivery, open_notice
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError, RelaisError
from contracts.keys.directory import Directory
from contracts.keys.keyring import MemoryKeyRing
from contracts.log.orders.registry import Registry
from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import Owed
from contracts.vocabulary.scopes import PING
from contracts.vocabulary.topics import MAX_RECORD_BYTES
from services.operate.joining.checklist import ChecklistRow

NEWS_S: Final = 300  # within which a desk has taken up a new directory
ACK: Final = "ACK"
WITHDRAW: Final = "WITHDRAW"
Event = tuple[str, str]  # issuer, id
_ID: Final = re.compile(r"[0-9a-f-]{36}")


class OwnEvents:
    """The desk's own part of its agency's outbox and inbox, record by record: the outbox first.

    Args:
        desk: urn.
        told: what control has said.
        directory: the newest one.
        secret: the realm's routing secret.
    """

    def __init__(self, desk: str, told: Registry, directory: Directory, secret: bytes) -> None:
        self._told, self._secret = told, secret
        self._context = RecipientContext(desk, directory, MemoryKeyRing({}), read_body)
        self._chain: dict[int, str] = {}  # partition -> D of the last cover
        self._drawn: set[str] = set()  # whatever must be drawn anew
        self._events = 0
        self._faults: list[tuple[str, str]] = []  # code, event id
        self._pings: set[str] = set()
        self._answers: dict[str, bool] = {}  # id of a PING -> whether it was refused
        self._acknowledged: set[tuple[Event, str]] = set()  # what, by which stage
        self._owed: list[Owed] = []
        self._over: set[Event] = set()  # withdrawn

    def sent(self, record: Inbound) -> None:
        """Look at a record of the outbox; another desk's is passed over."""
        cover = _unverified(record)
        if cover.get("iss") != self._context.desk:
            return
        event = _shown_id(cover)
        self._events += 1
        if cover.get("etype") == PING:
            self._pings.add(event)
        try:
            self._take(record, self._verified(record, int(cover["iat"])))
        except RelaisError as error:
            self._faults.append((error.code, event))
        except (KeyError, TypeError, ValueError):
            self._faults.append(("cover_malformed", event))

    def _verified(self, record: Inbound, iat: int) -> Published:
        """By a directory that was in force when it was made, or just before.

        Raises:
            RelaisError: what is wrong with it.
        """
        fault: RelaisError = EnvelopeError(
            "issued_before", "an earlier instant", "an adopted directory"
        )
        for directory in self._directories(iat):
            context = RouterContext(
                directory.realm,
                directory,
                self._secret,
                self._told.partitions,
                self._told.conventions.__contains__,
                iat,
            )
            try:
                published = verify_published(record, context)
                _check_newest(published, directory, iat)
            except RelaisError as error:
                fault = error
            else:
                return published
        raise fault

    def _directories(self, iat: int) -> list[Directory]:
        eras = [list(self._told.eras(at)) for at in (iat, iat - NEWS_S)]
        return [self._told.directories[era[-1][1]] for era in eras if era]

    def _take(self, record: Inbound, published: Published) -> None:
        """Chain and what is drawn anew; and what it acknowledges."""
        cover, own = published.event.cover, published.event.digest
        if self._chain.get(record.partition) == own:
            return  # sent twice: routers take it once
        if cover.prev != self._chain.get(record.partition, cover.prev):
            raise EnvelopeError("chain_broken", "another", "the last cover's digest", "cover.prev")
        self._chain[record.partition] = own
        self._draw(published)
        if cover.etype == ACK:
            self._acknowledged |= {
                ((ref.iss, ref.jti), str(cover.stage)) for to in cover.to for ref in to.re or ()
            }

    def _draw(self, published: Published) -> None:
        drawn = [published.event.cover.jti]
        for token in published.parts.values():
            _head, wrapped, iv, *_rest = segments(token, 5, "part")
            drawn += [iv, read_part(token, "part")[1]["x"] or wrapped]  # a hybrid part has no `epk`
        if self._drawn & set(drawn) or len(set(drawn)) < len(drawn):
            raise EnvelopeError(
                "drawn_twice", "one twice", "event id, IV and ephemeral key drawn anew"
            )
        self._drawn |= set(drawn)

    def came(self, record: Inbound) -> None:
        """Look at a record of the inbox; another desk's, and what does not verify, is passed over."""
        try:
            desk, notice, shell = addressee(record.value, record.headers)
            if desk != self._context.desk:
                return
            if notice:
                self._answers |= self._answered(record)
            else:
                self._receive(shell)
        except RelaisError:
            return  # anybody can write there who has the agency's certificate: the program refuses it, as the vectors try

    def _answered(self, record: Inbound) -> dict[str, bool]:
        """Id -> whether it was refused, of the router's own answer to a PING that was sent."""
        claims = open_notice(record.value, record.headers, self._context)
        event = str(claims["event"]["jti"]) if "event" in claims else ""
        known = claims["kind"] == "decided" and event in self._pings
        return {event: bool(claims["refused"])} if known else {}

    def _receive(self, shell: cloudevent.CloudEvent) -> None:
        checked = check_delivery(shell, self._context)
        if checked.slip.etype == WITHDRAW:
            self._over |= {(ref.iss, ref.jti) for ref in checked.slip.re or ()}
        mine = self._context.desk
        self._owed += [
            owed
            for owed in checked.receipt.due
            if owed.debtor == mine and owed.act.startswith(f"{ACK}:")
        ]

    def rows(self, at: int) -> list[ChecklistRow]:
        """What was seen: of what it published, of what it owed by now, and the answer to its PING.

        Args:
            at: now, seconds.
        """
        return [self._published(), self._receipts(at), self._ping()]

    def _published(self) -> ChecklistRow:
        if not self._events:
            return ChecklistRow("published", "not_yet", "nothing_published")
        if self._faults:
            reason, event = self._faults[-1]
            facts = {"n": len(self._faults), "all": self._events, "reason": reason, "event": event}
            return ChecklistRow("published", "cannot", "published_faulty", facts)
        return ChecklistRow("published", "seen", facts={"n": self._events})

    def _receipts(self, at: int) -> ChecklistRow:
        given = [owed for owed in self._owed if self._is_given(owed)]
        late = [
            owed for owed in self._owed
            if owed not in given and owed.due <= at and (owed.event.iss, owed.event.jti) not in self._over
        ]  # fmt: skip
        if late:
            facts = {"n": len(late), "event": late[0].event.jti}
            return ChecklistRow("acknowledged", "cannot", "not_acknowledged", facts)
        return ChecklistRow("acknowledged", "seen", facts={"n": len(given)})

    def _is_given(self, owed: Owed) -> bool:
        event, stages = (owed.event.iss, owed.event.jti), owed.act.partition(":")[2].split("|")
        return any((event, stage) in self._acknowledged for stage in stages)

    def _ping(self) -> ChecklistRow:
        if not self._pings:
            return ChecklistRow("ping", "not_yet", "no_ping")
        if not self._answers:
            return ChecklistRow("ping", "cannot", "ping_unanswered")
        good = not all(self._answers.values())
        return ChecklistRow("ping", "seen" if good else "cannot", "" if good else "ping_refused")


def _shown_id(cover: Mapping[str, Any]) -> str:
    """An event's id as it may be shown, whoever signed it: of any other text nothing."""
    told = cover.get("jti")
    return told if isinstance(told, str) and _ID.fullmatch(told) else "?"


def _unverified(record: Inbound) -> Mapping[str, Any]:
    """What a cover says, whoever signed it; of anything else nothing."""
    try:
        shell = parse(record.value or b"", limit=MAX_RECORD_BYTES, place="record")
        payload = segments(str(shell["data"]["cover"]), 3, "cover")[1]
        return parse(unb64u(payload), limit=MAX_RECORD_BYTES, place="cover")
    except (RelaisError, KeyError, TypeError):
        return {}


def _check_newest(published: Published, directory: Directory, iat: int) -> None:
    """Each part is sealed with its desk's newest key of the class.

    Raises:
        EnvelopeError: `not_the_newest_key`.
    """
    for head in published.event.heads:
        used = directory.encryption[head.kid]
        if head.kid != directory.sealing_key(head.aud, used.retention, iat).kid:
            raise EnvelopeError(
                "not_the_newest_key", head.kid, "the newest of its class", "part.kid"
            )
