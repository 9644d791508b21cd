"""From inbox records to the fold, and from the fold to opened arrivals.

`take` verifies without opening: what it learns is metadata, and stays in memory. `opened` opens one
record for one answer and keeps nothing. `choose` picks the next arrivals after a cursor, in order
of time across partitions and of offsets within each, so that the order of every case is kept.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from sys import intern
from typing import Any, Final

from contracts.encoding import rfc3339
from contracts.envelope.cloudevent import CloudEvent
from contracts.envelope.receive import (
    Opened,
    RecipientContext,
    check_delivery,
    check_notice,
    open_delivery,
)
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError, RelaisError
from contracts.keys.directory import Directory
from contracts.keys.jose import kid_of
from contracts.keys.keyring import KeyRing
from contracts.log.committed import out_of
from contracts.log.forgetting import told_leaf
from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import ENTRUST
from services.agency.office.agency_fold import Fold
from services.agency.office.cursor import Offsets
from services.agency.office.fold import Arrival, DeskFold
from services.agency.office.interned import same
from services.agency.office.numbers import Place
from services.agency.office.responses.inbox import InboxItem
from services.agency.office.sending.identity import Describe, undescribed

Said = Mapping[str, Any]  # what a fold is made of, by plain values; nothing of any content


def context_of(realm: str, desk: str, directory: Directory, ring: KeyRing) -> RecipientContext:
    """What a desk holds its arrivals of a realm against."""
    return RecipientContext(desk_urn(realm, desk), directory, ring, read_body)


def take(
    record: Inbound,
    shell: CloudEvent,
    place: Place,
    desk: str,
    context: RecipientContext,
    fold: Fold,
    *,
    notice: bool,
    final: bool = True,
    is_erased: Callable[[str], bool] = lambda _leaf: False,
) -> tuple[str, Said | None]:
    """Take one inbox record into the fold: the error code if it is refused, else empty, and what it says.

    Args:
        place: where the desk finds it again: see `cursor.py`.
        shell, desk, notice: as `receive.addressee` has read them; the check that follows holds desk and
            form to what is signed.
        final: see `Office.take`.
        is_erased: whether owners have ordered to erase a leaf with its case.

    Returns:
        None as what it says, if it does not verify.

    Raises:
        RelaisError: it does not verify, and this is not final.
    """
    try:
        said = _said(record, shell, context, notice=notice)
    except RelaisError as fault:
        if not final:
            raise
        _fail(record, place, desk, fold, fault.code)
        return fault.code, None
    if is_erased(told_leaf(said)):
        said = forgotten(said)
    return fold_in(said, record.partition, record.offset, place, desk, fold), said


def fold_in(said: Said, partition: int, offset: int, place: Place, desk: str, fold: Fold) -> str:
    """Fold what a verified record says; the error code of a repeated one, else empty.

    Args:
        partition: in which it was numbered, if its place is another (a former inbox).
    """
    view, notice = fold.desks[desk], said.get("notice")
    if (number := said.get("blank")) is not None:
        view.numbers.blank((place[0], partition), number)
        return ""
    if (gone := said.get("gone")) is not None:
        view.numbers.count((place[0], partition), *gone)
        return ""
    if notice is not None:
        event = notice["event"]
        fold.saw(place[0], notice["sub"], event["iss"], event["jti"], notice["iat"])
        issuer = fold.desks.get(short(event["iss"]))
        error = view.noticed(place[0], partition, notice, issuer)
        at = notice["iat"]
    else:
        iss, jti, etype, case, purpose = said["slip"]
        receipt = said["receipt"]
        at = receipt["iat"]
        fold.saw(place[0], case, iss, jti, at)
        arrival = Arrival(
            *place, offset, at, "", intern(iss), jti, intern(etype), case, intern(purpose),
            same(tuple(said["kids"])), tuple(said.get("passes_on", ())),
        )  # fmt: skip
        error = view.delivered(arrival, said["takes_back"], receipt, partition)
        if not error:
            view.taken_back(arrival, said.get("takes_back_of", ()))
    if error:
        view.failed(*place, offset, said["stamp"], error)
    fold.witnessed = max(fold.witnessed, at)
    return error


def forgotten(said: Said) -> Said:
    """What is kept of a message whose case was erased: its number, and when it was told."""
    claims = said.get("notice") or said["receipt"]
    return {"stamp": said["stamp"], "gone": [claims["seq"], claims["iat"]]}


def _said(record: Inbound, shell: CloudEvent, context: RecipientContext, *, notice: bool) -> Said:
    """What a record says, once it has been verified.

    Raises:
        RelaisError: it does not verify.
    """
    stamp = record.timestamp_ms // 1000
    if notice:
        told = check_notice(shell, context)
        _same_partition(record, told)
        return {"stamp": stamp, "notice": told, "out": out_of(told)}
    checked = check_delivery(shell, context)
    slip, receipt = checked.slip, checked.receipt.wire()
    _same_partition(record, receipt)
    refs = slip.re or () if slip.etype == "WITHDRAW" else ()
    first = slip.re[0] if slip.etype == ENTRUST and slip.re else None
    passed = {} if first is None else {"passes_on": (first.iss, first.jti)}
    return {
        **passed,
        "stamp": stamp,
        "kid": kid_of(checked.slip_token),
        "kids": sorted({header["kid"] for _head, header, _token in checked.parts}),
        "slip": (slip.iss, slip.jti, slip.etype, slip.sub, slip.purpose or ""),
        "takes_back": [ref.jti for ref in refs if ref.iss == slip.iss],
        "takes_back_of": [(ref.iss, ref.jti) for ref in refs if ref.iss != slip.iss],
        "receipt": {name: receipt.get(name, ()) for name in ("iat", "seq", "due", "dec")},
        "out": out_of(receipt),
    }


def _fail(record: Inbound, place: Place, desk: str, fold: Fold, code: str) -> None:
    fold.desks[desk].failed(*place, record.offset, record.timestamp_ms // 1000, code)


def _same_partition(record: Inbound, claims: Mapping[str, Any]) -> None:
    if claims["partition"] != record.partition:
        raise EnvelopeError("wrong_partition", "another", "the one that it was read from")


def opened(
    record: Inbound | None,
    arrival: Arrival,
    context: RecipientContext,
    view: DeskFold,
    describe: Describe = undescribed,
) -> InboxItem:
    """One arrival as `GET /v1/inbox` shows it, with its content if it verifies and still stands.

    Of one that names a desk which has ended, its heir is told so.

    Args:
        describe: the agency's own words for a delivery.
    """
    item: dict[str, Any] = {"realm": arrival.realm, "delivered_at": rfc3339(arrival.at)}
    if view.heir:
        item["addressed_to"] = view.desk
    if arrival.error:
        return InboxItem(**item, error=arrival.error)
    known: dict[str, Any] = {
        "event": view.name_of(arrival.jti, arrival.case), "case": arrival.case, "from": short(arrival.iss),
        "type": arrival.etype, "purpose": arrival.purpose,
    }  # fmt: skip
    if arrival.jti in view.reused:
        known["reused_id"] = arrival.jti
    if view.is_withdrawn(arrival):
        return InboxItem(**item, **known, withdrawn=True)
    if record is None:  # trimmed between the index and this read
        return InboxItem(**item, **known, error="not_kept")
    try:
        delivery = open_delivery(record.value, record.headers, context)
    except RelaisError as error:
        return InboxItem(**item, **known, error=error.code)
    owed = [duty["act"] for duty in delivery.receipt["due"]]
    return InboxItem(
        **(describe(delivery.slip, delivery.bodies, owed) | item | known | _told(delivery, view))
    )


# Claims of the receipt that order and prove: the reader is given the leaf that commits to them.
UNTOLD: Final = frozenset(
    {"aud", "iss", "iat", "partition", "seq", "nonce", "convd", "dird", "slip", "parts", "arrived"}
)


def _told(delivery: Opened, view: DeskFold) -> dict[str, Any]:
    """Content by scope, and what the router's receipt adds: clauses, what is owed, the proof.

    By when a duty is owed and whether it still waits is what notices have said since.
    """
    receipt = delivery.receipt
    return {
        "issued_at": rfc3339(delivery.slip.iat),
        "parts": delivery.bodies,
        "clauses": receipt["clauses"],
        "owes": [
            {
                "id": owed["id"],
                "act": owed["act"],
                "to": short(owed["creditor"]),
                "due": rfc3339(stands.owed.due if stands else owed["due"]),
                "legal": owed["legal"],
                "state": "open" if stands is None or stands.open else "closed",
            }
            for owed in receipt["due"]
            for stands in (view.duties.get((owed["id"], delivery.slip.sub)),)
        ],
        "receipt": receipt["dec"],
    }


def choose(view: DeskFold, after: Offsets, limit: int) -> list[Arrival]:
    """The next arrivals after a cursor, at most `limit`."""
    waiting = [_from(arrivals, after) for arrivals in view.arrivals.values()]
    merged = heapq.merge(*waiting, key=lambda one: (one.at, one.realm, one.partition, one.offset))
    return [one for one, _ in zip(merged, range(limit), strict=False)]


def newest(view: DeskFold, limit: int) -> list[Arrival]:
    """The last arrivals, at most `limit`, the last one first."""
    backwards = map(reversed, view.arrivals.values())
    merged = heapq.merge(
        *backwards, key=lambda one: (-one.at, one.realm, one.partition, -one.offset)
    )
    return list(islice(merged, limit))


def behind(view: DeskFold, after: Offsets) -> int:
    """How many arrivals lie behind a cursor."""
    return sum(len(_from(arrivals, after)) for arrivals in view.arrivals.values())


def arrival_at(view: DeskFold, place: Place, offset: int) -> Arrival | None:
    """The arrival that lies there; None if none does, or none any more."""
    for arrival in _from(view.arrivals.get(place, []), {place: offset})[:1]:
        return arrival if arrival.offset == offset else None
    return None


def moved(
    view: DeskFold, after: Offsets, chosen: Iterable[Arrival], read_to: Mapping[Place, int]
) -> Offsets:
    """The cursor once `chosen` has been handed out.

    Args:
        read_to: how far the fold has read each partition when the choice is made. A partition in
            which nothing waits moves on to there, so that a quiet one never grows too old.
    """
    cursor = dict(after)
    for arrival in chosen:
        cursor[arrival.place] = arrival.offset + 1
    for place, position in read_to.items():
        if not _from(view.arrivals.get(place, []), cursor):
            cursor[place] = max(position, cursor.get(place, 0))
    return cursor


def _from(arrivals: list[Arrival], after: Offsets) -> list[Arrival]:
    if not arrivals:
        return arrivals
    start = after.get(arrivals[0].place, 0)
    return arrivals[bisect_left(arrivals, start, key=lambda one: one.offset) :]
