"""What was asked of a sandbox and what it answered, in codes, ids and cursors: no content, no token, no text of a record."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.encoding import digest
from services.sandbox.steering import PREFIX

KEPT: Final = frozenset({
    "act", "case", "code", "cursor", "error", "event", "events", "items", "more", "outcome", "owes", "sent_to", "state",
})  # fmt: skip
_YES: Final = ("true", "1", "yes", "on", "t", "y")  # as a service reads a parameter
_BEARER: Final = "Bearer "


@dataclass
class SandboxRecorder:
    """Middleware that notes each request with its answer.

    Attributes:
        tokens: desk -> its token.
        lines: what was noted, in the order of the answers.
    """

    tokens: Mapping[str, str] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def around(self, app: ASGIApp) -> ASGIApp:
        """An application whose requests are noted."""

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            asked, answered, at = bytearray(), _Answered(), time.monotonic()

            async def received() -> Message:
                message = await receive()
                asked.extend(message.get("body", b""))
                return message

            async def sent(message: Message) -> None:
                answered.take(message)
                await send(message)

            try:
                await app(scope, received, sent)
            finally:  # one that nobody answers ends with the sandbox
                self.lines.append(self._line(scope, bytes(asked), answered, at))

        return recorded

    def _line(self, scope: Scope, body: bytes, answered: _Answered, at: float) -> dict[str, Any]:
        headers = Headers(scope=scope)
        query = scope["query_string"].decode("latin-1")
        asked = dict(parse_qsl(query))
        given = headers.get("authorization", "").removeprefix(_BEARER)
        address = f"{unquote(scope['path'])}?{unquote(query)}"
        told = _read(body)
        said = told if isinstance(told, dict) else {}
        reference = str(said.get("reference", ""))
        record = {name: str(said.get(name, "")) for name in ("kind", "stage")}
        return {
            "at": round(at, 3), "until": round(answered.began or time.monotonic(), 3), "method": scope["method"],
            "path": self._without_tokens(scope["path"]),
            "after": asked.get("after", ""), "dry_run": asked.get("dry_run", "").lower() in _YES,
            "desk": next((desk for desk, token in self.tokens.items() if token == given), ""),
            "token_in_address": any(token in address for token in self.tokens.values()),
            "key": headers.get("idempotency-key", ""), **record,
            "reference": reference if reference.startswith(PREFIX) else "",
            "body": digest(body), "status": answered.status if answered.whole else 0,
            "retry_after": answered.retry_after,
            "answer": _kept(_read(bytes(answered.body))),
        }  # fmt: skip

    def _without_tokens(self, path: str) -> str:
        for token in self.tokens.values():
            path = path.replace(token, "TOKEN")
        return path


@dataclass
class _Answered:
    """What is sent back, as it goes.

    Attributes:
        began: when its head was given, by the clock of all lines: who asked may know it from then on, and a busy
            machine comes to the end of it later than he does; 0: not yet.
        whole: nothing of it was cut off.
    """

    began: float = 0.0
    status: int = 0
    whole: bool = False
    retry_after: int = 0
    body: bytearray = field(default_factory=bytearray)

    def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.began, self.status = time.monotonic(), message["status"]
            self.retry_after = _seconds(
                Headers(raw=list(message["headers"])).get("retry-after", "")
            )
        else:
            self.whole = not message.get("more_body")
        self.body.extend(message.get("body", b""))


def _seconds(wait: str) -> int:
    """`Retry-After` (RFC 9110 §10.2.3), a date rounded down."""
    if wait.isdecimal() or not wait:
        return int(wait or 0)
    return max(0, int((parsedate_to_datetime(wait) - datetime.now(UTC)).total_seconds()))


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _kept(value: Any) -> Any:
    """Members of `KEPT` alone, at each depth."""
    if isinstance(value, dict):
        return {name: _kept(told) for name, told in value.items() if name in KEPT}
    return [_kept(told) for told in value] if isinstance(value, list) else value
