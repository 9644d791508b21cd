"""What a webhook says and how it is signed: Standard Webhooks, thin (webhooks §2, §3).

A message is made anew from the inbox for each try, the same bytes each time: nothing of it is kept.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from contracts.encoding import b64u, canonical, derive, mac, rfc3339
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.responses.webhook import ArrivalNotice, ArrivalTold

UNVERIFIED: Final = "unverified"  # the kind of a delivery that did not verify
_ID_BYTES: Final = 18


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What is posted.

    Attributes:
        id: the same for each try, another for each arrival.
    """

    id: str
    body: bytes


class WebhookKeys:
    """What an agency's service signs a desk's webhooks with.

    Both are derived from the agency's secret: no file more to keep, and the same after every start.

    Attributes:
        public: as the standard writes it, for `v1a`.
        shared: as the standard writes it, for `v1`: of this desk alone.
    """

    def __init__(self, secret: bytes, desk: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(derive(secret, "webhook-signature"))
        shared = derive(secret, "webhook-shared", desk)
        self._webhook = Webhook(shared)
        self._ids = derive(secret, "webhook-id", desk)
        self.public = f"whpk_{b64encode(self._private.public_key().public_bytes_raw()).decode()}"
        self.shared = f"whsec_{b64encode(shared).decode()}"

    def id_of(self, arrival: Arrival) -> str:
        """A name for an arrival that tells nothing of how many came before."""
        place = arrival.realm, str(arrival.partition), str(arrival.offset)
        return f"msg_{b64u(mac(self._ids, *place)[:_ID_BYTES])}"

    def headers(self, message: WebhookMessage, at: int) -> dict[str, str]:
        """The standard's three headers.

        Args:
            at: instant of this try, seconds; receivers refuse one that is five minutes off.
        """
        signed = f"{message.id}.{at}.".encode() + message.body
        ours = b64encode(self._private.sign(signed)).decode()
        theirs = self._webhook.sign(
            message.id, datetime.fromtimestamp(at, UTC), message.body.decode()
        )
        return {
            "webhook-id": message.id,
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1a,{ours} {theirs}",
        }


def message_of(arrival: Arrival, desk: str, view: DeskFold, keys: WebhookKeys) -> WebhookMessage:
    """The message about an arrival: which event, whose, of which type; never what it holds."""
    event = view.names.of(arrival.jti, arrival.case, arrival.realm) if arrival.jti else None
    told = ArrivalTold(desk=desk, event=event, kind=arrival.etype or UNVERIFIED)
    notice = ArrivalNotice(data=told, timestamp=rfc3339(arrival.at))
    return WebhookMessage(keys.id_of(arrival), canonical(notice.wire()))
