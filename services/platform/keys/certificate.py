"""Certificates as we look at them: whose, by whom, from, until. Nothing is verified."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from contracts.errors import UsageError
from services.platform.process.os_errors import why


@dataclass(frozen=True, slots=True)
class Certificate:
    """Facts of a certificate, all public.

    Attributes:
        principal: the subject's CN, which brokers take for the principal's name.
        issuer: the CN of who signed it.
        serial: hexadecimal, lower case, as broker logs and `openssl x509` have it.
        not_before, not_after: seconds.
        place: its file.
    """

    principal: str
    issuer: str
    serial: str
    not_before: int
    not_after: int
    place: str


def read_certificate(path: Path) -> Certificate:
    """The first certificate of a PEM file.

    Raises:
        UsageError: `tls_file_missing`, `tls_file_malformed`.
    """
    certificate = _loaded(path)[0]
    return Certificate(
        principal=_common_name(certificate.subject),
        issuer=_common_name(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        not_before=int(certificate.not_valid_before_utc.timestamp()),
        not_after=int(certificate.not_valid_after_utc.timestamp()),
        place=str(path),
    )


def latest_end(path: Path) -> int:
    """When the last of the certificates of a PEM file expires, seconds.

    Raises:
        UsageError: `tls_file_missing`, `tls_file_malformed`.
    """
    chain = _loaded(path)
    return max(int(certificate.not_valid_after_utc.timestamp()) for certificate in chain)


def _loaded(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise UsageError("tls_file_missing", why(error), "a file in PEM", str(path)) from None
    except ValueError:
        got, expected = "another content", "a certificate in PEM"
        raise UsageError("tls_file_malformed", got, expected, str(path)) from None


def _common_name(name: x509.Name) -> str:
    names = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
