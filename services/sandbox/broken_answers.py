"""Answers that do not come as they should: cut off, reset, held back, or a proxy's own in their stead."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.texts import Catalogue, Text

_ = Catalogue(__name__)

SLOW_S: Final = 3.0
SILENT_S: Final = 60.0  # by then a caller has given up
PIECES: Final = 6
AGAIN_S: Final = 2
ELSEWHERE: Final = "/sign-in"  # where a proxy leads to
_PAGE: Final = b"<!doctype html><title>Proxy</title><p>The proxy has something to say."
_LINGER: Final = struct.pack("ii", 1, 0)  # a reset, where an end would be polite

Answering = Callable[[Send, asyncio.Transport, Sequence[Message]], Awaitable[None]]


class BrokenAnswer(NamedTuple):
    """How an answer fails.

    Attributes:
        taken: whether the service has done what it was asked, all the same.
    """

    meaning: Text
    taken: bool
    answering: Answering


@dataclass
class _InHand:
    """What befalls the request in hand: set before its answer begins."""

    fault: str = ""


_IN_HAND: Final[ContextVar[_InHand]] = ContextVar("_IN_HAND")


def befall(fault: str) -> None:
    """Let the request in hand be answered so."""
    _IN_HAND.get().fault = fault


class ConnectedProtocol(H11Protocol):
    """HTTP whose requests know their connection."""

    def connection_made(self, transport: Any) -> None:
        """Keep it in the state that each request is given."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


@dataclass
class BrokenAnswers:
    """Middleware that breaks what a request asks for, or what the first requests of a path meet.

    Attributes:
        first: last piece of a path -> what befalls the first requests there, one after the other; readings without
            a cursor are left alone.
    """

    first: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _met: dict[str, int] = field(default_factory=dict)

    def around(self, app: ASGIApp) -> ASGIApp:
        """An application whose answers may break."""

        async def broken(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            asked, kept = _InHand(self._next(scope)), list[Message]()
            _IN_HAND.set(asked)

            async def sent(message: Message) -> None:
                if not asked.fault:
                    await send(message)
                    return
                kept.append(message)
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    await ANSWERS[asked.fault].answering(send, _connection(scope), kept)

            await app(scope, receive, sent)

        return broken

    def _next(self, scope: Scope) -> str:
        name = scope["path"].rpartition("/")[2]
        faults = self.first.get(name, ())
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["method"] == "GET" and not query.get("after"):
            return ""
        met = self._met.get(name, 0)
        self._met[name] = met + 1
        return faults[met] if met < len(faults) else ""


def _connection(scope: Scope) -> asyncio.Transport:
    return cast("asyncio.Transport", scope["state"]["transport"])


async def _cut(send: Send, connection: asyncio.Transport, kept: Sequence[Message]) -> None:
    """Half of it, and the end."""
    body = _body(kept)
    await send(kept[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await _ended(connection)


async def _reset(_send: Send, connection: asyncio.Transport, _kept: Sequence[Message]) -> None:
    """Nothing of it."""
    peer: socket.socket = connection.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    connection.abort()
    await asyncio.sleep(0)  # until the server knows


async def _silent(_send: Send, connection: asyncio.Transport, _kept: Sequence[Message]) -> None:
    """Nothing, on a connection that stands."""
    for _tenth in range(int(SILENT_S * 10)):
        if connection.is_closing():
            return
        await asyncio.sleep(0.1)
    await _ended(connection)


async def _slow(send: Send, connection: asyncio.Transport, kept: Sequence[Message]) -> None:
    """Piece by piece, as long as somebody listens."""
    body = _body(kept)
    step = len(body) // PIECES + 1
    await send(kept[0])
    for place in range(0, len(body), step):
        await asyncio.sleep(SLOW_S / PIECES)
        if connection.is_closing():
            return
        piece = {"type": "http.response.body", "body": body[place : place + step]}
        await send({**piece, "more_body": True})
    await send({"type": "http.response.body"})


async def _ended(connection: asyncio.Transport) -> None:
    connection.close()
    await asyncio.sleep(0)


def _body(kept: Sequence[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in kept)


def _proxy(status: int, **headers: Callable[[], str]) -> Answering:
    """A page of a proxy's own."""

    async def answered(send: Send, _connection: Any, _kept: Sequence[Message]) -> None:
        told = {name.replace("_", "-"): value() for name, value in headers.items()}
        told |= {"content-type": "text/html", "content-length": str(len(_PAGE))}
        raw = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": _PAGE})

    return answered


def _later_by_date() -> str:
    """RFC 9110 §10.2.3 has a date beside seconds."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=AGAIN_S + 1), usegmt=True)


ANSWERS: Final[Mapping[str, BrokenAnswer]] = {
    "cut": BrokenAnswer(_("taken; the answer breaks off in the middle"), True, _cut),
    "reset": BrokenAnswer(_("taken; the connection is reset before an answer"), True, _reset),
    "lost": BrokenAnswer(_("not taken; the connection is reset before an answer"), False, _reset),
    "silent": BrokenAnswer(_("taken; the connection stands, and nothing comes"), True, _silent),
    "slow": BrokenAnswer(_("taken; the answer comes in pieces, over three seconds"), True, _slow),
    "bad_gateway": BrokenAnswer(_("not taken; a proxy answers 502 with a page"), False, _proxy(502)),
    "gateway_timeout": BrokenAnswer(_("taken; a proxy answers 504 with a page"), True, _proxy(504)),
    "proxy_busy": BrokenAnswer(
        _("not taken; a proxy answers 503 with a page, and `Retry-After` as a date"), False,
        _proxy(503, retry_after=_later_by_date),
    ),
    "proxy_limit": BrokenAnswer(
        _("not taken; a proxy answers 429 with a page, and `Retry-After`"), False,
        _proxy(429, retry_after=lambda: str(AGAIN_S)),
    ),
    "proxy_page": BrokenAnswer(_("not taken; a proxy answers 200 with a page"), False, _proxy(200)),
    "redirect": BrokenAnswer(
        _("not taken; a proxy leads elsewhere, by 307"), False,
        _proxy(307, location=lambda: ELSEWHERE),
    ),
}  # fmt: skip
