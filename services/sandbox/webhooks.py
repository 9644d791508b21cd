"""Webhooks of a sandbox, to receivers on this machine alone (`--webhook DESK=URL`).

What waits to be tried again follows the sandbox's clock: whoever moves it need not wait for hours.
The time that a message bears is the machine's, for its receiver compares it with its own.

Ten of `POSTS` a receiver must refuse, and one it must take (webhooks §3).
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_network
from itertools import product
from typing import Any, Final

from pydantic import ValidationError

from contracts.encoding import b64u, canonical, rfc3339
from contracts.errors import UsageError
from services.agency.loops.incoming import Incoming
from services.agency.office.responses.inbox import ArrivalNotice, ArrivalTold
from services.agency.webhooks.post import ID_BYTES, UNVERIFIED, Poster, WebhookKeys, WebhookMessage
from services.agency.webhooks.push import DeskWebhooks, Webhooks
from services.platform.browser.sign_in.client import is_here
from services.platform.http.receiver import Receiver
from services.platform.ports import now, random_bytes
from services.platform.store.memory import Memory

LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SIGNATURE: Final = "webhook-signature"
BODY: Final = "body"
OLD_S: Final = 600
SOUND: Final = "sound"


def read_receivers(rows: Sequence[str]) -> dict[str, Receiver]:
    """Desk -> receiver, of rows `DESK=URL`.

    Raises:
        UsageError: `webhook_malformed`.
    """
    receivers: dict[str, Receiver] = {}
    for row in rows:
        desk, _equals, url = row.partition("=")
        try:
            receiver = Receiver(url=url, networks=LOOPBACK)
        except ValidationError:
            receiver = None
        if receiver is None or not is_here(receiver.target.host):
            expected = "`DESK=http://HOST:PORT/PATH`, a host of this machine"
            raise UsageError("webhook_malformed", "another address", expected, row)
        receivers[desk.lower()] = receiver
    return receivers


def webhooks_of(
    incoming: Incoming, receivers: Mapping[str, Receiver], stack: AsyncExitStack
) -> Webhooks:
    """The webhooks of what comes from now on.

    Args:
        stack: closes their connections.
    """
    post = Poster()
    stack.push_async_callback(post.close)
    return Webhooks(
        receivers, incoming.office, incoming, Memory(None), post,
        ahead=lambda: incoming.clock.now() - now(),
    )  # fmt: skip


def _new_id() -> str:
    """An id of the form of every webhook's."""
    return f"msg_{b64u(random_bytes(ID_BYTES))}"


def _by_empty_secret(message: WebhookMessage, at: int) -> str:
    signed = f"{message.id}.{at}.".encode() + message.body
    return f"v1,{b64encode(hmac.digest(b'', signed, 'sha256')).decode()}"


# Name -> what differs from the sound post: headers (None: left out), or its body.
Change = Callable[[WebhookKeys, WebhookMessage, int], dict[str, Any]]
POSTS: Final[Mapping[str, Change]] = {
    SOUND: lambda *_: {},
    "without_signature": lambda *_: {SIGNATURE: None},
    "empty_signature": lambda *_: {SIGNATURE: ""},
    "signature_of_zeros": lambda *_: {SIGNATURE: f"v1,{b64encode(bytes(32)).decode()}"},
    "signature_of_another_message": lambda keys, message, at: {
        SIGNATURE: keys.headers(replace(message, body=b"{}"), at)[SIGNATURE]
    },
    "signed_by_a_stranger": lambda _keys, *said: WebhookKeys(bytes(32), "nobody").headers(*said),
    "hmac_of_empty_secret": lambda _keys, *said: {SIGNATURE: _by_empty_secret(*said)},
    "other_id": lambda *_: {"webhook-id": _new_id()},
    "altered_body": lambda _keys, message, _at: {
        BODY: message.body.replace(b'"kind":"', b'"kind":"X')
    },
    "ten_minutes_old": lambda keys, message, at: keys.headers(message, at - OLD_S),
    "ten_minutes_ahead": lambda keys, message, at: keys.headers(message, at + OLD_S),
}


async def post_all(webhooks: Webhooks) -> list[dict[str, Any]]:
    """What each receiver answered to each post, and whether that was right."""
    return [await _post(webhooks.post, *one) for one in product(webhooks.desks.values(), POSTS)]


async def _post(post: Poster, desk: DeskWebhooks, name: str) -> dict[str, Any]:
    at = now()
    told = ArrivalTold(desk=desk.desk, kind=UNVERIFIED)
    body = canonical(ArrivalNotice(data=told, timestamp=rfc3339(at)).wire())
    message = WebhookMessage(_new_id(), body)
    sent: dict[str, Any] = {**desk.keys.headers(message, at), **POSTS[name](desk.keys, message, at)}
    headers = {header: text for header, text in sent.items() if text is not None}
    status = (await post(desk.receiver, headers, headers.pop(BODY, body))).status
    right = (status or 0) // 100 == (2 if name == SOUND else 4)
    return {"desk": desk.desk, "post": name, "status": status, "right": right}
