"""What a bundle says of itself: whose log, how much, which files, who says so (bundle §4)."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from contracts.encoding import b64u, canonical, parse, unb64u
from contracts.errors import EnvelopeError, UsageError
from contracts.keys import ed25519
from contracts.keys.keyring import Signer
from contracts.keys.verification import ED25519
from contracts.vocabulary import topics
from contracts.vocabulary.schema import Closed, Digest, Instant, Kid
from contracts.vocabulary.topics import MOST_PARTITIONS
from services.audit.bundle.stored_zip import MOST_MEMBERS, StoredZip

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
KEY: Final = "auditor.pem"
AUDITOR: Final = "urn:relais:auditor"  # whose a key is that was made for this
MOST_BYTES: Final = 8 << 20
_LAST_INSTANT: Final = (
    253_370_764_800  # the last year of which every calendar knows all days begins
)
TOPICS: Final = {
    "control": topics.control,
    "decisions": topics.decisions,
    "evidence": topics.evidence,
}
# SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410 §4).
_DER: Final = bytes.fromhex("302a300506032b6570032100")

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Kind = Literal["control", "decisions", "evidence"]
Realm = Literal["civil", "criminal"]


class BundledTopic(Closed):
    """A partition of a topic, as far as it is in the bundle.

    Attributes:
        first: offset of its first record; `end` lies behind its last one.
        last: leaf of its last record; of decisions alone.

    What it says is the auditor's word until it was held to the records (`BundleReader.held`).
    """

    realm: Realm
    kind: Kind
    partition: Annotated[int, Field(ge=0, lt=MOST_PARTITIONS)]
    records: Annotated[int, Field(ge=0)]
    first: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    last: Digest | None = None

    @property
    def topic(self) -> str:
        """Its name on Kafka."""
        return TOPICS[self.kind](self.realm)

    @property
    def folder(self) -> str:
        """Where its files lie."""
        return f"{self.realm}/{self.kind}/{self.partition:02}"


class ListedFile(Closed):
    """A file of the bundle; `sha256` in hexadecimal, as other programs print it."""

    name: Annotated[str, Field(max_length=200)]
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class BundleSigner(Closed):
    """Whose key has signed the manifest; `x` is its public half."""

    kid: Kid
    owner: Annotated[str, Field(max_length=200)]
    x: Digest


class Manifest(Closed):
    """What a bundle says of itself.

    Attributes:
        asked_at: the routers' clock when it was made, or the last record's instant if that is
            later: what had to be recorded by then and is not, is missing.
        after: SHA-256 of the bundle that it follows.
        program: what wrote it.
    """

    bundle: Literal[1]
    program: Annotated[str, Field(max_length=100)]
    algorithms: dict[str, str]
    realms: Annotated[tuple[Realm, ...], Field(min_length=1, max_length=2)]
    asked_at: Instant
    after: Sha256 | None = None
    signer: BundleSigner
    places: tuple[BundledTopic, ...]
    files: Annotated[tuple[ListedFile, ...], Field(max_length=MOST_MEMBERS)]

    def text(self) -> bytes:
        """The bytes that are signed."""
        return canonical(self.wire())


ALGORITHMS: Final = {
    "files": "SHA-256", "leaf": "SHA-256(0x00 || record), RFC 6962",
    "manifest.sig": "Ed25519 over manifest.json, RFC 8032",
    "records": "Ed25519 over relais-leaf, 0x00 and the leaf", "tokens": (
        "JWS, Ed25519, RFC 7515 and 8037"
    ),
}  # fmt: skip


def closing(at: int) -> int:
    """A record's instant as a manifest can have it, whatever the router signed."""
    return min(at, _LAST_INSTANT)


def signer_of(signer: Signer) -> BundleSigner:
    """As the manifest names it.

    Raises:
        UsageError: `auditor_not_ed25519`: `openssl` is told of no other signature.
    """
    if signer.alg != ED25519:
        raise UsageError("auditor_not_ed25519", signer.alg, ED25519, signer.kid)
    return BundleSigner(kid=signer.kid, owner=signer.owner, x=b64u(signer.public))


def pem(public: bytes) -> bytes:
    """An Ed25519 key as OpenSSL reads it."""
    body = b64encode(_DER + public)
    return b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n"


def read_manifest(file: StoredZip, auditor: str = "") -> Manifest:
    """What a bundle says of itself, once its signature was verified.

    Args:
        auditor: public key that must have signed it, base64url; empty: whichever it names.

    Raises:
        UsageError: `bundle_malformed`, `bundle_unsigned`, `bundle_foreign`.
    """
    text = file.content(MANIFEST, MOST_BYTES)
    try:
        manifest = Manifest.model_validate_json(canonical(parse(text, limit=MOST_BYTES)))
        public = unb64u(manifest.signer.x)
    except (EnvelopeError, ValidationError):
        raise file.malformed("another form", MANIFEST) from None
    if not ed25519.verifies(public, text, file.content(SIGNATURE, ed25519.SIGNATURE_BYTES)):
        got = "a signature that does not verify"
        raise UsageError("bundle_unsigned", got, "the auditor’s", file.path.name)
    if auditor and manifest.signer.x != auditor:
        raise UsageError("bundle_foreign", manifest.signer.x, auditor, file.path.name)
    _check_listed(file, manifest, public)
    return manifest


def _check_listed(file: StoredZip, manifest: Manifest, public: bytes) -> None:
    """That the file has what is listed, and else only the manifest, its signature, its key."""
    listed = {row.name: row.size for row in manifest.files}
    held = {name: member.size for name, member in file.members.items()}
    own = {MANIFEST, SIGNATURE}
    for name in sorted({*listed} ^ ({*held} - own)):
        raise file.malformed(
            "a file that the manifest does not list" if name in held else "no such file", name
        )
    for name, size in listed.items():
        if held[name] != size:
            raise file.malformed(f"{held[name]} bytes", name)
    if file.content(KEY, 1_000) != pem(public):
        raise file.malformed("another key than the manifest’s", KEY)
