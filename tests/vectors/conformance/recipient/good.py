"""What a recipient must take: whoever refuses everything refuses these."""

from __future__ import annotations

from typing import Any, Final

from contracts.encoding import b64u
from contracts.envelope import cloudevent
from services.texts import Catalogue
from tests.vectors.conformance import requirements as asks
from tests.vectors.conformance.federation import DAY, ISSUER
from tests.vectors.conformance.recipient.made import RecipientCase
from tests.vectors.conformance.record import KitRecord
from tests.vectors.conformance.workbench import LooseDelivery, Workbench

_ = Catalogue(__name__)


def _whole(bench: Workbench) -> list[KitRecord]:
    return [bench.whole().record()]


def _stripped(bench: Workbench) -> list[KitRecord]:
    whole = bench.whole()
    kept = whole.parts[:1]
    return [whole.having(parts=kept).confirmed(clauses={"FACTS": "R01"}).record()]


def _bare(bench: Workbench) -> list[KitRecord]:
    return [bench.whole().having(parts=()).confirmed(clauses={}).record()]


def _other_algorithm(bench: Workbench) -> list[KitRecord]:
    return [bench.whole(by="pol").record()]


def _other_order(bench: Workbench) -> list[KitRecord]:
    """As a stock JOSE library may write it: the members of the header in an order of its own."""
    slip = bench.slip()
    part = bench.reordered(slip)
    return bench.holding(slip, part)


def _months_old(bench: Workbench) -> list[KitRecord]:
    at = bench.at - 200 * DAY
    old = bench.delivery(claims={"iat": at, "exp": at + 7 * DAY})
    signed = old.reslipped(by=f"{ISSUER}-sig-1")
    return [signed.confirmed(by="router-civil-1", iat=at + 1).record()]


def _released(bench: Workbench) -> list[KitRecord]:
    late = bench.whole().confirmed(iat=bench.at + 20 * DAY, arrived=bench.at + 60)
    return [late.record()]


def _in_order(bench: Workbench) -> list[KitRecord]:
    return [bench.whole(number=number).record() for number in (1, 2, 3)]


def _other_partition(bench: Workbench) -> list[KitRecord]:
    first = bench.whole()
    return [first.record(), bench.whole().having(partition=5).confirmed().record()]


def _two_cases(bench: Workbench) -> list[KitRecord]:
    first = bench.whole()
    again = bench.whole(number=2, claims={"jti": first.slip_claims["jti"]})
    return [first.record(), again.record()]


def _more_headers(bench: Workbench) -> list[KitRecord]:
    headers = (*cloudevent.headers(), ("x-trace", b"00-aa"), ("idem", b"e30"))
    return [bench.whole().record(headers=headers)]


def _long(bench: Workbench) -> list[KitRecord]:
    facts = [
        {"observed": f"Observation fictive n° {number}. " + "é" * 400, "observed_on": "2026-11-20"}
        for number in range(12)
    ]
    slip = bench.slip()
    part = bench.sealed(slip, inner={"body": {"facts": facts}})
    return bench.holding(slip, part)


def _danger(bench: Workbench) -> list[KitRecord]:
    call = {"to": "duty_magistrate", "at": bench.at - 600, "ref": b64u(bytes(16))}
    declared = {"call": call, "danger": True}
    return [bench.whole(claims={"declared": declared}).record()]


def _overdue(bench: Workbench) -> list[KitRecord]:
    return [bench.noticed(bench.notice())]


def _acknowledged(bench: Workbench) -> list[KitRecord]:
    told: dict[str, Any] = {
        "kind": "acknowledged", "by": bench.fed.urn(ISSUER), "stage": "received", "duty": None,
        "ack": {"iss": bench.fed.urn(ISSUER), "jti": bench.event()}, "duties": {},
        "event": {"iss": bench.fed.urn("crip"), "jti": bench.event()},
    }  # fmt: skip
    return [bench.noticed(bench.notice(**told))]


def _notice_between(bench: Workbench) -> list[KitRecord]:
    last: LooseDelivery = bench.whole(number=3)
    return [bench.whole().record(), bench.noticed(bench.notice(2)), last.record()]


CASES: Final = (
    RecipientCase("whole-delivery", _("An alert with three parts"), asks.TAKE, _whole),
    RecipientCase(
        "stripped-delivery",
        _("An alert of which the router has kept back two of three parts"),
        asks.TAKE,
        _stripped,
    ),
    RecipientCase("no-parts", _("An alert of which no part was released"), asks.TAKE, _bare),
    RecipientCase(
        "issuer-signs-es256",
        _("An issuer whose key is one of ES256"),
        asks.HEADER,
        _other_algorithm,
    ),
    RecipientCase(
        "header-in-another-order",
        _("A part whose header has its members in another order"),
        asks.HEAD,
        _other_order,
    ),
    RecipientCase(
        "read-again-months-later",
        _("A delivery of months ago, by keys that have ended since"),
        asks.TIME,
        _months_old,
    ),
    RecipientCase(
        "released-from-quarantine",
        _("An event that was released from quarantine after it had expired, and came in time"),
        asks.TIME,
        _released,
    ),
    RecipientCase("three-in-order", _("Three deliveries in their order"), asks.ORDER, _in_order),
    RecipientCase(
        "each-partition-counts",
        _("The first delivery of another partition"),
        asks.ORDER,
        _other_partition,
    ),
    RecipientCase(
        "one-id-in-two-cases",
        _("Two events of one identifier, in two cases"),
        asks.ORDER,
        _two_cases,
    ),
    RecipientCase(
        "further-kafka-headers",
        _("Kafka headers beside the content type"),
        asks.FORM,
        _more_headers,
    ),
    RecipientCase(
        "long-part", _("A part as long as twelve observations make it"), asks.OPENED, _long
    ),
    RecipientCase(
        "declared-call", _("An alert that declares a call and a danger"), asks.SCHEMA, _danger
    ),
    RecipientCase("notice-overdue", _("A notice that a duty is overdue"), asks.NOTICE, _overdue),
    RecipientCase(
        "notice-acknowledged",
        _("A notice that an event of the desk’s own was acknowledged"),
        asks.NOTICE,
        _acknowledged,
    ),
    RecipientCase(
        "notice-counts-too",
        _("A delivery after a notice: both are counted in one sequence"),
        asks.ORDER,
        _notice_between,
    ),
)
