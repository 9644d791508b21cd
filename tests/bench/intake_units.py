"""What an intake's record is made of: its seals and signatures alone, and what each unit costs.

All in our own process, without HTTP and Kafka.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from contracts.decision.draft import Issuer
from contracts.envelope.part import seal_part
from contracts.keys.keyring import Ed25519Signer
from contracts.vocabulary.schema import desk_urn
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.trade import trade_of
from tests.bench.measure import ROUNDS, Figure, as_a_service, timed
from tests.contracts.envelope import kit
from tests.faults.world import begins
from tests.samples import filed
from tests.world import World

OFTEN: Final = 500
# agency -> desk, role and kind of the records that its callers post, in turn
MIXES: Final[Mapping[str, Sequence[tuple[str, str, str]]]] = {
    "education": (
        ("edu-h-1", "EDU-H", "information_preoccupante"),
        ("edu-s", "EDU-S", "information_preoccupante"),
        ("edu-h-1", "EDU-H", "signalement"),
        ("edu-s", "EDU-S", "evaluation_contribution"),
    ),
    "child_welfare": (
        ("crip", "CRIP", "evaluation_request"),
        ("ase", "ASE", "evaluation_report"),
        ("crip", "CRIP", "feedback"),
        ("home-1", "HOME", "incident_note"),
    ),
}


def records(agency: str) -> list[dict[str, Any]]:
    """A service's mix."""
    return [filed(agency, kind, role) for _, role, kind in MIXES[agency]]


@dataclass(frozen=True)
class Made:
    """What was sealed and signed of one record: sizes of plaintexts, and signed texts."""

    parts: tuple[tuple[bytes, bytes], ...]  # additional data, plaintext of the same size
    signed: tuple[bytes, ...]


@cache
def _office(agency: str) -> Office:
    return World().offices[agency]


@cache
def _made(agency: str) -> tuple[Made, ...]:
    """The mix, sealed once."""
    office, at, made = _office(agency), begins(), list[Made]()
    for (desk, _, _), record in zip(MIXES[agency], records(agency), strict=True):
        prepared = office.judge(DeskRequest(desk, "record", record), at)
        issued = [one.issued for one in office.seal(prepared, {}, at * 1000, secrets.token_bytes)]
        tokens = [token for one in issued for token in (one.cover, *one.slips)]
        parts = [part.split(".") for one in issued for part in one.parts]
        made.append(
            Made(
                tuple((part[0].encode(), bytes(len(part[3]) * 3 // 4)) for part in parts),
                tuple(token.rpartition(".")[0].encode() for token in tokens),
            )
        )
    return tuple(made)


def floor(agency: str, count: int) -> None:
    """The seals and signatures of so many records of the mix, straight down."""
    signer = kit.realm().router
    public = X25519PrivateKey.generate().public_key()
    made = _made(agency)
    for number in range(count):
        one = made[number % len(made)]
        for data, plaintext in one.parts:
            _seal(data, plaintext, public)
        for text in one.signed:
            signer.sign(text)


def _seal(data: bytes, plaintext: bytes, public: Any) -> None:
    ephemeral = X25519PrivateKey.generate()
    ephemeral.public_key().public_bytes_raw()
    key = secrets.token_bytes(32)
    aes_key_wrap(sha256(ephemeral.exchange(public)).digest(), key)
    AESGCM(key).encrypt(secrets.token_bytes(12), plaintext, data)


def figures() -> Iterator[Figure]:
    """A field read, a seal, a signature."""
    as_a_service()
    alert = records("education")[0]
    yield _unit(
        "a field of a school's alert",
        partial(_read, alert),
        _fields(alert),
        "read, checked and put into its part",
    )
    key = kit.realm().directory.sealing_key(desk_urn("civil", "crip"), "P90", kit.NOW)
    body = {"text": "what was seen " * 10}
    names = {
        "cat": "FACTS",
        "evt": "01939e3a-0000-7000-8000-000000000001",
        "iss": desk_urn("civil", "edu-s"),
    }
    seal = partial(seal_part, body, key=key, random=secrets.token_bytes, **names)
    yield _unit("a seal", seal, 1, "one part for one desk, 512 bytes")
    signer: Ed25519Signer = kit.realm().router
    yield _unit(
        "a signature", partial(signer.sign, bytes(1000)), 1, "a cover or slip of 1,000 bytes"
    )


def _read(alert: Mapping[str, Any]) -> None:
    book = _office("education").agency.book(begins())
    trade_of("education").intake(alert, Issuer("edu-h-1", "EDU-H"), book)


def _fields(value: Any) -> int:
    """Fields that hold something of their own."""
    if isinstance(value, Mapping):
        return sum(map(_fields, value.values()))
    return sum(map(_fields, value)) if isinstance(value, list) else 1


def _unit(name: str, work: Callable[[], object], parts: int, note: str) -> Figure:
    def often() -> None:
        for _ in range(OFTEN):
            work()

    seconds = (timed(often)[0] for _ in range(ROUNDS))
    return Figure(name, "µs CPU", tuple(one / OFTEN / parts * 1e6 for one in seconds), note)
