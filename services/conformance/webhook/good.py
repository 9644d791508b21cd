"""What a receiver must take: whoever refuses everything refuses these."""

from __future__ import annotations

from typing import Final

from services.conformance import requirements as asks
from services.conformance.webhook.posting import (
    SIGNATURE,
    HookBench,
    KitRequest,
    WebhookCase,
    headed,
)
from services.texts import Catalogue

_ = Catalogue(__name__)


def _exchanged(pair: str) -> str:
    """The two signatures in another order."""
    ours, shared = pair.split()
    return f"{shared} {ours}"


def _again(bench: HookBench) -> list[KitRequest]:
    """A try and the next one: the same message under the same id, signed anew."""
    body = bench.body()
    first = bench.posted(body, id_="msg_the-same", at=bench.at - 5)
    return [first, bench.posted(body, id_="msg_the-same")]


CASES: Final = (
    WebhookCase(
        "arrival", _("A message about an arrival"), asks.HOOK, lambda bench: [bench.posted()]
    ),
    WebhookCase(
        "unverified-arrival", _("A message about a delivery that does not verify, without an event"),
        asks.HOOK, lambda bench: [bench.posted(bench.body(kind="unverified", event=None))],
    ),
    WebhookCase("message-again", _("The same message again, as the next try brings it"),
                asks.HOOK_AGAIN, _again),
    WebhookCase(
        "four-minutes-old", _("A message of four minutes ago"), asks.HOOK_TIME,
        lambda bench: [bench.posted(at=bench.at - 240)],
    ),
    WebhookCase("signatures-in-another-order", _("The two signatures in another order"),
                asks.HOOK_SIGNED, headed(SIGNATURE, _exchanged)),
    WebhookCase("signature-of-another-version", _("A signature of a version that nobody knows beside them"),
                asks.HOOK_SIGNED, headed(SIGNATURE, lambda pair: f"v9,AAAA {pair}")),
    WebhookCase(
        "former-key-beside", _("Signatures by another key beside the right ones, as when keys change"),
        asks.HOOK_SIGNED,
        headed(SIGNATURE, lambda pair: f"v1a,{'A' * 86}== v1,{'A' * 43}= {pair}"),
    ),
    WebhookCase(
        "further-header", _("A header that nobody asked for"), asks.HOOK,
        lambda bench: [bench.posted().having(x_request_id="1")],
    ),
)  # fmt: skip
