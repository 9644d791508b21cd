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
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from contracts.errors import UsageError
from contracts.vocabulary import principals
from contracts.vocabulary.scopes import AGENCIES, REALMS
from services.operate.home.keys import private_folder, write_secret
from services.platform.kafka.connection.connection import Tls, files_of
from services.platform.keys.private_files import read_private
from services.platform.ports import now
from services.play.certificates import certificate_form

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
    key, now = certificate_form.new_key(), _now()
    made = certificate_form.authority(key, now - SKEW, now + timedelta(days=CA_DAYS))
    write_secret(folder / "ca.key", certificate_form.pem(key))
    write_secret(folder / "ca.pem", made.public_bytes(Encoding.PEM))
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
    wanted = {*hosts} | (certificate_form.hosts_of(present) if present else set())
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
    files, key = files_of(folder, principal), certificate_form.new_key()
    secret = certificate_form.pem(key)
    made = _issued(folder, principal, key.public_key(), days, start, hosts)
    # Whoever reads between the two sees a key that does not fit, and goes on with what it has.
    write_secret(files.key, secret)
    write_secret(files.cert, made)
    if certificate_form.is_broker(principal):
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
    if certificate_form.is_broker(principal) or not isinstance(public, ec.EllipticCurvePublicKey):
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
    authority, signer = _authority(folder)
    begin = start or _now()
    end = min(begin + timedelta(days=days), authority.not_valid_after_utc)
    return certificate_form.certificate(
        principal, key, begin if start else begin - SKEW, end,
        issuer=authority, signer=signer, hosts=hosts,
    ).public_bytes(Encoding.PEM)  # fmt: skip


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
    named = certificate_form.hosts_of(certificate)
    fits = key.public_key() == certificate.public_key() and (not named or hosts <= named)
    return fits and begin <= _now() < end - (end - begin) / SPARE


def _present(files: Tls) -> x509.Certificate | None:
    with suppress(OSError, ValueError):
        return x509.load_pem_x509_certificate(files.cert.read_bytes())
    return None


def _now() -> datetime:
    """The machine's own clock: a federation's moved clock moves no certificate."""
    return datetime.fromtimestamp(now(), UTC)
