"""One try of a webhook: resolve once, connect to that address, post, read (webhooks §4).

Nothing that the receiver controls leads on: no redirect is followed, no cookie kept, no body read,
no proxy asked. Its certificate has to be of its name, though the connection goes to an address.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, partial
from typing import Final, NamedTuple, cast

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from contracts.encoding import b64u, canonical, derive, mac, rfc3339
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.responses.inbox import ArrivalNotice, ArrivalTold
from services.platform.http.receiver import Receiver, Target
from services.platform.ports import http_transport

UNVERIFIED: Final = "unverified"  # the kind of a delivery that did not verify
ID_BYTES: Final = 18


ANSWER_S: Final = 15.0  # for all of it
_BUSY: Final = frozenset({429, 502, 504})
_GONE: Final = 410
# Threads of their own: a name server that hangs holds one past the end of a try, and passwords,
# witnesses and the addresses of brokers wait for the loop's.
_NAMES: Final = ThreadPoolExecutor(4, "receivers-names")
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


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

    Args:
        places: secret that the ids of messages derive from; the same if not given.

    Attributes:
        public: as the standard writes it, for `v1a`.
        shared: as the standard writes it, for `v1`: of this desk alone.
    """

    def __init__(self, secret: bytes, desk: str, places: bytes = b"") -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(derive(secret, "webhook-signature"))
        shared = derive(secret, "webhook-shared", desk)
        self._webhook = Webhook(shared)
        self._ids = derive(places or secret, "webhook-id", desk)
        self.public = f"whpk_{b64encode(self._private.public_key().public_bytes_raw()).decode()}"
        self.shared = f"whsec_{b64encode(shared).decode()}"

    def id_of(self, arrival: Arrival) -> str:
        """A name for an arrival that tells nothing of how many came before."""
        place = arrival.realm, str(arrival.partition), str(arrival.offset)
        return f"msg_{b64u(mac(self._ids, *place)[:ID_BYTES])}"

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


class PostResult(StrEnum):
    """What came of a try."""

    TAKEN = "taken"
    REFUSED = "refused"  # answered, and not taken: it may be this message's fault
    AWAY = "away"  # no answer, or one that says "later": no message would be taken now
    FORBIDDEN = "forbidden"  # its name leads to where it may not
    GONE = "gone"  # 410: it wants no more


class Posted(NamedTuple):
    """What came of a try.

    Attributes:
        wait_s: seconds that the receiver asks for (`Retry-After`).
        status: of HTTP; None without an answer.
    """

    result: PostResult
    wait_s: float = 0
    status: int | None = None


async def resolved(host: str, port: int) -> list[str]:
    """IP addresses of a host, the preferred one first.

    Raises:
        OSError: there are none.
    """
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    rows = await asyncio.get_running_loop().run_in_executor(_NAMES, ask)
    return [str(row[4][0]) for row in rows]


class Poster:
    """Posts to receivers, each time by a connection of its own.

    Args:
        trust: whose certificates are believed; without it httpx's: `SSL_CERT_FILE`, or those of
            `certifi`.
    """

    def __init__(self, resolve: Resolve = resolved, trust: ssl.SSLContext | None = None) -> None:
        self._resolve, self._trust = resolve, trust

    @cached_property
    def _transport(self) -> httpx.AsyncBaseTransport:
        """Made at the first try: a service without webhooks reads no certificates."""
        if (simulated := http_transport()) is not None:
            return cast("httpx.AsyncBaseTransport", simulated)
        trust, alone = (
            self._trust or httpx.create_ssl_context(),
            httpx.Limits(max_keepalive_connections=0),
        )
        return httpx.AsyncHTTPTransport(trust, limits=alone, trust_env=False)

    async def close(self) -> None:
        """Give back what is open."""
        if "_transport" in vars(self):
            await self._transport.aclose()

    async def __call__(self, receiver: Receiver, headers: Mapping[str, str], body: bytes) -> Posted:
        """Try once; never raises for what a receiver does."""
        target = receiver.target
        try:
            async with asyncio.timeout(ANSWER_S):
                addresses = await self._resolve(target.host, target.port)
                if not addresses or not all(map(receiver.permits, addresses)):
                    return Posted(PostResult.FORBIDDEN)
                answer = await self._answer(target, addresses[0], headers, body)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError):
            return Posted(PostResult.AWAY)
        status, wait = answer.status_code, answer.headers.get("retry-after", "")
        return Posted(_result(status), _wait(wait), status)

    async def _answer(
        self, target: Target, address: str, headers: Mapping[str, str], body: bytes
    ) -> httpx.Response:
        url = httpx.URL(
            scheme=target.scheme, host=address, port=target.port, raw_path=target.path.encode()
        )
        told = {"Host": target.authority, "Content-Type": "application/json", **headers}
        request = httpx.Request(
            "POST", url, headers=told, content=body, extensions={"sni_hostname": target.host}
        )
        answer = await self._transport.handle_async_request(request)
        await answer.aclose()
        return answer


def _result(status: int) -> PostResult:
    if 200 <= status < 300:
        return PostResult.TAKEN
    if status == _GONE:
        return PostResult.GONE
    return PostResult.AWAY if status in _BUSY else PostResult.REFUSED


def _wait(text: str) -> float:
    """Seconds that a `Retry-After` asks for; 0 for one that says none."""
    return float(text[:9]) if text.isascii() and text.isdigit() else 0
