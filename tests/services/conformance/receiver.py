"""A receiver of webhooks of a few lines, in two forms, and the ways in which such receivers are broken."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

LONGEST = 20_000  # bytes of a body, as the standard has it


class WebhookReceiver:
    """Verifies both versions by hand.

    Attributes:
        faults: what it leaves out or does wrongly.
        taken: ids of what it took.
    """

    def __init__(self, settings: Mapping[str, str], faults: frozenset[str] = frozenset()) -> None:
        self.public = b64decode(settings["public"].removeprefix("whpk_"))
        self.shared = b64decode(settings["secret"].removeprefix("whsec_"))
        self.faults, self.taken = faults, set[str]()

    def status(self, request: httpx.Request) -> int:
        """What it answers."""
        headers, body = request.headers, request.content
        name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if "crashes" in self.faults:
            int(at)
        signatures = headers.get("webhook-signature", "").split()
        if "first_only" in self.faults:
            signatures = signatures[:1]
        patience = 60 if "impatient" in self.faults else 300
        refused = {
            405: request.method != "POST" and "any_method" not in self.faults,
            400: not name and "needs_no_id" not in self.faults,
            408: "any_time" not in self.faults
            and not (at.isdecimal() and abs(time.time() - int(at)) <= patience),
            413: len(body) > LONGEST,
            401: "any_signature" not in self.faults
            and not self.verifies(name, at, body, signatures),
            409: "refuses_again" in self.faults and name in self.taken,
        }
        self.taken.add(name)
        taken = 302 if "redirects" in self.faults else 204
        return next((status for status, holds in refused.items() if holds), taken)

    def verifies(self, name: str, at: str, body: bytes, signatures: list[str]) -> bool:
        """Whether one signature is right."""
        if "writes_anew" in self.faults:
            body = body.replace(b'": "', b'":"')
        text = f"{name}.{at}.".encode() + body
        if "body_only" in self.faults:
            text = body
        shared = {self.shared}
        shared |= {self.public} if "public_as_secret" in self.faults else set()
        shared |= {b""} if "empty_secret" in self.faults else set()
        shared |= (
            {b"whsec_" + b64encode(self.shared)} if "undecoded_secret" in self.faults else set()
        )
        return any(
            self.one(version, signature, text, shared)
            for version, _, signature in (pair.partition(",") for pair in signatures)
        )

    def one(self, version: str, signature: str, text: bytes, shared: set[bytes]) -> bool:
        """Whether a signature is right."""
        right = {b64encode(hmac.digest(key, text, "sha256")).decode() for key in shared}
        if "any_version" in self.faults and signature in right:
            return True
        if version == "v1":
            if "prefix" in self.faults:
                return any(mac.startswith(signature) for mac in right)
            return signature in right
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(b64decode(signature), text)
        except (InvalidSignature, ValueError):
            return False
        return version == "v1a"


class StockReceiver:
    """The standard's own library, and what its page on errors tells to do around it."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.webhook = Webhook(settings["secret"])

    def status(self, request: httpx.Request) -> int:
        """What it answers."""
        if request.method != "POST":
            return 405
        if len(request.content) > LONGEST:
            return 413
        try:
            self.webhook.verify(request.content, dict(request.headers))
        except Exception:  # noqa: BLE001  it raises ValueError of a list of signatures that is none
            return 401
        return 204


def client(status: Callable[[httpx.Request], int]) -> httpx.Client:
    """A client that reaches the receiver without any network."""

    def answer(request: httpx.Request) -> httpx.Response:
        try:
            return httpx.Response(status(request))
        except ValueError:
            return httpx.Response(500)

    return httpx.Client(transport=httpx.MockTransport(answer))
