"""How a service reaches Kafka: mutual TLS from three files, or plaintext where no files are named.

1. Only paths are settings. Nothing of a key is kept by us: OpenSSL reads the files.
2. TLS 1.2 or newer; the broker's certificate must be of our CA and name the host we asked for.
3. The files are looked at when a connection is made. If one was replaced, the new connection and
   all later ones use the new files alone: a CA that was taken out is trusted no more. Connections
   that are open go on as they are.
4. Files that do not fit together (a certificate was written, its key not yet) change nothing: the
   last ones that did stay in use, and the next connection looks again.
5. Brokers read their own certificates only when they start, so what each one showed last is kept.
6. Who closes says so and waits for no answer: a frozen broker holds nobody up for the half minute
   that asyncio would give it. What a socket still holds for such a broker, it holds until that one
   lives or dies.
"""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Self, cast

import structlog

from contracts.errors import UsageError
from contracts.vocabulary.principals import is_broker
from services.platform.keys.certificate import Certificate, latest_end, read_certificate
from services.platform.keys.private_files import read_private
from services.platform.process.os_errors import why

log = structlog.get_logger("relais.tls")


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of one principal, all PEM.

    Attributes:
        ca: certificates of those who may have signed the broker's.
        cert: our own certificate, then any between it and the CA.
        key: its private key, unencrypted, readable by its owner alone.
    """

    ca: Path
    cert: Path
    key: Path


def client_options(tls: Tls | None) -> dict[str, Any]:
    """What every aiokafka client is made with: nothing, or TLS.

    Raises:
        UsageError: a file is missing, malformed or open to others, or key and certificate differ.
    """
    if tls is None:
        return {}
    return {"security_protocol": "SSL", "ssl_context": context_of(tls)}


@cache
def context_of(tls: Tls) -> ReloadingContext:
    """The one context of these files in this process.

    Raises:
        UsageError: as `client_options`.
    """
    return ReloadingContext(tls)


class Connection(ssl.SSLObject):
    """A TLS connection that tells whose certificate it was shown, and ends without an answer.

    Nothing of ours is lost by that: every request was answered before its client closes.

    Attributes:
        shown: what to do with the broker's certificate, as `getpeercert` gives it.
    """

    shown: Callable[[dict[str, Any]], None]

    def do_handshake(self) -> None:
        """Shake hands; the certificate was verified when this returns."""
        super().do_handshake()
        self.shown(self.getpeercert() or {})

    def unwrap(self) -> None:
        """Send our close_notify (RFC 8446, 6.1); the broker's is not waited for."""
        with suppress(ssl.SSLWantReadError):
            super().unwrap()


Stamp = tuple[tuple[int, ...], ...]


class ReloadingContext(ssl.SSLContext):
    """A client's context whose connections each use the files as they are at that moment.

    asyncio asks it for `wrap_bio` once a connection. Behind it stands a plain context that is made
    anew when a file changes: one into which new files were loaded would still trust the old CA.

    Attributes:
        own: the certificate that connections show now.
        authority_until: when the last of the trusted authorities expires, seconds.
        brokers_until: a broker -> when the certificate that it showed last expires, seconds. One
            named as ours are (`broker-3`) is itself wherever it is met; names of another authority
            may be shared by all its brokers, so those are told apart by (host, name).
    """

    tls: Tls
    own: Certificate
    authority_until: int
    brokers_until: dict[tuple[str, str], float]
    _now: ssl.SSLContext
    _stamp: Stamp
    _refused: Stamp  # files that do not fit together, which was told

    def __new__(cls, tls: Tls) -> Self:
        """SSLContext sets itself up here; ours has no use of its own but for its type."""
        self = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        self.tls = tls
        return self

    def __init__(self, tls: Tls) -> None:
        self._lock = threading.Lock()
        self._refused = ()
        self.brokers_until = {}
        self._take(_stamp(tls))

    def refresh(self) -> bool:
        """Take files that were replaced, if they fit together; whether there were any."""
        with self._lock:
            return self._refresh()

    def _refresh(self) -> bool:
        stamp: Stamp = ()
        try:
            stamp = _stamp(self.tls)
            if stamp in {self._stamp, self._refused}:
                return False
            self._take(stamp)
        except UsageError as error:
            self._refused = stamp
            log.warning("certificate not reloaded", code=error.code, place=error.place)
            return False
        log.info("certificate reloaded", principal=self.own.principal, serial=self.own.serial)
        return True

    def _take(self, stamp: Stamp) -> None:
        """All of the files or nothing."""
        made, own = _loaded(self.tls), read_certificate(self.tls.cert)
        until = latest_end(self.tls.ca)
        self._now, self.own, self.authority_until, self._stamp = made, own, until, stamp

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """A TLS connection over memory, as asyncio makes them."""
        self.refresh()
        made = cast("Connection", self._now.wrap_bio(*args, **kwargs))
        made.shown = partial(self._shown, str(made.server_hostname))
        return made

    def _shown(self, host: str, certificate: dict[str, Any]) -> None:
        names = [
            value for row in certificate["subject"] for key, value in row if key == "commonName"
        ]
        name = names[-1] if names else ""
        where = "" if is_broker(name) else host
        self.brokers_until[where, name] = ssl.cert_time_to_seconds(certificate["notAfter"])


def _stamp(tls: Tls) -> Stamp:
    """What changes when a file is replaced, whatever its new date says."""
    stamps = []
    for path in (tls.ca, tls.cert, tls.key):
        try:
            stat = path.stat()
        except OSError as error:
            raise _missing(path, error) from None
        stamps.append((stat.st_ino, stat.st_ctime_ns, stat.st_mtime_ns, stat.st_size))
    return tuple(stamps)


def _loaded(tls: Tls) -> ssl.SSLContext:
    read_private(tls.key)
    read_certificate(tls.cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies, host name too
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslobject_class = Connection
    try:
        context.load_verify_locations(tls.ca)
    except OSError as error:  # ssl.SSLError is one
        raise _malformed(tls.ca, error, "certificates in PEM") from None
    try:
        context.load_cert_chain(tls.cert, tls.key, password=_no_password)
    except OSError as error:
        if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            got, expected = "another key", f"the key of {tls.cert}"
            raise UsageError("tls_key_differs", got, expected, str(tls.key)) from None
        raise _malformed(tls.key, error, "an unencrypted key in PEM") from None
    return context


def _no_password() -> str:
    """OpenSSL would ask the terminal for one, and wait."""
    return ""


def _missing(path: Path, error: OSError) -> UsageError:
    return UsageError("tls_file_missing", why(error), "a file in PEM", str(path))


def _malformed(path: Path, error: OSError, expected: str) -> UsageError:
    if not isinstance(error, ssl.SSLError):
        return _missing(path, error)
    return UsageError("tls_file_malformed", error.reason or "another content", expected, str(path))


_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")  # a file name and a CN, never a path


def files_of(folder: Path, principal: str) -> Tls:
    """Where a principal's files lie, whether they exist or not.

    Raises:
        UsageError: `principal_malformed`.
    """
    if not _NAME.match(principal) or principal == "ca":
        expected = "lower case letters, digits, _ and -"
        raise UsageError("principal_malformed", "another form", expected)
    return Tls(folder / "ca.pem", folder / f"{principal}.pem", folder / f"{principal}.key")


def tls_of(folder: Path, principal: str) -> Tls:
    """A principal's files, which exist.

    Raises:
        UsageError: `principal_malformed`, `certificate_missing`.
    """
    files = files_of(folder, principal)
    for path in (files.ca, files.cert, files.key):
        if not path.exists():
            expected = f"`relais keys tls {principal}`"
            raise UsageError("certificate_missing", "none", expected, str(path))
    return files
