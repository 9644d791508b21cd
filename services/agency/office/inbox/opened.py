"""An arrival opened for one answer; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts.decision.heirs import Heirs
from contracts.encoding import rfc3339
from contracts.envelope.receive import Opened, RecipientContext, open_delivery
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.vocabulary.reasons import NOT_ENDING, NOT_HEIR, NOT_OWN_EVENT
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import ENTRUST
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import NOT_TAKEN
from services.agency.office.responses.inbox import InboxItem
from services.agency.office.sending.identity import Describe


def opened(
    record: Inbound | None,
    arrival: Arrival,
    context: RecipientContext,
    view: DeskFold,
    describe: Describe,
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
        "event": view.names.of(arrival.jti, arrival.case, arrival.realm), "case": arrival.case,
        "from": short(arrival.iss),
        "type": arrival.etype, "purpose": arrival.purpose,
    }  # fmt: skip
    if arrival.jti in view.names.reused:
        known["reused_id"] = arrival.jti
    if view.is_withdrawn(arrival):
        return InboxItem(**item, **known, withdrawn=True)
    if record is None:  # trimmed between the index and this read
        return InboxItem(**item, **known, error="not_kept")
    try:
        delivery = open_delivery(record.value, record.headers, context)
    except RelaisError as error:
        return InboxItem(**item, **known, error=error.code)
    if fault := _word_fault(delivery, view):
        return InboxItem(**item, **known, error=fault)
    told = _told(delivery, _due(delivery, arrival, view), view)
    waits = [owed["act"] for owed in told["owes"] if owed["state"] == "open"]
    words = describe(delivery.slip, delivery.bodies, waits)
    said = {one.stage for one in view.replies_to(arrival) if one.state not in NOT_TAKEN}
    if asks := words.get("asks"):
        asks["acknowledge"] = [stage for stage in asks["acknowledge"] if stage not in said]
    return InboxItem(**(words | item | known | told))


def _due(delivery: Opened, arrival: Arrival, view: DeskFold) -> Sequence[Mapping[str, Any]]:
    """What it makes the desk owe, by its receipt; if passed on, what the first event did.

    The receipt of the first that is passed on of a case tells an heir all duties of the case, that
    of a later one none.
    """
    if not arrival.passes_on:
        due: Sequence[Mapping[str, Any]] = delivery.receipt["due"]
        return due
    issuer, event = arrival.answered
    owed = view.duties.opened_by(event, arrival.on_case, view.debtors)
    return [asdict(one) for one in owed if one.issuer == issuer]


def _word_fault(delivery: Opened, view: DeskFold) -> str:
    """Why it is not its issuer's to say, by the owners' orders (envelope §8, 13); or empty."""
    slip = delivery.slip
    if slip.etype == "WITHDRAW":
        heirs = Heirs(view.successions.get)
        of = {ref.iss for ref in slip.re or ()} - {slip.iss}
        return "" if all(heirs.follows(slip.iss, one) for one in of) else NOT_OWN_EVENT
    if slip.etype != ENTRUST:
        return ""
    succession = view.successions.get(slip.iss)
    if succession is None:
        # whether its time had come is the router's to say, by its records (log §6.4)
        return NOT_ENDING
    return "" if slip.aud in succession.heirs else NOT_HEIR


def _told(delivery: Opened, due: Sequence[Mapping[str, Any]], view: DeskFold) -> dict[str, Any]:
    """Content by scope, and what the router's receipt adds: clauses, what is owed, the proof.

    By when a duty is owed and whether it still waits is what notices have said since; of a case
    that the desk has given away its heir owes all.
    """
    receipt, slip = delivery.receipt, delivery.slip
    given = (slip.realm, slip.sub) in view.given.heirs
    return {
        "issued_at": rfc3339(slip.iat),
        "parts": delivery.bodies,
        "clauses": receipt["clauses"],
        "owes": [
            {
                "id": owed["id"],
                "act": owed["act"],
                "to": short(owed["creditor"]),
                "due": rfc3339(stands.due if stands else owed["due"]),
                "legal": owed["legal"],
                "state": "open" if stands is None or stands.open else "closed",
            }
            for owed in (() if given else due)
            for stands in (view.duties.by_id.get((owed["id"], slip.sub)),)
        ],
        "receipt": receipt["dec"],
    }
