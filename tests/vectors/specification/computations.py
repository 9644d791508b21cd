"""One computation at a time: encodings, keyed values, a sealed part."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from contracts.encoding import (
    b64u,
    canonical,
    case_token,
    derive,
    digest,
    event_id,
    framed,
    leaf_hash,
    mac,
    part_digest,
    partition_of,
    sha256,
    unb64u,
)
from contracts.envelope.cloudevent import of_event
from contracts.envelope.part import open_part, read_part, seal_part
from contracts.keys.agreement import wrapping_key
from contracts.keys.entries import EncryptionKey
from contracts.keys.keyring import MemoryKeyRing
from contracts.keys.sealing_kinds import (
    ECDH,
    SealingPrivate,
    public_half,
    public_jwk,
    sealing_member,
)
from contracts.vocabulary.topics import PARTITIONS
from tests.contracts.envelope.kit import Seeded
from tests.vectors.specification.federation import (
    AGENCY_SECRET,
    AT,
    CRIP,
    KEYS,
    ROUTING_SECRET,
    SCHOOL,
    private_jwk,
)  # fmt: skip

TOKEN: Final = "e30.e30.c2lnbmF0dXJl"
PART: Final = "e30.d3JhcHBlZA.aXY.Y2lwaGVydGV4dA.dGFn"
CASE: Final = case_token(AGENCY_SECRET, "civil", SCHOOL, "dossier 2026-117")
FRAMES: Final[tuple[list[str], ...]] = (
    [],
    ["relais", "partition", "civil"],
    ["", "é"],
    ["a", "bc"],
    ["ab", "c"],
)
INSTANTS: Final = (0, AT, 4_102_444_799)


def encodings() -> dict[str, Any]:
    """envelope §2.1 to §2.5."""
    head, _, rest = PART.partition(".")
    values = [
        {"b": 1, "a": [True, "é\n\"/"], "c": {}}, {"10": 2**53 - 1, "1": 0, "A": "\u2028", "a": []},
    ]  # fmt: skip
    return {
        "sections": "envelope §2.1, §2.2, §2.3, §2.5",
        "base64url": [
            {"hex": data.hex(), "text": b64u(data)} for data in (b"", b"\xfb", b"\xff\xfe", b"abc")
        ],
        "base64url_refused": ["-x", "__9", "YWJj=", "YWJj\n", "+w", "A"],
        "canonical": [{"value": value, "text": canonical(value).decode()} for value in values],
        "canonical_refused": [
            '{"a":1, "b":2}', '{"b":1,"a":2}', '{"a":1,"a":1}', '{"a":null}', '{"a":1.5}',
            '{"a":-1}', '{"a":9007199254740992}', '{"\\u0061":1}', '{"é":1}', '{"a":1}\n',
        ],
        "token_digest": {"token": TOKEN, "D": digest(TOKEN)},
        "part_digest": {
            "part": PART, "head_sha256": sha256(head.encode()).hex(),
            "rest_sha256": sha256(rest.encode()).hex(),
            "P": part_digest(head, sha256(rest.encode())),
        },
        "leaf": {"record": '{"at":1,"index":0}', "leaf": leaf_hash(b'{"at":1,"index":0}')},
        "time": [{"instant": at, "text": _time(at)} for at in INSTANTS],
        "event_id": {
            "at_ms": AT * 1000 + 123, "random_hex": bytes(range(10)).hex(),
            "id": event_id(AT * 1000 + 123, bytes(range(10))),
        },
    }  # fmt: skip


def _time(instant: int) -> str:
    claims = {"etype": "IP", "jti": "x", "iss": "x", "sub": "x", "iat": instant}
    return of_event(claims)["time"]


def keyed() -> dict[str, Any]:
    """envelope §2.4, §4.9, §6.3; keys §6."""
    key = derive(ROUTING_SECRET, "partition", "civil")
    own = derive(AGENCY_SECRET, "case", "civil")
    tokens = [CASE, *(b64u(sha256(bytes([number]))) for number in range(8))]
    return {
        "sections": "envelope §2.4, §4.9, §6.3; keys §6",
        "frames": [{"fields": list(fields), "hex": framed(*fields).hex()} for fields in FRAMES],
        "mac": {
            "secret_hex": ROUTING_SECRET.hex(), "fields": ["civil", "x"],
            "hex": mac(ROUTING_SECRET, "civil", "x").hex(),
        },
        "derive": [
            {
                "secret_hex": AGENCY_SECRET.hex(), "label": label, "fields": fields, "length": size,
                "info_hex": framed("relais", label, *fields).hex(),
                "hex": derive(AGENCY_SECRET, label, *fields, length=size).hex(),
            }
            for label, fields, size in (
                ("case", ["civil"], 32), ("nonce", [CRIP, "0"], 16), ("notice-id", [CRIP, "1"], 10),
            )
        ],
        "case_token": {
            "agency_secret_hex": AGENCY_SECRET.hex(), "realm": "civil", "desk": SCHOOL,
            "reference": "dossier 2026-117", "key_hex": own.hex(), "token": CASE,
        },
        "partition": {
            "routing_secret_hex": ROUTING_SECRET.hex(), "realm": "civil", "key_hex": key.hex(),
            "cases": [
                {
                    "token": token, "mac_hex": mac(key, token).hex(), "partitions": number,
                    "partition": partition_of(ROUTING_SECRET, "civil", token, number),
                }
                for number in (PARTITIONS, 24, 48)
                for token in tokens
            ],
        },
    }  # fmt: skip


def part() -> dict[str, Any]:
    """envelope §3: one part, with all that is random in it; and another order of its head."""
    key = KEYS.encryption[CRIP]
    told, drawn = _sealed(key.entry, key.private, "a part")
    plaintext, random = told["plaintext"], told["random"]
    head = told["part"].partition(".")[0]
    return {
        "sections": "envelope §2.3, §3",
        "recipient": private_jwk(key),
        "body": told["body"],
        "salt": random.pop("salt"),
        **{name: told[name] for name in ("plaintext", "pth", "header", "random", "part", "P")},
        "other_order": _other_order(head, plaintext.encode(), *drawn),
    }


def part_on_p256() -> dict[str, Any]:
    """envelope §3: one part for a key of P-256, with everything that is random in it."""
    private = ec.derive_private_key(AT, ec.SECP256R1())
    key = replace(KEYS.encryption[CRIP].entry, public=public_half(private))
    told, _ = _sealed(key, private, "a part on P-256")
    named = {"alg": ECDH, "kid": key.kid, "owner": key.owner}
    return {
        "sections": "envelope §3; keys §1.2, §2.4",
        "recipient": {**public_jwk(key.public), "d": b64u(AT.to_bytes(32, "big")), **named},
        "sealing": {"by": "crip-sig-1", "keys": {"P30": {"2026m11": sealing_member(key.public)}}},
        "random": told.pop("random"),
        **told,
    }


def _sealed(
    key: EncryptionKey, private: SealingPrivate, seed: str
) -> tuple[dict[str, Any], list[bytes]]:
    """A part for a key, all that it is made of; what was drawn for it behind the salt."""
    body = {"facts": [{"observed": "S'endort en classe.", "observed_on": "2026-11-23"}]}
    event, random, drawn = event_id(AT * 1000 + 123, bytes(range(10))), Seeded(seed), list[bytes]()

    def source(size: int) -> bytes:
        drawn.append(random(size))
        return drawn[-1]

    token = seal_part(body, cat="FACTS", evt=event, iss=SCHOOL, key=key, random=source)
    head, header = read_part(token, "part")
    content = open_part(token, header, MemoryKeyRing({key.kid: private}), "part")
    names = ("salt", "ephemeral_d", "content_key", "iv")
    told = {
        "random": dict(zip(names, map(b64u, drawn), strict=True)), "body": content["body"],
        "plaintext": canonical(content).decode(), "pth": head.pth,
        "header": json.loads(unb64u(head.head)), "part": token, "P": head.digest,
    }  # fmt: skip
    return told, drawn[1:]


def _other_order(
    head: str, plaintext: bytes, ephemeral: bytes, content_key: bytes, iv: bytes
) -> dict[str, str]:
    """The same part with its header's members as a stock library may write: `epk` last."""
    members = json.loads(unb64u(head))
    epk = members.pop("epk")
    order = ("enc", "alg", "typ", "cty", "kid", "aud", "iss", "evt", "cat", "pth")
    text = {name: members[name] for name in order} | {"epk": dict(reversed(epk.items()))}
    other = b64u(json.dumps(text, separators=(",", ":")).encode())
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    secret = private.exchange(KEYS.encryption[CRIP].private.public_key())
    wrapping = wrapping_key(secret)
    sealed = AESGCM(content_key).encrypt(iv, plaintext, other.encode())
    pieces = (aes_key_wrap(wrapping, content_key), iv, sealed[:-16], sealed[-16:])
    token = ".".join((other, *map(b64u, pieces)))
    return {"part": token, "P": read_part(token, "part")[0].digest}
