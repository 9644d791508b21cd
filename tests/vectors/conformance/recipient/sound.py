"""What a recipient must take: whoever refuses everything refuses these."""

from __future__ import annotations

from typing import Any, Final

from contracts.encoding import b64u
from contracts.envelope import cloudevent
from tests.vectors.conformance.case import Case, Record
from tests.vectors.conformance.federation import DAY, ISSUER
from tests.vectors.conformance.workbench import DESCRIPTION, PHOTOGRAPH, LooseDelivery, Workbench


def _stripped(bench: Workbench) -> list[Record]:
    whole = bench.whole()
    kept = whole.parts[:1]
    return [whole.having(parts=kept).confirmed(clauses={"FACTS": "R01"}).record()]


def _other_order(bench: Workbench) -> list[Record]:
    """As a stock JOSE library may write it: the members of the header in an order of its own."""
    slip = bench.slip()
    part = bench.reordered(slip)
    return bench.holding(slip, part)


def _months_old(bench: Workbench) -> list[Record]:
    at = bench.at - 200 * DAY
    old = bench.delivery(claims={"iat": at, "exp": at + 7 * DAY})
    signed = old.reslipped(by=f"{ISSUER}-sig-1")
    return [signed.confirmed(by="router-civil-1", iat=at + 1).record()]


def _released(bench: Workbench) -> list[Record]:
    late = bench.whole().confirmed(iat=bench.at + 20 * DAY, arrived=bench.at + 60)
    return [late.record()]


def _other_partition(bench: Workbench) -> list[Record]:
    first = bench.whole()
    return [first.record(), bench.whole().having(partition=5).confirmed().record()]


def _two_cases(bench: Workbench) -> list[Record]:
    first = bench.whole()
    again = bench.whole(number=2, claims={"jti": first.slip_claims["jti"]})
    return [first.record(), again.record()]


def _more_headers(bench: Workbench) -> list[Record]:
    headers = (*cloudevent.headers(), ("x-trace", b"00-aa"), ("idem", b"e30"))
    return [bench.whole().record(headers=headers)]


def _long(bench: Workbench) -> list[Record]:
    facts = [
        {"observed": f"Observation fictive n° {number}. " + "é" * 400, "observed_on": "2026-11-20"}
        for number in range(12)
    ]
    slip = bench.slip()
    part = bench.sealed(slip, inner={"body": {"facts": facts}})
    return bench.holding(slip, part)


def _photograph(bench: Workbench) -> list[Record]:
    """Of a missing child, as large as bodies §2 lets it be."""
    slip = bench.slip(etype="MISSING", purpose="search")
    part = bench.sealed(slip, DESCRIPTION, inner={"body": PHOTOGRAPH})
    return [bench.delivery(claims=slip).listing(part, clauses={DESCRIPTION: "R33"}).record()]


def _full_headers(bench: Workbench) -> list[Record]:
    """As many and as long as a record may have."""
    headers = [*cloudevent.headers(), *((f"x-{number}", b"1") for number in range(15))]
    rest = 4096 - sum(len(name) + len(value) for name, value in headers[:-1])
    name = headers[-1][0]
    return [bench.whole().record(headers=(*headers[:-1], (name, b"x" * (rest - len(name)))))]


def _danger(bench: Workbench) -> list[Record]:
    call = {"to": "duty_magistrate", "at": bench.at - 600, "ref": b64u(bytes(16))}
    declared = {"call": call, "danger": True}
    return [bench.whole(claims={"declared": declared}).record()]


def _acknowledged(bench: Workbench) -> list[Record]:
    told: dict[str, Any] = {
        "kind": "acknowledged", "by": bench.fed.urn(ISSUER), "stage": "received", "duty": None,
        "ack": {"iss": bench.fed.urn(ISSUER), "jti": bench.event()}, "duties": {},
        "event": {"iss": bench.fed.urn("crip"), "jti": bench.event()},
    }  # fmt: skip
    return [bench.noticed(bench.notice(**told))]


def _notice_between(bench: Workbench) -> list[Record]:
    last: LooseDelivery = bench.whole(number=3)
    return [bench.whole().record(), bench.noticed(bench.notice(2)), last.record()]


CASES: Final = (
    Case("whole-delivery", "An alert with three parts", "envelope §8",
          lambda bench: [bench.whole().record()]),
    Case("stripped-delivery", "An alert of which the router has kept back two of three parts",
         "envelope §8", _stripped),
    Case("no-parts", "An alert of which no part was released", "envelope §8",
          lambda bench: [bench.whole().having(parts=()).confirmed(clauses={}).record()]),
    Case("issuer-signs-es256", "An issuer whose key is one of ES256",
         "envelope §4.1, §9", lambda bench: [bench.whole(by="pol").record()]),
    Case("header-in-another-order", "A part whose header has its members in another order",
         "envelope §3.1, §8", _other_order),
    Case("read-again-months-later", "A delivery of months ago, by keys that have ended since",
         "envelope §8", _months_old),
    Case("released-from-quarantine",
         "An event that was released from quarantine after it had expired, and came in time",
         "envelope §8", _released),
    Case("three-in-order", "Three deliveries in their order", "envelope §5.5",
          lambda bench: [bench.whole(number=number).record() for number in (1, 2, 3)]),
    Case("each-partition-counts", "The first delivery of another partition",
         "envelope §5.5", _other_partition),
    Case("one-id-in-two-cases", "Two events of one identifier, in two cases",
         "envelope §5.5", _two_cases),
    Case("further-kafka-headers", "Kafka headers beside the content type",
         "envelope §2.7, §6.1", _more_headers),
    Case("long-part", "A part as long as twelve observations make it",
         "envelope §3.2, §3.3", _long),
    Case("photograph-at-its-bound", "A part that holds a photograph of 136 KiB",
         "envelope §2.7; bodies §2", _photograph),
    Case("kafka-headers-at-their-bound", "Sixteen Kafka headers of 4,096 bytes together",
         "envelope §2.7", _full_headers),
    Case("declared-call", "An alert that declares a call and a danger",
         "envelope §4.2, §5.2", _danger),
    Case("notice-overdue", "A notice that a duty is overdue", "envelope §5.3, §8",
          lambda bench: [bench.noticed(bench.notice())]),
    Case("notice-acknowledged", "A notice that an event of the desk’s own was acknowledged",
         "envelope §5.3, §8", _acknowledged),
    Case("notice-counts-too", "A delivery after a notice: both are counted in one sequence",
         "envelope §5.5", _notice_between),
)  # fmt: skip
