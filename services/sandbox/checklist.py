"""Ten habits of a good client (`GET /sandbox/checklist`), each with the request that showed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.encoding import rfc3339
from services.platform.process.clock import Clock

HABITS: Final[Mapping[str, str]] = {
    "tries": "asks by `dry_run=true` what would become of a record",
    "key": "sends a record with an Idempotency-Key",
    "again": "sends the same record again with the same key, as after a lost answer",
    "decided": "looks up where an event stands, once it is decided",
    "refused": "looks up an event that was refused: `sandbox:refuse=not_informed`",
    "cursor": "reads the inbox on from the cursor of the last answer",
    "waits": "waits for arrivals by `wait=`, and does not ask all the time",
    "past_errors": "reads on past an arrival that has an `error`: `sandbox:corrupt`",
    "acknowledges": "acknowledges an arrival by a stage of its `asks.acknowledge`",
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
        self._sent: set[tuple[str, ...]] = set()  # a key, and the events that were sent with it
        self._cursors: dict[str, bool] = {}  # cursor -> whether its page had an error

    def answer(self) -> list[dict[str, Any]]:
        """A row a habit."""
        return [
            {"habit": name, "means": text, "seen": self.seen.get(name)}
            for name, text in HABITS.items()
        ]

    def around(self, app: ASGIApp) -> ASGIApp:
        """An application whose granted requests are looked at."""

        async def looked_at(scope: Scope, receive: Receive, send: Send) -> None:
            status, told = 0, bytearray()

            async def sent(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                told.extend(message.get("body", b""))
                await send(message)

            await app(scope, receive, sent)
            if scope["type"] == "http" and scope["path"].startswith("/v1/") and status // 100 == 2:
                request = {"method": scope["method"], "path": scope["path"], "status": status}
                for habit in self._shown(Request(scope), orjson.loads(told or b"{}")):
                    self.seen.setdefault(habit, {"at": rfc3339(self._clock.now()), **request})

        return looked_at

    def _shown(self, request: Request, told: Mapping[str, Any]) -> set[str]:
        """The habits that a request which was granted shows."""
        path = request.url.path
        if request.method == "GET":
            return self._read(request, told) if path == _INBOX else _looked_up(path, told)
        if path == _SENDINGS:
            return self._published(request, told)
        if path.endswith("/acknowledge"):  # a stage that nobody asked for is taken with a warning
            return set() if told["warnings"] else {"acknowledges"}
        return {"takes_back"} if path.endswith("/withdraw") else set()

    def _read(self, request: Request, page: Mapping[str, Any]) -> set[str]:
        after = request.query_params.get("after", "")
        shown = {"cursor"} if after in self._cursors else set()
        shown |= {"past_errors"} if self._cursors.get(after) else set()
        self._cursors[page["cursor"]] = any("error" in item for item in page["items"])
        return shown | ({"waits"} if float(request.query_params.get("wait", 0)) >= 1 else set())

    def _published(self, request: Request, told: Mapping[str, Any]) -> set[str]:
        key = request.headers.get("idempotency-key")
        if told["dry_run"]:
            return {"tries"}
        if key is None:
            return set()
        sending = key, *told.get("events", ())
        again = sending in self._sent
        self._sent.add(sending)
        return {"key", "again"} if again else {"key"}


def _looked_up(path: str, told: Mapping[str, Any]) -> set[str]:
    return {told.get("state", "")} & {"decided", "refused"} if path.startswith(_SENDINGS) else set()
