"""The form of development certificates: names, purposes, places. No file is touched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from contracts.vocabulary import principals

ORGANISATION: Final = "Relais development"
_BROKER: Final = principals.broker(0).rstrip("0")


def new_key() -> ec.EllipticCurvePrivateKey:
    """P-256: Ed25519 would be shorter, but Kafka reads PEM keys of RSA, DSA and EC only."""
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8, unencrypted, as Kafka and OpenSSL both read it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def authority(key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime) -> x509.Certificate:
    """A self-signed certificate that may sign others, but no further authority."""
    serial = x509.random_serial_number()
    # The number keeps two authorities apart, in error messages too.
    name = _name(f"relais-ca-{serial % 10**6:06}")
    blank = _blank(name, name, key.public_key(), begin, end, serial)
    return (
        blank.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, SHA256())
    )


def certificate(
    principal: str,
    key: ec.EllipticCurvePublicKey,
    begin: datetime,
    end: datetime,
    *,
    issuer: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    hosts: Iterable[str] = (),
) -> x509.Certificate:
    """A principal's certificate: of a client, and of a server found at `hosts` if it is a broker's.

    A broker is a client of other brokers too.
    """
    serial, purposes = x509.random_serial_number(), [ExtendedKeyUsageOID.CLIENT_AUTH]
    blank = _blank(_name(principal), issuer.subject, key, begin, end, serial)
    if is_broker(principal):
        purposes.append(ExtendedKeyUsageOID.SERVER_AUTH)
        places = x509.SubjectAlternativeName(list(map(_place, hosts)))
        blank = blank.add_extension(places, critical=False)
    return (
        blank.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(_issued_by(issuer), critical=False)
        .sign(signer, SHA256())
    )


def _place(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def hosts_of(issued: x509.Certificate) -> set[str]:
    """Where a certificate says that its broker is found; nothing of everybody else's."""
    try:
        names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in names}


def is_broker(principal: str) -> bool:
    """Whether a name is a broker's."""
    return principal.startswith(_BROKER)


def _blank(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begin: datetime,
    end: datetime,
    serial: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    """The CN last: written as RFC 2253 does, which Kafka's mapping rules see, it comes first."""
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION)
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _issued_by(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    extension = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(extension.value)
