"""A small certificate authority for development: one folder, P-256, no service, no revocation list.

    ca.pem, ca.key             the authority
    <principal>.pem, .key      a certificate and its key
    <principal>.keystore.pem   of a broker: key, then certificate, as Kafka wants them

Who keeps its key elsewhere is certified by its request alone (`certify`); of that no file is kept
here.

Files are 0600 in a folder that is 0700. A subject's CN is the principal. Only a broker's
certificate may be shown by a server, so that a stolen one of a service cannot pose as Kafka.

Production has an authority of its own and uses nothing of this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from contracts.errors import UsageError
from contracts.vocabulary import principals
from contracts.vocabulary.scopes import AGENCIES, REALMS
from services.operate.home.keys import private_folder, write_secret
from services.platform.kafka.connection.connection import Tls, files_of
from services.platform.keys.private_files import read_private
from services.platform.ports import now

ORGANISATION: Final = "Relais development"
CA_DAYS: Final = 3650
DAYS: Final = 90
SPARE: Final = 3  # renewed once less than one part in so many of its life is left
SKEW: Final = timedelta(minutes=5)  # of other machines' clocks
HOSTS: Final = ("localhost", "127.0.0.1")


def ensure_ca(folder: Path) -> Path:
    """`ca.pem` of the folder; the authority is made now if there is none.

    Raises:
        UsageError: `ca_malformed` (a certificate without its key, too), `ca_expired`.
    """
    if (folder / "ca.pem").exists() or (folder / "ca.key").exists():
        _authority(folder)
        return folder / "ca.pem"
    private_folder(folder)
    key, begin = new_key(), _now() - SKEW
    write_secret(folder / "ca.key", pem(key))
    write_secret(folder / "ca.pem", authority(key, begin, begin + timedelta(days=CA_DAYS)))
    return folder / "ca.pem"


def ensure_certificate(
    folder: Path,
    principal: str,
    hosts: Iterable[str] = HOSTS,
    days: int = DAYS,
    *,
    anew: bool = False,
) -> Tls:
    """A principal's files; made if missing, near their end or of an older authority.

    Args:
        hosts: where a broker is found, beside where its present certificate says.
        anew: even if they are good.

    Raises:
        UsageError: `principal_malformed`, `ca_missing`, `ca_malformed`, `ca_expired`.
    """
    files, (authority, _) = files_of(folder, principal), _authority(folder)
    present = _present(files)
    wanted = {*hosts} | (_hosts_of(present) if present else set())
    if not anew and present and _is_good(present, files, authority, wanted):
        return files
    return renew(folder, principal, sorted(wanted), days)


def renew(
    folder: Path,
    principal: str,
    hosts: Iterable[str] = HOSTS,
    days: float = DAYS,
    start: datetime | None = None,
) -> Tls:
    """A new key and certificate of a principal in place of the old ones, if any.

    Args:
        hosts: where a broker is found.
        days: of validity; a part of one is allowed.
        start: when it begins to be valid; else a little before now.

    Raises:
        UsageError: as `ensure_certificate`.
    """
    files, key = files_of(folder, principal), new_key()
    secret = pem(key)
    made = _issued(folder, principal, key.public_key(), days, start, hosts)
    # Whoever reads between the two sees a key that does not fit, and goes on with what it has.
    write_secret(files.key, secret)
    write_secret(files.cert, made)
    if principals.is_broker(principal):
        write_secret(folder / f"{principal}.keystore.pem", secret + made)
    return files


def certify(folder: Path, request: x509.CertificateSigningRequest) -> bytes:
    """The certificate, as PEM, of a client whose private key stays where it was made.

    Args:
        request: signed by that key, which the caller has verified; its common name is the
            principal.

    Raises:
        UsageError: `ca_missing`, `ca_malformed`, `ca_expired`;
            `principal_malformed`: another kind of key, or another name than one that a client may
                have.
    """
    (name,) = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    principal, public = str(name.value), request.public_key()
    if principals.is_broker(principal) or not isinstance(public, ec.EllipticCurvePublicKey):
        got, expected = "a broker's name, or another kind of key", "a client's, on P-256"
        raise UsageError("principal_malformed", got, expected)
    return _issued(folder, principal, public)


def _issued(
    folder: Path,
    principal: str,
    key: ec.EllipticCurvePublicKey,
    days: float = DAYS,
    start: datetime | None = None,
    hosts: Iterable[str] = (),
) -> bytes:
    """A client's certificate, or a broker's: that of a client of other brokers and of a server."""
    issuer, signer = _authority(folder)
    begin = start or _now()
    end = min(begin + timedelta(days=days), issuer.not_valid_after_utc)
    purposes: list[x509.ExtensionType] = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]
    if principals.is_broker(principal):
        both = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        places = x509.SubjectAlternativeName(list(map(_place, hosts)))
        purposes = [x509.ExtendedKeyUsage(both), places]
    begin = begin if start else begin - SKEW
    return signed(_name(principal), key, begin, end, signer, issuer, purposes)


def everyone(
    shards: int = 1, nodes: int = 3, agencies: Iterable[str] = AGENCIES
) -> tuple[str, ...]:
    """Every principal of a federation.

    Args:
        shards: routing processes a realm.
        nodes: brokers.
        agencies: by name, partners that joined too.
    """
    by_realm = [
        name
        for realm in REALMS
        for name in (
            *(principals.routing(realm, shard) for shard in range(shards)),
            principals.audit(realm),
            principals.owners(realm),
        )
    ]
    brokers = [principals.broker(number) for number in range(1, nodes + 1)]
    partners = [principals.agency(name) for name in agencies]
    others = [principals.ADMIN, principals.CONSOLE, principals.METRICS]
    return (*partners, *by_realm, *brokers, *others)


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The newest authority and its key."""
    cert, key = folder / "ca.pem", folder / "ca.key"
    if not cert.exists() and not key.exists():
        raise UsageError("ca_missing", "no authority", "`relais keys tls --all`", str(cert))
    try:
        certificate = x509.load_pem_x509_certificate(cert.read_bytes())
        signer = load_pem_private_key(read_private(key), None)
    except (OSError, ValueError, TypeError):
        certificate, signer = None, None
    if (
        certificate is None
        or not isinstance(signer, ec.EllipticCurvePrivateKey)
        or signer.public_key() != certificate.public_key()
    ):
        got, expected = "another content", "ca.pem, and its key in ca.key"
        raise UsageError("ca_malformed", got, expected, str(folder))
    if certificate.not_valid_after_utc <= _now():
        got = f"its end on {certificate.not_valid_after_utc.date()}"
        raise UsageError("ca_expired", got, "another one: move ca.pem and ca.key away", str(cert))
    return certificate, signer


def _is_good(
    certificate: x509.Certificate, files: Tls, authority: x509.Certificate, hosts: set[str]
) -> bool:
    """Whether a certificate is whole, of this authority, with a third of its life left."""
    try:
        key = load_pem_private_key(files.key.read_bytes(), None)
        certificate.verify_directly_issued_by(authority)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    named = _hosts_of(certificate)
    fits = key.public_key() == certificate.public_key() and (not named or hosts <= named)
    return fits and begin <= _now() < end - (end - begin) / SPARE


def _present(files: Tls) -> x509.Certificate | None:
    with suppress(OSError, ValueError):
        return x509.load_pem_x509_certificate(files.cert.read_bytes())
    return None


def _now() -> datetime:
    """The machine's own clock: a federation's moved clock moves no certificate."""
    return datetime.fromtimestamp(now(), UTC)


def new_key() -> ec.EllipticCurvePrivateKey:
    """P-256: Ed25519 would be shorter, but Kafka reads PEM keys of RSA, DSA and EC only."""
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8, unencrypted, as Kafka and OpenSSL both read it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def authority(key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime) -> bytes:
    """An authority's own certificate; a number keeps two apart, in error messages too."""
    name = _name(f"relais-ca-{x509.random_serial_number() % 10**6:06}")
    return signed(name, key.public_key(), begin, end, key)


def signed(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begin: datetime,
    end: datetime,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None = None,
    purposes: Iterable[x509.ExtensionType] = (),
) -> bytes:
    """A certificate, as PEM; without an issuer an authority's, which certifies no further one."""
    signs = issuer is None
    usage = x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder(issuer.subject if issuer else subject, subject, key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.BasicConstraints(signs, 0 if signs else None), critical=True)
        .add_extension(usage, critical=True)
    )
    if issuer is not None:
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
        made = made.add_extension(by, critical=False)
    for purpose in purposes:
        made = made.add_extension(purpose, critical=False)
    return made.sign(signer, SHA256()).public_bytes(Encoding.PEM)


def _name(common: str) -> x509.Name:
    """The CN last: written as RFC 2253 does, which Kafka's mapping rules see, it comes first."""
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION)
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _place(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _hosts_of(issued: x509.Certificate) -> set[str]:
    """Where a certificate says that its broker is found; nothing of everybody else's."""
    try:
        names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in names}
