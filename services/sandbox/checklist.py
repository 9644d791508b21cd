"""Ten habits of a good client (`GET /sandbox/checklist`), each with the request that showed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.encoding import digest, rfc3339
from services.platform.process.clock import Clock

HABITS: Final[Mapping[str, str]] = {
    "tries": "asks by `dry_run=true` what would become of a record",
    "key": "sends a record with an Idempotency-Key",
    "again": "sends the same bytes again with the same key, as after a lost answer",
    "decided": "looks up where an event stands, once it is decided",
    "refused": "looks up an event that was refused: `sandbox:refuse=not_informed`",
    "cursor": "reads the inbox on from the cursor of the last answer",
    "waits": "waits for arrivals by `wait=`, and does not ask all the time",
    "past_errors": "reads on past an arrival that has an `error`: `sandbox:corrupt`",
    "acknowledges": "acknowledges an arrival",
    "takes_back": "withdraws an event of its own",
}
_SENDINGS: Final = "/v1/referrals"
_INBOX: Final = "/v1/inbox"


class Checklist:
    """What was seen of the requests of a sandbox: no content, no token.

    Attributes:
        seen: habit -> the request that showed it first.
    """

    def __init__(self, clock: Clock) -> None:
        self.seen: dict[str, dict[str, Any]] = {}
        self._clock = clock
        self._sent: dict[str, str] = {}  # key -> digest of what was sent with it
        self._cursors: dict[str, bool] = {}  # cursor -> whether its page had an error

    def answer(self) -> list[dict[str, Any]]:
        """A row a habit."""
        return [
            {"habit": name, "means": text, "seen": self.seen.get(name)}
            for name, text in HABITS.items()
        ]

    def around(self, app: ASGIApp) -> ASGIApp:
        """An application whose requests are looked at."""

        async def looked_at(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
                await app(scope, receive, send)
                return
            asked, told, status = bytearray(), bytearray(), 0

            async def received() -> Message:
                message = await receive()
                asked.extend(message.get("body", b""))
                return message

            async def sent(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                told.extend(message.get("body", b""))
                await send(message)

            await app(scope, received, sent)
            if status // 100 == 2:
                request = {"method": scope["method"], "path": scope["path"], "status": status}
                for habit in self._shown(scope, bytes(asked), bytes(told)):
                    self.seen.setdefault(habit, {"at": rfc3339(self._clock.now()), **request})

        return looked_at

    def _shown(self, scope: Scope, asked: bytes, told: bytes) -> set[str]:
        """The habits that a request which was granted shows."""
        path, query = scope["path"], QueryParams(scope["query_string"])
        if scope["method"] == "GET":
            if path == _INBOX:
                return self._read(query, orjson.loads(told))
            state = orjson.loads(told).get("state") if path.startswith(f"{_SENDINGS}/") else ""
            return {state} & {"decided", "refused"}
        if path == _SENDINGS:
            return self._published(query, Headers(scope=scope).get("idempotency-key"), asked)
        acts = {"acknowledge": "acknowledges", "withdraw": "takes_back"}
        return {acts[name] for name in acts if path.endswith(f"/{name}")}

    def _read(self, query: QueryParams, page: Mapping[str, Any]) -> set[str]:
        after = query.get("after", "")
        shown = {"cursor"} if after in self._cursors else set()
        shown |= {"past_errors"} if self._cursors.get(after) else set()
        self._cursors[page["cursor"]] = any("error" in item for item in page["items"])
        return shown | ({"waits"} if query.get("wait", "0") != "0" else set())

    def _published(self, query: QueryParams, key: str | None, asked: bytes) -> set[str]:
        if query.get("dry_run", "false") != "false":
            return {"tries"}
        if key is None:
            return set()
        again = self._sent.get(key) == digest(asked)
        self._sent[key] = digest(asked)
        return {"key", "again"} if again else {"key"}
