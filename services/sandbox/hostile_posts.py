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
OLD_S: Final = 600
SOUND: Final = "sound"

Headers = dict[str, str]
Post = Callable[[WebhookKeys, WebhookMessage, int], tuple[Headers, bytes]]


def _headed(**changes: str) -> Post:
    """A sound message, whose headers (`_` for `-`) were changed after it was signed."""
    told = {name.replace("_", "-"): text for name, text in changes.items()}
    return lambda keys, message, at: (keys.headers(message, at) | told, message.body)


def _without_signature(
    keys: WebhookKeys, message: WebhookMessage, at: int
) -> tuple[Headers, bytes]:
    headers = keys.headers(message, at)
    del headers[SIGNATURE]
    return headers, message.body


def _altered(keys: WebhookKeys, message: WebhookMessage, at: int) -> tuple[Headers, bytes]:
    return keys.headers(message, at), message.body.replace(b'"kind":"', b'"kind":"X')


def _borrowed(keys: WebhookKeys, message: WebhookMessage, at: int) -> tuple[Headers, bytes]:
    other = keys.headers(replace(message, body=b"{}"), at)
    return keys.headers(message, at) | {SIGNATURE: other[SIGNATURE]}, message.body


def _by_stranger(_keys: WebhookKeys, message: WebhookMessage, at: int) -> tuple[Headers, bytes]:
    return WebhookKeys(bytes(32), "nobody").headers(message, at), message.body


def _empty_secret(keys: WebhookKeys, message: WebhookMessage, at: int) -> tuple[Headers, bytes]:
    signed = f"{message.id}.{at}.".encode() + message.body
    forged = b64encode(hmac.digest(b"", signed, "sha256")).decode()
    return keys.headers(message, at) | {SIGNATURE: f"v1,{forged}"}, message.body


def _late(seconds: int) -> Post:
    return lambda keys, message, at: (keys.headers(message, at + seconds), message.body)


POSTS: Final[Mapping[str, Post]] = {
    SOUND: _headed(),
    "without_signature": _without_signature,
    "empty_signature": _headed(webhook_signature=""),
    "signature_of_zeros": _headed(webhook_signature=f"v1,{b64encode(bytes(32)).decode()}"),
    "signature_of_another_message": _borrowed,
    "signed_by_a_stranger": _by_stranger,
    "hmac_of_empty_secret": _empty_secret,
    "other_id": _headed(webhook_id="msg_other"),
    "altered_body": _altered,
    "ten_minutes_old": _late(-OLD_S),
    "ten_minutes_ahead": _late(OLD_S),
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
            headers, sent = POSTS[name](one.keys, message, at)
            status = (await poster(one.receiver, headers, sent, at)).status
            right = (status or 0) // 100 == (2 if name == SOUND else 4)
            rows.append({"desk": one.desk, "post": name, "status": status, "right": right})
    finally:
        await poster.close()
    return rows
