"""One conversation of a school with its service, the same with a sandbox and with a federation.

What it is answered is kept byte for byte, but for what each chooses at random or by the time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.patience import PATIENCE
from tests.samples import sample

DESK: Final = "edu-h-2"  # a head teacher of whom nothing was heard before
LEAD: Final = "sandbox:"  # leads a sandbox's CRIP, and no other

# What differs from one to the next: the same thing has the same name wherever it stands.
_NAMED: Final = (
    ("event", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("cursor", r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}"),
    ("digest", r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
)
_PASSING: Final = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", "<instant>"),
    (r'"request_id":"[0-9a-f]{16}"', '"request_id":"<id>"'),
    (r"127\.0\.0\.1:\d+", "<address>"),
)
_HEADERS: Final = frozenset({"date", "content-length"})

Peer = Callable[[str, str, dict[str, str]], object]  # what the CRIP does with an event


@dataclass
class Dialogue:
    """What was asked and answered."""

    http: httpx.Client
    peer: Peer
    heard: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    def hold(self) -> list[str]:
        """The whole conversation; each answer as text."""
        for step in (self._documents, self._sent, self._attempted, self._reads):
            step()
        return self.heard

    def _documents(self) -> None:
        for path in ("/openapi.json", "/asyncapi.json", "/docs", "/nowhere", "/v1/desks"):
            self._ask("GET", path)

    def _sent(self) -> None:
        """A concern, twice under one key; acknowledged, given an outcome, withdrawn."""
        key = {"Idempotency-Key": "k-1"}
        sent = self._ask("POST", "/v1/referrals", json=concern(reference=LEAD), headers=key)
        self._ask("POST", "/v1/referrals", json=concern(reference=LEAD), headers=key)
        self._ask("POST", "/v1/referrals", json=concern(reference="other"), headers=key)
        (event,) = sent.json()["events"]
        self.peer("acknowledge", event, {})
        self._ask("GET", f"/v1/referrals/{event}", until='"stage":"received"')
        self.peer("outcome", event, {"code": "being_evaluated"})
        inbox = self._ask("GET", "/v1/inbox", until="being_evaluated")
        self._ask("GET", "/v1/inbox", params={"after": inbox.json()["cursor"]})
        (outcome,) = [item["event"] for item in inbox.json()["items"]]
        for body in ({}, {"stage": "received"}, {"stage": "?"}):
            self._ask("POST", f"/v1/inbox/{outcome}/acknowledge", json=body)
        self._ask("POST", f"/v1/inbox/{outcome}/outcome", json={"code": "closed"})
        self._ask("POST", f"/v1/referrals/{event}/withdraw")
        self._ask("GET", f"/v1/referrals/{event}", until='"withdrawn":true')

    def _attempted(self) -> None:
        """A note to the police, which no clause lets a school send."""
        record = sample("education", "police_notification", reference="to the police")
        sent = self._ask("POST", "/v1/referrals", json=record)
        (event,) = sent.json()["events"]
        self._ask("GET", f"/v1/referrals/{event}", until='"state":"refused"')

    def _reads(self) -> None:
        for path, params in (
            ("/v1/referrals", {"limit": 2}),
            ("/v1/referrals", {"after": "?"}),
            ("/v1/inbox", {"after": "?"}),
            ("/v1/inbox", {"wait": 99}),
            ("/v1/duties", {}),
        ):
            self._ask("GET", path, params=params)

    def _ask(self, method: str, path: str, until: str = "", **more: Any) -> httpx.Response:
        """Ask, once or until the answer says so, and keep what was answered last."""
        began = time.monotonic()
        answer = self.http.request(method, path, **more)
        while until not in answer.text:
            assert time.monotonic() - began < PATIENCE, (path, until, answer.text)
            time.sleep(0.05)
            answer = self.http.request(method, path, **more)
        headers = sorted(
            f"{name}: {value}" for name, value in answer.headers.items() if name not in _HEADERS
        )
        text = f"{method} {path}\n{answer.status_code}\n" + "\n".join((*headers, answer.text))
        self.heard.append(self._alike(text))
        return answer

    def _alike(self, text: str) -> str:
        for kind, pattern in _NAMED:
            text = re.sub(pattern, lambda match, kind=kind: self._name(kind, match[0]), text)  # type: ignore[misc]
        for pattern, word in _PASSING:
            text = re.sub(pattern, word, text)
        return text

    def _name(self, kind: str, value: str) -> str:
        number = sum(name.startswith(f"<{kind} ") for name in self._names.values())
        return self._names.setdefault(value, f"<{kind} {number + 1}>")


def concern(**changes: Any) -> dict[str, Any]:
    """An information préoccupante of a head teacher."""
    return sample("education", "information_preoccupante", **changes)
