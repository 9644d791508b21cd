"""Wait for Kafka with a bound, and say why it does not let us in if waiting will not change it.

aiokafka logs why a connection failed and raises that none was possible: a wrong certificate looks
like a broker that is away. Here one question (`ApiVersions`, which needs no right) is asked by
hand.

    what happens                                   refusal
    our certificate is out of its dates            certificate_expired, certificate_not_yet_valid
    the broker's has expired                       kafka_certificate_expired
    … is of another authority or address           kafka_untrusted
    the broker refuses ours                        certificate_refused
    the broker speaks TLS, we do not               kafka_wants_tls
    we speak TLS, the broker does not              kafka_without_tls

Anything else (nobody listens, a connection that ends, silence) may pass: the broker is away.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import struct
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from contracts.encoding import rfc3339
from contracts.errors import RelaisError, UsageError
from services.platform.kafka.connection.connection import ReloadingContext
from services.platform.keys.certificate import Certificate, read_certificate
from services.platform.ports import now, ports
from services.platform.process.exit_codes import UnreachableError

GREET_S: Final = 3.0  # for one address
RENEWED: Final = (
    "a broker's certificate within its dates: renew it (of a development authority: "
    "`relais keys tls broker-N`), start that broker anew; or a clock here that is right"
)
_NUMBER: Final = 0x52454C41  # correlates the answer with the question
_NAME: Final = b"relais"
_QUESTION: Final = (
    struct.pack(">hhih", 18, 0, _NUMBER, len(_NAME)) + _NAME
)  # ApiVersions, version 0
HELLO: Final = struct.pack(">i", len(_QUESTION)) + _QUESTION
ALERT: Final = b"\x15\x03"  # how a TLS server answers what is not TLS
_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL
_ALERTS: Final = re.compile(r"ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE|PROTOCOL)")


@dataclass(frozen=True, slots=True)
class Greeting:
    """How one address answered; neither: nobody is there, for now."""

    answers: bool = False
    refusal: UsageError | None = None


async def greet_all(bootstrap: str, client: Mapping[str, Any]) -> Greeting:
    """Greet the addresses one after the other until one answers.

    Args:
        client: as `client_options` makes it.

    Returns:
        A refusal only if nobody answers and somebody refuses, or if it is our own certificate that
        is out of its dates.
    """
    context, own = client.get("ssl_context"), own_certificate(client)
    if own is not None and (refusal := out_of_dates(own)):
        return Greeting(refusal=refusal)
    refused = Greeting()
    for address in bootstrap.split(","):
        greeting = await _greet(address.strip(), context, own)
        if greeting.answers:
            return greeting
        if greeting.refusal is not None:
            refused = greeting
    return refused


def own_certificate(client: Mapping[str, Any]) -> Certificate | None:
    """The certificate that a client connects with, as it is on disk now."""
    context = client.get("ssl_context")
    if not isinstance(context, ReloadingContext):
        return None
    with suppress(UsageError):  # replaced just now; the context tells whoever connects
        return read_certificate(context.tls.cert)
    return None


def out_of_dates(own: Certificate) -> UsageError | None:
    """What is wrong with the dates of our own certificate, by the machine's clock."""
    at = now()
    who = f"`{own.principal}`, serial {own.serial}"
    if at >= own.not_after:
        got = f"{who}, valid until {rfc3339(own.not_after)}"
        renewed = f"`relais keys tls {own.principal}`"
        expected = f"a renewed one (of a development authority: {renewed})"
        return UsageError("certificate_expired", got, expected, own.place)
    if at < own.not_before:
        got = f"{who}, valid from {rfc3339(own.not_before)}"
        return UsageError("certificate_not_yet_valid", got, "a clock that is right", own.place)
    return None


async def _greet(address: str, context: ssl.SSLContext | None, own: Certificate | None) -> Greeting:
    answer, refusal = b"", None
    try:
        answer = await _asked(address, context)
    except ssl.SSLCertVerificationError as error:
        refusal = _broker_refused(error, address)
    except ssl.SSLError as error:
        if _ALERTS.search(error.reason or ""):
            refusal = _refused(address, own, error.reason or "")
    except (OSError, ValueError, TimeoutError):
        answer = b""
    if context is None and answer.startswith(ALERT):
        expected = "RELAIS_TLS_CA, RELAIS_TLS_CERT and RELAIS_TLS_KEY (or --tls-ca …)"
        refusal = UsageError("kafka_wants_tls", "no certificate", expected, address)
    if context is not None and not answer and refusal is None:
        refusal = await _perhaps_plain(address)
    return Greeting(_is_answer(answer), refusal)


async def _perhaps_plain(address: str) -> UsageError | None:
    """A plaintext broker ends a TLS connection without a word, as one that just stops does."""
    with suppress(OSError, ValueError, TimeoutError):
        if _is_answer(await _asked(address, None)):
            expected = "its TLS port, or none of RELAIS_TLS_CA, RELAIS_TLS_CERT, RELAIS_TLS_KEY"
            return UsageError("kafka_without_tls", "plaintext", expected, address)
    return None


async def _asked(address: str, context: ssl.SSLContext | None) -> bytes:
    """The first bytes that an address answers; none if it ends the connection."""
    host, _, port = address.rpartition(":")
    async with asyncio.timeout(GREET_S):
        reader, writer = await ports().connect(host.strip("[]"), int(port), ssl=context)
        try:
            writer.write(HELLO)
            return await reader.readexactly(8)
        except asyncio.IncompleteReadError as ended:
            return ended.partial
        finally:
            writer.transport.abort()  # TLS would wait for the broker's goodbye
            await asyncio.sleep(0)


def _is_answer(answer: bytes) -> bool:
    return len(answer) == 8 and struct.unpack(">i", answer[4:])[0] == _NUMBER


def _broker_refused(error: ssl.SSLCertVerificationError, address: str) -> UsageError:
    """Why we do not take the broker for one."""
    if error.verify_code == _EXPIRED:
        return UsageError("kafka_certificate_expired", error.verify_message, RENEWED, address)
    expected = "a broker's certificate, valid now, by an authority in RELAIS_TLS_CA (--tls-ca)"
    return UsageError("kafka_untrusted", error.verify_message, expected, address)


def _refused(address: str, own: Certificate | None, alert: str) -> UsageError:
    """The broker does not take our certificate: it says little about why."""
    alert = alert.lower()
    got = f"a connection without a certificate refused ({alert})"
    if own:
        got = f"`{own.principal}` of `{own.issuer}` refused ({alert})"
    expected = "a certificate of an authority that the brokers trust, within its dates"
    return UsageError("certificate_refused", got, expected, address)


FINISH_S: Final = 10.0  # a slow broker's answer to the first question about topics


async def connected(start: Coroutine[Any, Any, Any]) -> None:
    """Await a client's `start()` or `bootstrap()`.

    Cancelled while it waits for that answer, aiokafka leaves its connection open and forgets it: so
    it may finish first. Whoever starts closes the client then.
    """
    starting = asyncio.ensure_future(start)
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        try:
            await asyncio.wait([starting], timeout=FINISH_S)
        finally:  # cancelled once more, by who does not wait so long: it goes on behind nobody
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        raise


WAIT_SECONDS: Final = 25.0  # for anything Kafka is asked; longer than a broker's restart
PAUSE_S: Final = 0.2  # between two looks for Kafka
REFUSALS: Final = 2  # in a row before we believe them
EXPLAIN_S: Final = 5.0  # to find out why a client did not connect


async def wait_for_kafka(bootstrap: str, limit_s: float = 60, **client: Any) -> None:
    """Return once a broker answers with metadata.

    Args:
        bootstrap: `host:port`, several separated by commas.
        limit_s: seconds after which to give up.
        client: further options of aiokafka's client (security).

    Raises:
        UsageError: a broker is there, and will not let us in however long we wait.
        UnreachableError: `kafka_unreachable`.
    """
    refusals = 0
    try:
        async with asyncio.timeout(limit_s):
            while True:
                greeting = await greet_all(bootstrap, client)
                if greeting.answers and await _answers(bootstrap, client):
                    return
                refusals = refusals + 1 if greeting.refusal else 0
                if greeting.refusal and refusals == REFUSALS:
                    raise greeting.refusal
                await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        got = f"no answer from {bootstrap} within {limit_s:g} s"
        raise UnreachableError("kafka_unreachable", got, "a broker") from None


async def unreachable(
    bootstrap: str, client: Mapping[str, Any], error: BaseException
) -> RelaisError:
    """Why a client could not connect: a refusal that waiting does not change, or Kafka is away."""
    with suppress(TimeoutError):
        async with asyncio.timeout(EXPLAIN_S):
            if refusal := (await greet_all(bootstrap, client)).refusal:
                return refusal
    got = type(error).__name__
    return UnreachableError("kafka_unreachable", got, "a broker; `relais up`")


async def _answers(bootstrap: str, client_options: Mapping[str, Any]) -> bool:
    from aiokafka.errors import KafkaError

    from services.platform.kafka.connection.clients import clients

    client = clients().client(
        bootstrap_servers=bootstrap, request_timeout_ms=2000, **client_options
    )
    try:
        await connected(client.bootstrap())
    except (KafkaError, OSError):
        return False
    else:
        return True
    finally:
        await client.close()
