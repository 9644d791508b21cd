"""What is sound; the form of what Kafka brings (step 1); order (steps 12 and 13); notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson

from contracts.encoding import b64u, canonical
from contracts.envelope import cloudevent
from contracts.envelope.limits import NOTICE, RECEIPT
from contracts.envelope.wire import Inbound
from tests.contracts.envelope.kit import DAY, claims_of
from tests.vectors.conformance.federation import ISSUER, ROUTER, urn
from tests.vectors.conformance.workbench import (
    DESCRIPTION,
    PHOTOGRAPH,
    Case,
    Making,
    Workbench,
    changed,
    holding,
    refusal,
    under_head,
)
from tests.vectors.specification.federation import AT

_HEADERS: Final = tuple(cloudevent.headers())
_CONTENT: Final = _HEADERS[0]
_FACTS: Final = [
    {"observed": f"Observation fictive n° {number}. " + "é" * 400, "observed_on": "2026-11-20"}
    for number in range(12)
]


def _months_old(bench: Workbench) -> list[Inbound]:
    at = AT - 200 * DAY
    old = bench.delivery(claims={"iat": at, "exp": at + 7 * DAY})
    signed = old.reslipped(by=f"{ISSUER}-sig-1")
    return [signed.confirmed(by="router-civil-1", iat=at + 1).record()]


def _other_partition(bench: Workbench) -> list[Inbound]:
    first = bench.whole()
    return [first.record(), bench.whole().having(partition=5).confirmed().record()]


def _two_cases(bench: Workbench) -> list[Inbound]:
    first = bench.whole()
    again = bench.whole(number=2, claims={"jti": claims_of(first.slip)["jti"]})
    return [first.record(), again.record()]


def _reversed(head: bytes) -> bytes:
    """As a stock JOSE library may write it: its members in any order."""
    return orjson.dumps(dict(reversed(orjson.loads(head).items())))


def _photograph(bench: Workbench) -> list[Inbound]:
    """Of a missing child, as large as bodies §2 lets it be."""
    slip = bench.slip(etype="MISSING", purpose="search")
    part = bench.sealed(slip, DESCRIPTION, inner={"body": PHOTOGRAPH})
    return [bench.delivery(claims=slip).listing(part, clauses={DESCRIPTION: "R33"}).record()]


def _full_headers(bench: Workbench) -> list[Inbound]:
    """As many and as long as a record may have."""
    headers = [*_HEADERS, *((f"x-{number}", b"1") for number in range(15))]
    rest = 4096 - sum(len(name) + len(value) for name, value in headers[:-1])
    name = headers[-1][0]
    return [bench.whole().record(headers=(*headers[:-1], (name, b"x" * (rest - len(name)))))]


def _danger(bench: Workbench) -> list[Inbound]:
    call = {"to": "duty_magistrate", "at": AT - 600, "ref": b64u(bytes(16))}
    return [bench.whole(claims={"declared": {"call": call, "danger": True}}).record()]


def _acknowledged(bench: Workbench) -> list[Inbound]:
    told: dict[str, Any] = {
        "kind": "acknowledged", "by": urn(ISSUER), "stage": "received", "duty": None,
        "ack": {"iss": urn(ISSUER), "jti": bench.event()}, "duties": {},
        "event": {"iss": urn("crip"), "jti": bench.event()},
    }  # fmt: skip
    return [bench.noticed(bench.notice(**told))]


def _notice_between(bench: Workbench) -> list[Inbound]:
    last = bench.whole(number=3)
    return [bench.whole().record(), bench.noticed(bench.notice(2)), last.record()]


SOUND: Final = (
    Case("whole-delivery", "An alert with three parts", "envelope §8", changed()),
    Case("stripped-delivery", "An alert of which the router has kept back two of three parts",
         "envelope §8", changed(lambda one: one.having(parts=one.parts[:1]).confirmed(
             clauses={"FACTS": "R01"}))),
    Case("no-parts", "An alert of which no part was released", "envelope §8",
         changed(lambda one: one.having(parts=()).confirmed(clauses={}))),
    Case("issuer-signs-es256", "An issuer whose key is one of ES256",
         "envelope §4.1, §9", lambda bench: [bench.whole(by="pol").record()]),
    Case("header-in-another-order", "A part whose header has its members in another order",
         "envelope §3.1, §8", under_head(_reversed)),
    Case("read-again-months-later", "A delivery of months ago, by keys that have ended since",
         "envelope §8", _months_old),
    Case("released-from-quarantine",
         "An event that was released from quarantine after it had expired, and came in time",
         "envelope §8", changed(lambda one: one.confirmed(
             iat=AT + 20 * DAY, arrived=AT + 60))),
    Case("three-in-order", "Three deliveries in their order", "envelope §5.5",
         lambda bench: [bench.whole(number=number).record() for number in (1, 2, 3)]),
    Case("each-partition-counts", "The first delivery of another partition",
         "envelope §5.5", _other_partition),
    Case("one-id-in-two-cases", "Two events of one identifier, in two cases",
         "envelope §5.5", _two_cases),
    Case("further-kafka-headers", "Kafka headers beside the content type",
         "envelope §2.7, §6.1", lambda bench: [bench.whole().record(
             headers=(*_HEADERS, ("x-trace", b"00-aa"), ("idem", b"e30")))]),
    Case("long-part", "A part as long as twelve observations make it", "envelope §3.2, §3.3",
         holding(lambda bench, slip: bench.sealed(slip, inner={"body": {"facts": _FACTS}}))),
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


def _shelled(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Making:
    """A sound delivery, some members of whose shell are others."""

    def changed_shell(value: bytes) -> bytes:
        shell = orjson.loads(value)
        return canonical(shell | change(shell))

    return _valued(changed_shell)


def _valued(change: Callable[[bytes], bytes]) -> Making:
    """A sound delivery whose bytes are changed."""

    def make(bench: Workbench) -> list[Inbound]:
        record = bench.whole().record()
        return [replace(record, value=change(record.value or b""))]

    return make


def _headed(*headers: tuple[str, bytes | None]) -> Making:
    return lambda bench: [bench.whole().record(headers=headers)]


def _published(shell: dict[str, Any]) -> dict[str, Any]:
    """The issuer's own form in an inbox, every desk's parts in it."""
    slip, parts = shell["data"]["slip"], shell["data"]["parts"]
    return {"data": {"cover": slip, "parts": parts, "slips": [slip]}}


def _unsorted(value: bytes) -> bytes:
    before, _, last = value.partition(b',"type":')
    return b'{"type":' + last[:-1] + b"," + before[1:] + b"}"


_SHELL: Final = partial(refusal, section="envelope §2.7, §6.1")
_TEXT: Final = partial(refusal, section="envelope §2.2")
_DIFFERS: Final = {
    "id": "A CloudEvent that names another event than its slip",
    "source": "A CloudEvent that names another issuer than its slip",
    "subject": "A CloudEvent that names another case than its slip",
    "type": "A CloudEvent that names another type than its slip",
    "time": "A CloudEvent of another instant than its slip",
}


def _differing(name: str) -> Making:
    instant = "2026-01-01T00:00:00Z"
    return _shelled(lambda shell: {name: instant if name == "time" else shell[name] + "x"})


SHELLS: Final = (
    _SHELL("not-json", "A value that is no JSON", _valued(lambda _value: b"{relais"), "not_json"),
    _SHELL("too-deep", "JSON that is nested twenty deep",
           _valued(lambda _value: b'{"a":' * 20 + b"1" + b"}" * 20), "too_deep",
           "wrong_event_keys"),
    _SHELL("null-claim", "A CloudEvent with a null beside its members",
           _shelled(lambda _shell: {"dataschema": None}), "value_not_allowed",
           "wrong_event_keys"),
    _SHELL("extension-attribute", "A CloudEvent with a member more",
           _shelled(lambda _shell: {"partitionkey": "x"}), "wrong_event_keys"),
    _SHELL("binary-mode", "A CloudEvent of another content type",
           _headed(("content-type", b"application/json")), "wrong_content_type"),
    _SHELL("no-content-type", "A record without its content type", _headed(),
           "wrong_content_type"),
    _SHELL("content-type-twice", "A record with two content types", _headed(_CONTENT, _CONTENT),
           "wrong_content_type"),
    _SHELL("null-header", "A Kafka header without a value", _headed(_CONTENT, ("x", None)),
           "null_header"),
    _SHELL("many-headers", "Seventeen Kafka headers",
           _headed(_CONTENT, *((f"x{number}", b"1") for number in range(16))),
           "too_many_headers"),
    _SHELL("published-form", "An event as its issuer publishes it, in an inbox",
           _shelled(_published), "wrong_data"),
    _SHELL("sixty-six-parts", "More parts than an event may have",
           changed(lambda one: one.having(parts=one.parts * 22)), "too_many"),
    _TEXT("white-space", "The same JSON with a blank after a comma",
          _valued(lambda value: value.replace(b'","', b'", "', 1)), "not_canonical"),
    _TEXT("key-twice", "A member twice, once with another value",
          _valued(lambda value: value.replace(b'"id":', b'"id":"x","id":', 1)),
          "duplicate_key", "not_canonical"),
    _TEXT("members-unsorted", "The same members in another order", _valued(_unsorted),
          "not_canonical"),
    _TEXT("escaped-text", "The same text with an escaped character",
          _valued(lambda value: value.replace(b'"urn:', b'"\\u0075rn:', 1)), "not_canonical"),
    *(refusal(f"shell-{name}-differs", title, _differing(name), "cloudevent_differs",
              section="envelope §6.1")
      for name, title in _DIFFERS.items()),
)  # fmt: skip


def _replayed(bench: Workbench) -> list[Inbound]:
    """The very record again, at another offset."""
    whole = bench.whole()
    return [whole.record(), whole.record(offset=1)]


def _older(bench: Workbench) -> list[Inbound]:
    first, second = bench.whole(), bench.whole(number=2)
    late = bench.whole(number=1)
    return [first.record(), second.record(), late.record(offset=2)]


def _twice(bench: Workbench) -> list[Inbound]:
    """The same event a second time, under a receipt of its own."""
    whole = bench.whole()
    again = whole.having(number=2).confirmed()
    return [whole.record(), again.record()]


def _withdrawn(by: str) -> Making:
    """An alert, and its withdrawal by a desk."""

    def make(bench: Workbench) -> list[Inbound]:
        first = bench.whole()
        told = claims_of(first.slip)
        claims = {
            "etype": "WITHDRAW", "purpose": "withdraw", "sub": told["sub"],
            "re": [{"iss": told["iss"], "jti": told["jti"]}],
        }  # fmt: skip
        return [first.record(), bench.delivery(by=by, claims=claims, number=2).record()]

    return make


_ORDER: Final = partial(refusal, section="envelope §5.5")

ORDER: Final = (
    _ORDER("replayed", "A delivery written a second time", _replayed, "replayed",
           "delivered_twice"),
    _ORDER("number-of-before", "Another delivery under a number that has passed", _older,
           "replayed"),
    _ORDER("delivered-twice", "An event again, under a new receipt", _twice, "delivered_twice"),
    Case("hole-in-the-numbers", "A delivery behind a number that never came", "envelope §5.5",
         lambda bench: [bench.whole().record(), bench.whole(number=3).record(offset=1)],
         frozenset({"seq_gap"}), noticed=True),
    _ORDER("moved-to-another-partition", "A delivery in another partition than its receipt says",
           lambda bench: [bench.whole().record(partition=4)], "wrong_partition"),
    Case("withdrawal", "An alert, then its withdrawal", "envelope §8", _withdrawn(ISSUER),
         withdraws=True),
    refusal("withdrawal-by-a-stranger", "An alert, withdrawn by another desk", _withdrawn("pol"),
            "not_own_event", section="envelope §8"),
)  # fmt: skip


def _told(*, by: str = ROUTER, typ: str = NOTICE, **changes: Any) -> Making:
    return lambda bench: [bench.noticed(bench.notice(**changes), by=by, typ=typ)]


_NOTICE: Final = partial(refusal, section="envelope §5.3, §8")

NOTICES: Final = (
    _NOTICE("notice-by-a-desk", "A notice that a desk has signed", _told(by="edu-s-sig-2"),
            "not_by_router"),
    _NOTICE("notice-key-ended", "A notice by a key of the router’s that had ended",
            _told(by="router-civil-1"), "key_not_valid"),
    _NOTICE("notice-typed-receipt", "A receipt’s type over the claims of a notice",
            _told(typ=RECEIPT), "wrong_typ"),
    _NOTICE("notice-unknown-kind", "A notice of a kind that is none", _told(kind="advice"),
            "unknown_notice", "notice_malformed"),
    _NOTICE("notice-claim-missing", "A notice that a duty is overdue, and names none",
            _told(duty=None), "notice_malformed"),
    _NOTICE("notice-for-another-desk", "Another desk’s notice",
            _told(aud=urn("ase")), "wrong_audience"),
    _NOTICE("notice-shell-differs", "A notice whose CloudEvent names another case",
            lambda bench: [bench.noticed(bench.notice(), subject=bench.token())],
            "cloudevent_differs"),
    _NOTICE("notice-replayed", "A notice written a second time",
            lambda bench: [bench.noticed(bench.notice())] * 2, "replayed"),
)  # fmt: skip
