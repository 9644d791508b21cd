"""Services are asked all at once: one that hangs, floods or talks nonsense delays nobody."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry

from contracts.errors import UsageError
from services.operate.status import ask
from services.operate.status.ask import KeptBy, kept_by
from services.operate.status.state import service_state
from services.platform.http.health_endpoints import serving
from services.platform.patience import VARIABLE
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from tests.patience import PATIENCE
from tests.services.operate.status.pages import AT
from tests.services.platform.process.test_side_by_side import never_starve
from tests.steps import memory_below

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little time for an answer, and a process that gets on, however busy the machine is."""
    monkeypatch.setenv(VARIABLE, "0.1")
    never_starve(monkeypatch)


@asynccontextmanager
async def served(*handlers: Handler) -> AsyncIterator[dict[str, str]]:
    """A listener for each; their addresses by number."""
    talks = list[asyncio.Task[None]]()

    def begun(handler: Handler) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        return lambda *streams: talks.append(asyncio.create_task(handler(*streams)))

    servers = [await asyncio.start_server(begun(one), "127.0.0.1", 0) for one in handlers]
    try:
        yield {
            str(number): f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            for number, server in enumerate(servers)
        }
    finally:
        for server in servers:
            server.close()
        if talks:
            await asyncio.wait(talks)  # until they have seen the end of their connections


def writes(data: bytes, asked_for: bytes = b"") -> Handler:
    """Who answers a request, in which this must stand, with these bytes and nothing more."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert asked_for in await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    return handler


def _says(body: bytes, *headers: bytes, **more: bytes) -> Handler:
    length = b"Content-Length: %d" % len(body)
    return writes(b"\r\n".join((b"HTTP/1.1 200 OK", *headers, length, b"", body)), **more)


async def _hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def drips(begin: bytes) -> Handler:
    """Who answers so far, and then with a byte now and then: no single read takes long."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(begin)
        deadline = time.monotonic() + PATIENCE
        while not reader.at_eof() and time.monotonic() < deadline:
            writer.write(b"x")
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), 0.05)
        writer.close()

    return handler


@pytest.mark.usefixtures("hurried")
async def test_a_service_that_hangs_or_drips_is_silent_and_delays_nobody() -> None:
    """Asked twice, the look ends."""
    own = serving("127.0.0.1", 0, ServiceHealth(), Metrics("police", CollectorRegistry()))
    dripping = drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    async with served(_hangs, dripping) as addresses, own as port:
        every = {**addresses, "2": f"http://127.0.0.1:{port}"}
        async with asyncio.timeout(PATIENCE):  # a tenth of a second may be too little here
            while (answers := await ask.ask_all(every))[2].why:
                pass

    assert [answer.why for answer in answers] == ["silent", "silent", ""]
    assert service_state(answers[2]).role == "police"


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe", b"a{b 1\n", b"x" * 5_000_000, b"relais_lag NaN\n", b"relais_lag +Inf\n",
        b"relais_audited_timestamp_seconds 1e17\n", b"#\n" * 10_001,
    ],
)  # fmt: skip
async def test_nonsense_is_unreadable_and_not_an_error(body: bytes) -> None:
    """No metrics page, no text, no figures, and more bytes or lines than any page has."""
    async with served(_says(body)) as addresses:
        answer, nobody = await ask.ask_all({**addresses, "police": "http://127.0.0.1:1"})

    assert (answer.why, nobody.why) == ("unreadable", "refused")
    assert not service_state(answer).answers


async def test_what_a_service_has_packed_is_not_unpacked() -> None:
    """A megabyte may be packed to be a gigabyte: nobody asks for it, nobody opens it."""
    packed = gzip.compress(b"\0" * 100_000_000)
    service = _says(packed, b"Content-Encoding: gzip", asked_for=b"identity")

    async with served(service) as addresses:
        with memory_below(20_000_000):
            (answer,) = await ask.ask_all(addresses)

    assert answer.why == "unreadable"


@pytest.mark.parametrize("text", ["", "[1]", '{"targets": []}', "[{}]", '[{"targets": 1}]'])
async def test_another_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    """It says what was expected, and where."""
    file = tmp_path / "targets.json"
    file.write_text(text)

    with pytest.raises(UsageError) as refused:
        ask.read_targets(file)

    assert (refused.value.code, refused.value.place) == ("targets_malformed", str(file))


SIGNED = KeptBy("unknown_convention", "education", "edu-s", 12, AT - 3 * 86_400)
GARBAGE = KeptBy("wrong_content_type", "police", "", 1, AT - 60)
TOLD = orjson.dumps(
    {
        "groups": [
            {"code": row.code, "agency": row.agency, "desk": row.desk, "n": row.number,
            "oldest": row.oldest}
            for row in (SIGNED, GARBAGE)
        ]
    }
)  # fmt: skip


SECRETS = {"civil": bytes(range(32))}
LIES: tuple[dict[str, Any], ...] = (
    {"code": "<b>"}, {"agency": "a b"}, {"desk": 7}, {"n": -1}, {"n": "7"}, {"n": True},
    {"oldest": 10**18}, {"oldest": 1.5},
)  # fmt: skip


async def test_the_auditor_of_a_realm_is_asked_by_its_secret() -> None:
    """Of a realm without one nobody is asked."""
    async with served(_says(TOLD)) as at:
        told = await kept_by({"audit": at["0"]}, SECRETS)

    assert told == {"civil": (SIGNED, GARBAGE)}


def lying(lie: dict[str, Any]) -> Handler:
    """An auditor that says one thing wrongly."""
    group = {"code": "x", "agency": "police", "desk": "", "n": 1, "oldest": AT, **lie}
    return _says(orjson.dumps({"groups": [group]}))


@pytest.mark.parametrize(
    "handler",
    [
        _hangs, *map(_says, (b"{}", b"[", b'{"groups": [1]}', b'{"groups": 1}')),
        *map(lying, LIES),
    ],
)  # fmt: skip
async def test_an_auditor_that_hangs_or_talks_nonsense_is_none(handler: Handler) -> None:
    """Markup, other types, figures that nobody would tell: as one that knows nothing."""
    async with served(handler) as at:
        told = await kept_by({"audit-civil": at["0"]}, SECRETS)

    assert told == {}


async def test_a_service_that_calls_itself_audit_is_shown_no_secret() -> None:
    """It is asked by the name that it has in the home, whatever it says of itself."""
    async with served(_says(TOLD)) as at:
        assert await kept_by({"police": at["0"]}, SECRETS) == {}
