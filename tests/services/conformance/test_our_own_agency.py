"""Our own agencies' services pass the kit that we hand to others: their code, and no part of it copied."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from contracts.decision.state.state import DeskSuccession
from contracts.encoding import digest
from contracts.envelope.receive import RecipientContext, addressee
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.keys.keyring import MemoryKeyRing
from contracts.log.orders.listed_keys import ListedKeys, rows_of
from contracts.log.orders.signed_order import signed_payload
from contracts.log.orders.succession import SUCCESSION, check_succession_order
from contracts.vocabulary.schema import short
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.erased_numbers import ErasedNumbers
from services.agency.office.inbox import inbox_fold
from services.agency.office.inbox.opened import opened
from tests.services.conformance.folder import failed, federation
from tests.vectors.conformance.federation import REALM, TESTED, owner_signers, pinned
from tests.vectors.conformance.orders import QUORUM, control_orders
from tests.vectors.conformance.recipient import RECIPIENT
from tests.vectors.conformance.record import KitRecord
from tests.vectors.conformance.workbench import Workbench


def context() -> RecipientContext:
    """What the tested desk holds its arrivals against."""
    fed = federation()
    ring = MemoryKeyRing({kid: fed.sealing[kid][1] for kid in fed.kept})
    return inbox_fold.context_of(REALM, TESTED, fed.directory, ring)


@lru_cache(maxsize=1)
def successions() -> dict[str, DeskSuccession]:
    """The desks that end by the kit's orders, as far as our own rules let them count."""
    fed = federation()
    owners = {SUCCESSION: {one.kid: pinned(one) for one in owner_signers(fed.seed)}}
    listed = ListedKeys()
    listed.take(rows_of(fed.directory))
    ended, turn = dict[str, DeskSuccession](), (1, "")
    for value in map(str.encode, control_orders(fed)):
        try:
            order = signed_payload(value, owners, {SUCCESSION: QUORUM})
            check_succession_order(order, fed.directory, fed.directory, listed, ended.keys())
        except RelaisError:
            continue
        assert (order["n"], order.get("prev", "")) == turn
        turn = order["n"] + 1, digest(value)
        if order["from"] <= fed.at:
            ended[order["desk"]] = DeskSuccession(tuple(order["heirs"]), order["until"])
    return ended


def taken(record: KitRecord, fold: Fold, asked: RecipientContext) -> tuple[str, bool]:
    """The error code of a record as the service would tell it, and whether numbers are missing before it."""
    row = Inbound(
        record.topic, record.partition, record.offset, record.key.encode(), record.value,
        record.headers, 1_795_514_400_000,
    )  # fmt: skip
    view, place = fold.desks[TESTED], (REALM, record.partition)
    try:
        urn, notice, shell = addressee(row.value, row.headers)
    except RelaisError as error:
        return error.code, False
    if short(urn) != TESTED:
        return "wrong_audience", False  # the service passes over it: envelope §6.2
    gaps = len(view.gaps)
    code, said = inbox_fold.take(row, shell, place, TESTED, asked, fold, notice=notice)
    if not code and not notice and said is not None:
        arrival = next(one for one in view.arrivals[place] if one.offset == record.offset)
        code = opened(row, arrival, asked, view).error or ""
    return code, len(view.gaps) > gaps


def verdict(records: list[KitRecord]) -> dict[str, Any]:
    """The verdict on the last record."""
    asked, fold = context(), Fold([TESTED], ErasedNumbers())
    fold.successions |= successions()
    for partition in range(6):
        fold.desks[TESTED].start_at((REALM, partition), complete=True)
    code, gap = "", False
    for record in records:
        code, gap = taken(record, fold, asked)
    view = fold.desks[TESTED]
    arrivals = [one for some in view.arrivals.values() for one in some if not one.error]
    gone = [one.jti for one in arrivals if view.is_withdrawn(one)]
    return {
        "accepted": not code,
        "reason": code or ("seq_gap" if gap else ""),
        "withdrawn": gone,
    }


def test_an_agencys_service_passes_the_kit() -> None:
    """Every delivery and notice, as its inbox's fold takes it and as `GET /inbox` opens it."""
    said = [
        {"case": case.id} | verdict(list(case.make(Workbench(federation(), case.id))))
        for case in RECIPIENT
    ]

    assert failed(said) == {}
