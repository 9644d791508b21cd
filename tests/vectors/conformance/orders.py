"""The owners' orders of the synthetic federation: desks that end, rightly or not.

Which of them count stands in none of them: whoever reads control finds out, or has another desk's
word obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.encoding import canonical, digest
from contracts.keys.jose import sign_jws
from contracts.keys.signers import Signer
from contracts.log.orders.signed_order import ORDER
from contracts.log.orders.succession import SUCCESSION, sign_consent, succession
from tests.vectors.conformance.federation import DAY, REALM, SyntheticFederation, owner_signers

QUORUM: Final = 2


@dataclass(frozen=True)
class SuccessionOrder:
    """A desk's end as it stands on control; the first heir takes what no other was given."""

    desk: str
    heirs: tuple[str, ...]
    counts: bool = True  # in its turn, signed and allowed; the next follows the last that counts
    begins: int = -20  # days from the vectors' instant
    lasts: int = 60
    consent: str = ""  # who signs in the desk's place; `gone`: nobody
    signatures: int = QUORUM


ORDERS: Final = (
    SuccessionOrder("school-1", ("school-2", "school-3")),
    SuccessionOrder("edu-s", ("school-2",), counts=False, signatures=1),
    SuccessionOrder("edu-s", ("school-3",), counts=False, consent="school-3"),
    SuccessionOrder("pol", ("school-4",), counts=False),  # of another role
    SuccessionOrder("school-3", ("school-4",), counts=False, lasts=3),
    SuccessionOrder("crip-east", ("crip", "crip-west")),
    SuccessionOrder("school-2", ("school-4",), consent="gone"),
    SuccessionOrder("edu-s", ("school-4",), begins=30),
)


def control_orders(fed: SyntheticFederation) -> Iterator[str]:
    """The values of the orders, in their order on control."""
    n, last = 1, ""
    for order in ORDERS:
        value = canonical([
            sign_jws(_payload(fed, order, n, last), ORDER, signer)
            for signer in owner_signers(fed.seed)[: order.signatures]
        ])  # fmt: skip
        if order.counts:
            n, last = n + 1, digest(value)
        yield value.decode()


def _payload(fed: SyntheticFederation, order: SuccessionOrder, n: int, last: str) -> dict[str, Any]:
    start = fed.at + order.begins * DAY
    heirs = [fed.urn(heir) for heir in order.heirs]
    bare = succession(fed.urn(order.desk), heirs, start + order.lasts * DAY)
    gone = order.consent == "gone"
    consent = [] if gone else sign_consent(REALM, bare, start, _signer(fed, order))
    told = succession(bare["desk"], heirs, bare["until"], consent)
    payload = {"realm": REALM, "n": n, "kind": SUCCESSION, "from": start, **told}
    return payload | ({"prev": last} if last else {})


def _signer(fed: SyntheticFederation, order: SuccessionOrder) -> Signer:
    return fed.signers[f"{order.consent or order.desk}-sig-2"]
