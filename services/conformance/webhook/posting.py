"""Requests as an agency's service would post them, signed by the kit's own keys, and how they are altered."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.encoding import b64u, canonical, event_id, rfc3339
from contracts.keys import ed25519
from contracts.keys.agreement import Random
from services.conformance.case import ConformanceCase
from services.conformance.federation import TESTED, draws

TAKEN, REFUSED = "status_2xx", "status_4xx"
SILENT: Final = "no_answer"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


@dataclass(frozen=True)
class KitRequest:
    """A request as it is posted."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    method: str = "POST"

    def having(self, **headers: str | None) -> KitRequest:
        """The same with other headers (`_` for `-`); None takes one away."""
        told = dict(self.headers) | {
            name.replace("_", "-"): text for name, text in headers.items() if text is not None
        }
        gone = {name.replace("_", "-") for name, text in headers.items() if text is None}
        return replace(self, headers={name: told[name] for name in told if name not in gone})


@dataclass(frozen=True)
class HookKeys:
    """What signs webhooks, as the standard writes it: `v1a` by a private key, `v1` by a shared one."""

    seed: bytes = field(repr=False)
    shared: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """The public half of `v1a`'s key."""
        return ed25519.expanded(self.seed)[32:]

    def settings(self) -> dict[str, str]:
        """What a receiver is given."""
        return {
            "desk": TESTED,
            "public": f"whpk_{b64encode(self.public).decode()}",
            "secret": f"whsec_{b64encode(self.shared).decode()}",
        }

    def v1a(self, text: bytes) -> str:
        """Ed25519."""
        return b64encode(ed25519.sign(ed25519.expanded(self.seed), text)).decode()

    def v1(self, text: bytes) -> str:
        """HMAC-SHA-256."""
        return hs256(self.shared, text)


def hs256(secret: bytes, text: bytes) -> str:
    """HMAC-SHA-256 as the standard writes it."""
    return b64encode(hmac.digest(secret, text, "sha256")).decode()


def hook_keys(seed: str) -> HookKeys:
    """The keys of a run of the kit."""
    random = draws(seed, "webhook")
    return HookKeys(random(32), random(32))


@dataclass(frozen=True)
class HookBench:
    """One case's means.

    Attributes:
        at: instant of the try, seconds.
    """

    keys: HookKeys
    at: int
    random: Random

    def body(self, **data: str | None) -> bytes:
        """An arrival's message; `data` are its members that say otherwise, None takes one away."""
        told: dict[str, Any] = {
            "desk": TESTED, "event": event_id(self.at * 1000, self.random(10)), "kind": "IP",
        } | data  # fmt: skip
        kept = {name: text for name, text in told.items() if text is not None}
        return canonical({"data": kept, "timestamp": rfc3339(self.at - 2), "type": "inbox.arrival"})

    def posted(
        self,
        body: bytes | None = None,
        *,
        id_: str = "",
        at: int | str = 0,
        keys: HookKeys | None = None,
    ) -> KitRequest:
        """A sound request.

        Args:
            body: unless an arrival's.
            id_: unless a new one.
            at: unless now.
            keys: who signs, unless the kit's own.
        """
        body = self.body() if body is None else body
        name, by = id_ or f"msg_{b64u(self.random(18))}", keys or self.keys
        signed = f"{name}.{at or self.at}.".encode() + body
        return KitRequest(body, {
            "content-type": "application/json", ID: name, TIMESTAMP: str(at or self.at),
            SIGNATURE: f"v1a,{by.v1a(signed)} v1,{by.v1(signed)}",
        })  # fmt: skip


Posting = Callable[[HookBench], Sequence[KitRequest]]
WebhookCase = ConformanceCase[Posting]  # reasons are classes of status codes


def headed(name: str, change: Callable[[str], str]) -> Posting:
    """A sound request, one of whose headers is altered after it was signed."""

    def make(bench: HookBench) -> list[KitRequest]:
        sound = bench.posted()
        return [sound.having(**{name.replace("-", "_"): change(sound.headers[name])})]

    return make
