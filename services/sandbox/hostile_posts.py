"""Ten posts that a receiver of webhooks must refuse, and one that it must take (webhooks §3)."""

from __future__ import annotations

import hmac
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, Final

from contracts.encoding import canonical, rfc3339
from services.agency.office.responses.webhook import ArrivalNotice, ArrivalTold
from services.agency.webhooks.post import UNVERIFIED, Poster, WebhookKeys, WebhookMessage
from services.agency.webhooks.push import Webhooks

SIGNATURE: Final = "webhook-signature"
BODY: Final = "body"
OLD_S: Final = 600
SOUND: Final = "sound"


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
    "other_id": lambda *_: {"webhook-id": "msg_other"},
    "altered_body": lambda _keys, message, _at: {
        BODY: message.body.replace(b'"kind":"', b'"kind":"X')
    },
    "ten_minutes_old": lambda keys, message, at: keys.headers(message, at - OLD_S),
    "ten_minutes_ahead": lambda keys, message, at: keys.headers(message, at + OLD_S),
}


async def post_all(webhooks: Webhooks) -> list[dict[str, Any]]:
    """What each receiver answered to each post, and whether that was right."""
    poster, rows = Poster(), list[dict[str, Any]]()
    try:
        for one, name in product(webhooks.desks.values(), POSTS):
            at = int(time.time())
            told = ArrivalTold(desk=one.desk, kind=UNVERIFIED)
            body = canonical(ArrivalNotice(data=told, timestamp=rfc3339(at)).wire())
            message = WebhookMessage(f"msg_{name}_{at}", body)
            change = POSTS[name](one.keys, message, at)
            sent = {**one.keys.headers(message, at), **change}
            headers = {header: text for header, text in sent.items() if text is not None}
            status = (await poster(one.receiver, headers, headers.pop(BODY, body), at)).status
            right = (status or 0) // 100 == (2 if name == SOUND else 4)
            rows.append({"desk": one.desk, "post": name, "status": status, "right": right})
    finally:
        await poster.close()
    return rows
