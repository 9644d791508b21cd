"""One try: it goes where it was checked to go, and nothing that a receiver says leads on."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contracts.vocabulary.principals import broker
from services.agency.webhooks import post as posting
from services.agency.webhooks.post import Posted, Poster, PostResult
from services.platform.http.receiver import Receiver
from services.play.certificates import ca
from tests.patience import PATIENCE
from tests.services.agency.webhooks.receiving import HERE, LocalReceiver, receiving


@dataclass
class Names:
    """A name server that says something else each time."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0)


@pytest.fixture
async def local() -> AsyncIterator[LocalReceiver]:
    """A receiver on this machine."""
    async with receiving() as receiver:
        yield receiver


def named(host: str, local: LocalReceiver, *networks: str) -> Receiver:
    """The receiver under a name."""
    url = f"http://{host}:{local.port}/hook"
    return Receiver.model_validate({"url": url, "networks": networks or HERE})


async def tried(receiver: Receiver, names: Names | None = None) -> Posted:
    """One try."""
    poster = Poster(names) if names else Poster()
    posted = await poster(receiver, {"webhook-id": "a"}, b"{}")
    await poster.close()
    return posted


async def test_name_servers_that_hang_hold_no_thread_that_others_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With as many of them as there are threads, other work in threads is done all the same."""
    over, asked = threading.Event(), threading.Semaphore(0)

    def hanging(*_given: object, **_more: object) -> list[object]:
        asked.release()
        over.wait(PATIENCE)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    tries = [asyncio.create_task(posting.resolved("hook.example", 443)) for _ in range(8)]
    await asyncio.sleep(0)
    try:
        assert await asyncio.to_thread(asked.acquire, timeout=PATIENCE / 2)
    finally:
        over.set()
        await asyncio.gather(*tries)


async def test_a_name_is_resolved_once_a_try_and_connected_to_as_checked(
    local: LocalReceiver,
) -> None:
    """DNS rebinding: no second answer is asked for, and that of the next try is checked anew."""
    names = Names([["127.0.0.1"], ["10.0.0.1"]])

    results = [await tried(named("hook.example", local), names) for _ in range(2)]

    assert results == [Posted(PostResult.TAKEN, status=204), Posted(PostResult.FORBIDDEN)]
    assert names.asked == ["hook.example"] * 2
    (came,) = local.came
    assert came.headers["host"] == f"hook.example:{local.port}"


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("hook.example", ["127.0.0.1"]), ("hook.example", ["10.9.9.9", "127.0.0.1"]),
        ("hook.example", []),
        ("2130706433", None), ("127.1", None), ("0x7f.1", None), ("[::ffff:127.0.0.1]", None),
        ("localhost", None),
    ],
)  # fmt: skip
async def test_a_name_that_leads_elsewhere_is_not_followed(
    host: str, answer: list[str] | None, local: LocalReceiver
) -> None:
    """By one address of several; the resolver reads decimal and short forms: its answer counts."""
    names = None if answer is None else Names([answer])
    result = await tried(named(host, local, "10.9.9.0/24"), names)

    assert result == Posted(PostResult.FORBIDDEN)
    assert local.came == []


async def test_no_cookie_and_no_proxy(
    local: LocalReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve by itself."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    local.answer = lambda _: "204 Fine\r\nSet-Cookie: a=b"
    poster = Poster()

    results = [(await poster(local.receiver, {}, b"{}")).result for _ in range(2)]
    await poster.close()

    assert results == [PostResult.TAKEN] * 2
    assert "cookie" not in local.came[1].headers


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, "taken"), (299, "taken"), (307, "refused"), (500, "refused"), (429, "away"),
        (502, "away"), (504, "away"), (410, "gone"),
    ],
)  # fmt: skip
async def test_what_a_status_means(status: int, result: str, local: LocalReceiver) -> None:
    """As the standard has it."""
    local.answer = lambda _: f"{status} So"

    assert (await tried(local.receiver))[0] == result


async def test_how_long_a_receiver_asks_to_wait(local: LocalReceiver) -> None:
    """Seconds, or nothing that anybody reads."""
    waits = []
    for text in ("120", "soon", "-3"):
        local.answer = lambda _, text=text: f"503 No\r\nRetry-After: {text}"  # type: ignore[misc]
        waits.append((await tried(local.receiver))[1])

    assert waits == [120, 0, 0]


async def test_a_receiver_that_says_nothing_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens; somebody takes and never answers; somebody sends a head without end."""
    monkeypatch.setattr(posting, "ANSWER_S", 0.3)

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):  # its time may be over before it asks
            await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    silent = Receiver.model_validate({"url": f"http://127.0.0.1:{port}", "networks": HERE})
    nobody = Receiver.model_validate({"url": "http://127.0.0.1:1", "networks": HERE})
    async with server:
        results = [await tried(silent), await tried(nobody)]

    assert results == [Posted(PostResult.AWAY)] * 2


async def test_a_certificate_has_to_be_of_the_name(tmp_path: Path) -> None:
    """Though the connection goes to an address: the name's certificate is required."""
    authority = ca.ensure_ca(tmp_path)
    own = ca.renew(tmp_path, broker(0), hosts=("hook.example",))
    serving, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    serving.load_cert_chain(own.cert, own.key)
    trust.load_verify_locations(authority)
    poster = Poster(Names([["127.0.0.1"]] * 2), trust)
    results = []
    async with receiving(serving) as local:
        for host in ("hook.example", "other.example"):
            url = f"https://{host}:{local.port}/"
            receiver = Receiver.model_validate({"url": url, "networks": HERE})
            results.append((await poster(receiver, {}, b"{}")).result)
    await poster.close()

    assert results == [PostResult.TAKEN, PostResult.AWAY]
    assert len(local.came) == 1
