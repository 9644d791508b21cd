"""Certificates of a connection as they are now; why a broker is not taken for one."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from contracts.errors import UsageError
from services.platform.kafka.connection import wait
from services.platform.kafka.connection.certificate_watch import certificate_watched
from services.platform.kafka.connection.connection import Tls, client_options, context_of, tls_of
from services.platform.kafka.connection.wait import greet_all
from services.platform.kafka.reading import log_reader
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.certificate import read_certificate
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.play.certificates import ca
from tests.patience import PATIENCE

Seen = Callable[[], Awaitable[int]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An authority, a broker's certificate and education's."""
    ca.ensure_ca(tmp_path)
    ca.ensure_certificate(tmp_path, "broker-1")
    ca.ensure_certificate(tmp_path, "education")
    return tmp_path


async def _tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each line of a client with the serial number of the certificate that it showed."""
    while await reader.readline():
        shown: Any = writer.get_extra_info("peercert")
        writer.write(shown["serialNumber"].encode() + b"\n")
    writer.close()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[int]:
    """The port of a TLS server that asks for certificates, as a broker does."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "ca.pem")
    context.load_cert_chain(folder / "broker-1.pem", folder / "broker-1.key")
    listening = await asyncio.start_server(_tell, "127.0.0.1", 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


@asynccontextmanager
async def connected(port: int, context: ssl.SSLContext) -> AsyncIterator[Seen]:
    """A new connection, as aiokafka makes it: asks for the serial number that the server saw."""
    reader, writer = await asyncio.open_connection("localhost", port, ssl=context)

    async def seen() -> int:
        writer.write(b"?\n")
        return int(await reader.readline(), 16)

    yield seen
    writer.close()
    await writer.wait_closed()


def serial(tls: Tls) -> int:
    """Of the certificate in the file."""
    return int(read_certificate(tls.cert).serial, 16)


async def test_a_renewed_certificate_is_used_by_the_next_connection(folder: Path) -> None:
    """The open connection goes on with the old one; nothing else needs to be told."""
    tls = tls_of(folder, "education")
    context, old = client_options(tls)["ssl_context"], serial(tls)
    async with serving(folder) as port, connected(port, context) as first:
        assert await first() == old

        ca.renew(folder, "education")

        async with connected(port, context) as second:
            assert await second() == serial(tls) != old
        assert await first() == old


def other_authority(folder: Path) -> None:
    """The one that signed the broker's certificate is taken out."""
    (folder / "ca.pem").unlink()
    (folder / "ca.key").unlink()
    ca.ensure_ca(folder)


def other_host(folder: Path) -> None:
    """A broker's certificate is good for the places that it names."""
    ca.renew(folder, "broker-1", hosts=("kafka-1",))


def agencys(folder: Path) -> None:
    """Whoever stole an agency's key stands where a broker stood."""
    for end in ("pem", "key"):
        (folder / f"broker-1.{end}").write_bytes((folder / f"education.{end}").read_bytes())


@pytest.mark.parametrize("change", [other_authority, other_host, agencys])
async def test_who_is_no_broker_of_our_authority_at_that_host_is_trusted_no_more(
    folder: Path, change: Callable[[Path], None]
) -> None:
    """The context is made anew: what was loaded before does not linger."""
    context = client_options(tls_of(folder, "education"))["ssl_context"]
    async with serving(folder) as port, connected(port, context):
        pass

    change(folder)

    async with serving(folder) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await connected(port, context).__aenter__()


def test_old_versions_of_tls_are_not_spoken(folder: Path) -> None:
    """TLS 1.2 is the least, and names are checked, after a renewal as before."""
    context = context_of(tls_of(folder, "education"))
    for _ in range(2):
        used = context._now
        assert used.minimum_version is ssl.TLSVersion.TLSv1_2
        assert used.verify_mode is ssl.CERT_REQUIRED
        assert used.check_hostname

        ca.renew(folder, "education")
        assert context.refresh()
        assert context._now is not used


def test_wrong_files_are_named(folder: Path) -> None:
    """Missing, open to others, malformed, locked, another's: each says file and remedy."""
    good = tls_of(folder, "education")
    odd, open_ = folder / "odd.pem", folder / "open.key"
    odd.write_text("not PEM")
    odd.chmod(0o600)
    open_.write_bytes(good.key.read_bytes())
    open_.chmod(0o644)
    other, locked = ca.ensure_certificate(folder, "police").key, folder / "locked.key"
    locked.write_bytes(
        ca.new_key().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
        )
    )
    locked.chmod(0o600)  # OpenSSL would ask the terminal for its passphrase, and wait for ever
    for tls, code in (
        (Tls(folder / "none.pem", good.cert, good.key), r"tls_file_missing at .*none\.pem"),
        (Tls(odd, good.cert, good.key), r"tls_file_malformed at .*odd\.pem"),
        (Tls(good.ca, odd, good.key), r"tls_file_malformed at .*odd\.pem"),
        (Tls(good.ca, good.cert, odd), r"tls_file_malformed at .*odd\.pem"),
        (Tls(good.ca, good.cert, locked), r"tls_file_malformed.*unencrypted key"),
        (Tls(good.ca, good.cert, open_), r"key_file_too_open at .*open\.key"),
        (Tls(good.ca, good.cert, other), r"tls_key_differs at .*police\.key"),
    ):
        with pytest.raises(UsageError, match=code):
            client_options(tls)


LOOK_S = 0.01
NAME = "relais_tls_expires_timestamp_seconds"


async def test_the_metric_is_the_end_of_the_certificate_in_use(folder: Path) -> None:
    """Ours and the authority's; after a renewal the new ones, without a restart."""
    tls, metrics = tls_of(folder, "education"), Metrics("education")

    async with certificate_watched(client_options(tls), metrics, ServiceHealth(), LOOK_S):
        await asyncio.sleep(5 * LOOK_S)
    before = metrics.registry.get_sample_value(NAME, {"kind": "own"})
    assert before == read_certificate(tls.cert).not_after
    assert metrics.registry.get_sample_value(NAME, {"kind": "authority"}) > before  # type: ignore[operator]

    ca.renew(folder, "education", days=200)

    assert metrics.registry.get_sample_value(NAME, {"kind": "own"}) > before  # type: ignore[operator]


async def test_a_certificate_that_ends_soon_is_told_until_it_is_renewed(folder: Path) -> None:
    """Ten days before the end, by readiness; Kafka still lets the service in."""
    ca.renew(folder, "education", days=10)
    tls, health = tls_of(folder, "education"), ServiceHealth()

    async with certificate_watched(client_options(tls), Metrics("education"), health, LOOK_S):
        await asyncio.sleep(5 * LOOK_S)
        warned, ready = health.report()["warnings"], health.ready()
        ca.renew(folder, "education")
        await asyncio.sleep(5 * LOOK_S)

    assert (warned, ready) == (["certificate_expires"], True)
    assert health.report()["warnings"] == []


@pytest.mark.parametrize(
    ("begins", "code", "to_do"),
    [
        (timedelta(days=-3), "kafka_certificate_expired", "relais keys tls broker-N"),
        (timedelta(days=3), "kafka_untrusted", "valid now"),
    ],
)
async def test_a_broker_whose_certificate_is_out_of_its_dates_is_told_with_what_mends_it(
    folder: Path, begins: timedelta, code: str, to_do: str
) -> None:
    """It reads its certificate when it starts: a new file alone changes nothing."""
    ca.renew(folder, "broker-1", days=1, start=datetime.now(UTC) + begins)
    client = client_options(tls_of(folder, "education"))

    async with serving(folder) as port:
        greeting = await greet_all(f"localhost:{port}", client)

    assert greeting.refusal is not None
    assert greeting.refusal.code == code
    assert to_do in greeting.refusal.expected
    if code == "kafka_certificate_expired":
        assert "start that broker anew" in greeting.refusal.expected


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a broker that takes the connection and says nothing."""
    monkeypatch.setattr(wait, "FINISH_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    gc.collect()  # an unclosed consumer warns, and warnings are errors here


async def test_a_start_that_is_cancelled_leaves_no_consumer_behind(silent: str) -> None:
    """The service is stopped while the broker is silent."""
    starting = asyncio.ensure_future(LogReader(silent).start())
    await asyncio.sleep(0.2)
    starting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await starting


async def test_one_value_is_not_waited_for_as_long_as_a_start_may_take(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for an old directory stands still meanwhile, and so does its whole service."""
    monkeypatch.setattr(log_reader, "VALUE_SECONDS", 0.02)

    with pytest.raises(UnreachableError) as away:
        LogReader(silent, wait=PATIENCE).value(TopicPartition("a topic", 0), 0)

    assert (away.value.code, away.value.expected) == ("kafka_unreachable", "a record")


async def test_a_start_that_is_cancelled_twice_goes_on_behind_nobody() -> None:
    """Who stops it does not wait ten seconds: it would connect after its client was closed."""
    ended = asyncio.Event()

    async def start() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    starting = asyncio.ensure_future(wait.connected(start()))
    for _time in range(2):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        starting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await starting
    assert ended.is_set()
