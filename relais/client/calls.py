"""What may be asked of an agency's HTTP: one function an operation, each of which makes a `ServiceCall`.

A call that publishes gets its Idempotency-Key when it is made, so that whoever asks it again, this client after
a broken connection or you after a crash, publishes once. Keep `call.key` if it should outlive the process.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from relais.client.answers import (
    CodeReply,
    EntrustReply,
    EventPage,
    EventProgress,
    FirstAccessPage,
    InboxPage,
    LookUpReply,
    OwedDuties,
    RecordReply,
    SendReply,
    WebhookReply,
)

Answer = TypeVar("Answer", covariant=True)  # noqa: PLC0105


@dataclass(frozen=True, slots=True)
class ServiceCall(Generic[Answer]):
    """One request, of which the answer's type is known.

    Attributes:
        body: JSON.
        key: Idempotency-Key; empty where the operation needs none.
    """

    method: str
    path: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)
    body: bytes | None = None
    key: str = ""

    def headers(self) -> dict[str, str]:
        """What it says beside its body."""
        typed = {"Content-Type": "application/json"} if self.body is not None else {}
        return typed | ({"Idempotency-Key": self.key} if self.key else {})


def publish(
    record: Mapping[str, Any], *, key: str = "", dry_run: bool = False
) -> ServiceCall[SendReply]:
    """Send a record, in the agency's own words; a dry run publishes nothing."""
    params = {"dry_run": "true"} if dry_run else {}
    return ServiceCall("POST", "/v1/referrals", params, _json(record), key or _key())


def referrals(after: str = "", limit: int = 50) -> ServiceCall[EventPage]:
    """Own events behind a cursor, and where each stands."""
    return ServiceCall("GET", "/v1/referrals", _given(after=after, limit=limit))


def referral(event: str) -> ServiceCall[EventProgress]:
    """Where one stands."""
    return ServiceCall("GET", f"/v1/referrals/{quote(event, safe='')}")


def withdraw(event: str, *, key: str = "") -> ServiceCall[SendReply]:
    """Take an own event back."""
    return ServiceCall("POST", f"/v1/referrals/{quote(event, safe='')}/withdraw", key=key or _key())


def inbox(after: str = "", *, wait: float = 0, limit: int = 50) -> ServiceCall[InboxPage]:
    """Arrivals behind a cursor; `wait` seconds for a first, 30 at most."""
    return ServiceCall("GET", "/v1/inbox", _given(after=after, wait=wait, limit=limit))


def acknowledge(event: str, stage: str = "received", *, motive: str = "") -> ServiceCall[SendReply]:
    """Acknowledge an arrival; the service publishes each stage once, whatever the key."""
    body = _json({"stage": stage} | ({"motive": motive} if motive else {}))
    return ServiceCall("POST", f"/v1/inbox/{quote(event, safe='')}/acknowledge", body=body)


def outcome(event: str, told: Mapping[str, Any], *, key: str = "") -> ServiceCall[SendReply]:
    """Tell the author of an arrival what became of it."""
    path = f"/v1/inbox/{quote(event, safe='')}/outcome"
    return ServiceCall("POST", path, body=_json(told), key=key or _key())


def entrust(event: str, to: str) -> ServiceCall[SendReply]:
    """Of a desk that ends: give an arrival's case to an heir, with what it holds; published once, whatever the key."""
    path = f"/v1/inbox/{quote(event, safe='')}/entrust"
    return ServiceCall("POST", path, body=_json({"to": to}))


def entrust_cases(to: str, cases: Iterable[str] = ()) -> ServiceCall[EntrustReply]:
    """The same of many cases, by their tokens, or of all that wait; call it again while it says `more`."""
    return ServiceCall("POST", "/v1/cases:entrust", body=_json({"to": to, "cases": [*cases]}))


def duties() -> ServiceCall[OwedDuties]:
    """What the desk owes; of one that ends, the cases to give away too."""
    return ServiceCall("GET", "/v1/duties")


def look_up(told: Mapping[str, Any], *, key: str = "") -> ServiceCall[SendReply]:
    """Ask who received what of a case."""
    return ServiceCall("POST", "/v1/accesses", body=_json(told), key=key or _key())


def looked_up(event: str) -> ServiceCall[LookUpReply]:
    """The answer to a look-up."""
    return ServiceCall("GET", f"/v1/accesses/{quote(event, safe='')}")


def first_accesses() -> ServiceCall[FirstAccessPage]:
    """Who gained access to the desk's cases for the first time."""
    return ServiceCall("GET", "/v1/accesses")


def ask_why(event: str, of: str, *, key: str = "") -> ServiceCall[SendReply]:
    """Ask a desk why it had access."""
    path = f"/v1/accesses/{quote(event, safe='')}/ask"
    return ServiceCall("POST", path, body=_json({"of": of}), key=key or _key())


def desks() -> ServiceCall[dict[str, Any]]:
    """Whom the desk may write to, for what."""
    return ServiceCall("GET", "/v1/desks")


def codes() -> ServiceCall[CodeReply]:
    """Every list of codes, with their words in French and English; another `version` where one differs."""
    return ServiceCall("GET", "/v1/codes")


def records(kind: str) -> ServiceCall[RecordReply]:
    """The form of a kind of record: its JSON Schema, an example, what each field becomes."""
    return ServiceCall("GET", f"/v1/records/{quote(kind, safe='')}")


def webhook() -> ServiceCall[WebhookReply]:
    """How the desk's webhooks stand, and the keys of its receiver."""
    return ServiceCall("GET", "/v1/webhook")


def resume_webhook() -> ServiceCall[WebhookReply]:
    """Go on with them."""
    return ServiceCall("POST", "/v1/webhook/resume")


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _given(**params: str | float) -> dict[str, str | int | float]:
    return {name: value for name, value in params.items() if value}


def _key() -> str:
    return str(uuid.uuid4())
