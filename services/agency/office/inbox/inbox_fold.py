"""From inbox records to the fold: verified without opening, so only metadata is learnt."""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern
from typing import Any

from contracts.envelope.cloudevent import CloudEvent
from contracts.envelope.receive import RecipientContext, check_delivery, check_notice
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError
from contracts.keys.jose import kid_of
from contracts.log.entry import out_of
from contracts.log.erasing.forgetting import erased_leaves
from contracts.log.orders.registry import Registry
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.numbers import Place

Said = Mapping[str, Any]  # what a fold is made of, by plain values; nothing of any content


def fold_in(said: Said, offset: int, place: Place, desk: str, fold: Fold) -> str:
    """Fold what a verified record says; the error code of a repeated one, else empty."""
    view, notice = fold.desks[desk], said.get("notice")
    if (number := said.get("blank")) is not None:
        view.numbers.blank(place, number)
        return ""
    if (gone := said.get("gone")) is not None:
        view.numbers.count(place, *gone)
        return ""
    if notice is not None:
        fold.saw_notice(place[0], notice)
        error = view.noticed(*place, notice)
        at = notice["iat"]
    else:
        iss, jti, etype, case, purpose = said["slip"]
        receipt = said["receipt"]
        at = receipt["iat"]
        fold.saw(place[0], case)
        arrival = Arrival(
            *place, offset, at, "", intern(iss), jti, intern(etype), case, intern(purpose),
            tuple(map(intern, said["kids"])),
        )  # fmt: skip
        error = view.delivered(arrival, said["takes_back"], receipt)
    if error:
        view.failed(*place, offset, said["stamp"], error)
    fold.witnessed = max(fold.witnessed, at)
    return error


def forgotten(said: Said) -> Said:
    """What is kept of a message whose case was erased: its number, and when it was told."""
    claims = said.get("notice") or said["receipt"]
    return {"stamp": said["stamp"], "gone": [claims["seq"], claims["iat"]]}


def said_of(record: Inbound, shell: CloudEvent, context: RecipientContext, *, notice: bool) -> Said:
    """What a record says, once it has been verified.

    Args:
        shell, notice: as `receive.addressee` has read them; the check holds form and desk to what
            is signed.

    Raises:
        RelaisError: it does not verify.
    """
    stamp = record.timestamp_ms // 1000
    if notice:
        told = check_notice(shell, context)
        _same_partition(record, told)
        return {"stamp": stamp, "notice": told, "out": out_of(told)}
    checked = check_delivery(shell, context)
    slip, receipt = checked.slip, checked.receipt
    _same_partition(record, receipt)
    refs = slip.re or () if slip.etype == "WITHDRAW" else ()
    return {
        "stamp": stamp,
        "kid": kid_of(checked.slip_token),
        "kids": sorted({header["kid"] for _head, header, _token in checked.parts}),
        "slip": (slip.iss, slip.jti, slip.etype, slip.sub, slip.purpose or ""),
        "takes_back": [ref.jti for ref in refs if ref.iss == slip.iss],
        "receipt": {name: receipt.get(name, ()) for name in ("iat", "seq", "due", "dec")},
        "out": out_of(receipt),
    }


def _same_partition(record: Inbound, claims: Mapping[str, Any]) -> None:
    if claims["partition"] != record.partition:
        raise EnvelopeError("wrong_partition", "another", "the one that it was read from")


class ErasedLeaves:
    """Leaves that orders erase; all orders are gone through once, and not for each message."""

    def __init__(self, registries: Mapping[str, Registry]) -> None:
        self._registries = registries
        self._known: dict[str, tuple[int, Mapping[tuple[int, str], int]]] = {}

    def of(self, realm: str) -> Mapping[tuple[int, str], int]:
        """Partition and leaf → the instant from which it is erased."""
        orders = self._registries[realm].orders
        known = self._known.get(realm)
        if known is None or known[0] != len(orders):
            known = self._known[realm] = len(orders), erased_leaves(orders)
        return known[1]

    def has(self, realm: str, partition: int, leaf: str, now: int) -> bool:
        """Whether a leaf is erased by now."""
        start = self.of(realm).get((partition, leaf))
        return start is not None and start <= now

    def count(self, place: Place, start: int, end: int) -> int:
        """How many leaves of a partition are erased from an instant between two."""
        realm, partition = place
        leaves = self.of(realm).items()
        return sum(number == partition and start <= at <= end for (number, _leaf), at in leaves)
