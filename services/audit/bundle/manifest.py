"""What a bundle says of itself: whose log, which files, signed by the auditor (bundle §3)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from aiokafka import TopicPartition
from pydantic import Field, StringConstraints, ValidationError, model_validator

from contracts.encoding import b64u, canonical, parse, unb64u, unb64u_checked
from contracts.errors import EnvelopeError, SignatureError, UsageError
from contracts.keys.entries import SigningKey
from contracts.keys.jose import open_jws, sign_text
from contracts.keys.keyring import Signer
from contracts.keys.verification import ED25519
from contracts.vocabulary.schema import Closed, Digest, Instant, Kid
from services.audit.bundle.archive import MOST_FILES, Archive

MANIFEST: Final = "manifest.jws"
TYP: Final = "referral-bundle+jws"
AUDITOR: Final = "urn:relais:auditor"  # whose a key is that was made for this
MOST_BYTES: Final = 1 << 18
_LAST_INSTANT: Final = (
    253_370_764_800  # the last year of which every calendar knows all days begins
)

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Realm = Literal["civil", "criminal"]


class ListedFile(Closed):
    """A file of the bundle; `sha256` in hexadecimal, as other programs print it."""

    name: Annotated[str, Field(max_length=100)]
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
        program: what wrote it.
        asked_at: the routers' clock when it was made, or the last record's instant if that is
            later: what had to be recorded by then and is not, is missing.
    """

    bundle: Literal[1]
    program: Annotated[str, Field(max_length=100)]
    realms: Annotated[tuple[Realm, ...], Field(min_length=1, max_length=2)]
    asked_at: Instant
    signer: BundleSigner
    files: Annotated[tuple[ListedFile, ...], Field(max_length=MOST_FILES)]

    @model_validator(mode="after")
    def _each_once(self) -> Manifest:
        for names in (self.realms, [row.name for row in self.files]):
            if len(set(names)) < len(names):
                raise ValueError("a realm or a file twice")
        return self

    def sign(self, signer: Signer) -> bytes:
        """As a compact JWS."""
        return sign_text(canonical(self.wire()), TYP, signer).encode()


def records_file(place: TopicPartition) -> str:
    """The file of a partition's records."""
    _relais, realm, kind = place.topic.split(".")
    return f"{realm}/{kind}-{place.partition:02}.jsonl"


def place_of(name: str) -> TopicPartition:
    """The partition whose records a file has."""
    realm, _, file = name.removesuffix(".jsonl").partition("/")
    kind, _, number = file.partition("-")
    return TopicPartition(f"relais.{realm}.{kind}", int(number))


def checkpoint_file(realm: str, number: int) -> str:
    """The file of a partition's checkpoint."""
    return f"{realm}/{number:02}.checkpoint"


def policy_files(realm: str) -> tuple[str, str]:
    """The files of a realm's trust policy and of the owners' signature."""
    return f"{realm}/tlog-policy", f"{realm}/tlog-policy.jws"


def closing(at: int) -> int:
    """A record's instant as a manifest can have it, whatever the router signed."""
    return min(at, _LAST_INSTANT)


def signer_of(signer: Signer) -> BundleSigner:
    """As the manifest names it; of a key of another kind raises `auditor_not_ed25519`."""
    if signer.alg != ED25519:
        raise UsageError("auditor_not_ed25519", signer.alg, ED25519, signer.kid)
    return BundleSigner(kid=signer.kid, owner=signer.owner, x=b64u(signer.public))


def read_manifest(archive: Archive, auditor: str = "") -> Manifest:
    """What a bundle says of itself, once its signature was verified.

    Args:
        auditor: public key that must have signed it, base64url; empty: whichever it names.

    Raises:
        UsageError: `bundle_malformed`, `bundle_unsigned`, `bundle_foreign`.
    """
    name = archive.path.name
    try:
        manifest = _opened(archive.content(MANIFEST, MOST_BYTES).decode("ascii"))
    except SignatureError:
        got = "a signature that does not verify"
        raise UsageError("bundle_unsigned", got, "the auditor’s", name) from None
    except (EnvelopeError, ValidationError, LookupError, ValueError):
        raise archive.malformed("another form", MANIFEST) from None
    if auditor and manifest.signer.x != auditor:
        raise UsageError("bundle_foreign", manifest.signer.x, auditor, name)
    return manifest


def _opened(token: str) -> Manifest:
    claims = parse(unb64u_checked(token.split(".")[1]), limit=MOST_BYTES)
    signer = BundleSigner.model_validate(claims["signer"])
    key = SigningKey(signer.kid, ED25519, signer.owner, unb64u(signer.x), 0, 1)
    signed = open_jws(token, TYP, {signer.kid: key}, at=0, place=MANIFEST, limit=MOST_BYTES)
    return Manifest.model_validate_json(signed.payload)
