"""Every case of a receiver of webhooks, posted to its address."""

from __future__ import annotations

import time
from typing import Any, Final

import httpx

from contracts.errors import UsageError
from services.conformance.federation import draws
from services.conformance.webhook import WEBHOOK
from services.conformance.webhook.posting import SILENT, HookBench, KitRequest, hook_keys
from services.texts import Catalogue

_ = Catalogue(__name__)

ANSWER_S: Final = 15.0  # as the bus waits (webhooks §4)


def ask(url: str, seed: str, client: httpx.Client | None = None) -> list[dict[str, Any]]:
    """What a receiver answers to the last request of each case, as verdicts.

    Args:
        seed: of the keys that it was told to trust.
        client: unless a new one.

    Raises:
        UsageError: `no_address`.
    """
    if not url.startswith(("http://", "https://")):
        raise UsageError("no_address", _("another text"), _("http:// or https://, and a host"))
    keys = hook_keys(seed)
    with client or httpx.Client(timeout=ANSWER_S, trust_env=False) as ours:
        return [
            {"case": case.id}
            | [
                _posted(ours, url, request)
                for request in case.make(HookBench(keys, int(time.time()), draws(seed, case.id)))
            ][-1]
            for case in WEBHOOK
        ]


def _posted(client: httpx.Client, url: str, request: KitRequest) -> dict[str, Any]:
    """No redirect is followed, and of the answer its status alone is looked at."""
    try:
        with client.stream(
            request.method, url, content=request.body, headers=dict(request.headers)
        ) as answer:
            status = answer.status_code
    except httpx.HTTPError:
        return {"accepted": False, "reason": SILENT}
    if status // 100 == 2:
        return {"accepted": True}
    return {"accepted": False, "reason": f"status_{status // 100}xx"}
