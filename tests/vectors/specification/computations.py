"""One computation at a time: encodings, keyed values, a sealed part."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

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
from contracts.keys.agreement import for_opening
from contracts.keys.entries import EncryptionKey
from contracts.keys.jose import open_jwe
from contracts.keys.keyring import MemoryKeyRing
from contracts.keys.sealing_kinds import (
    ECDH,
    SealingPrivate,
    public_half,
    public_jwk,
    sealing_member,
)
from contracts.vocabulary.topics import PARTITIONS
from tests.contracts.envelope.kit import Seeded, sealing
from tests.vectors.specification.federation import (
    AGENCY_SECRET,
    AT,
    CRIP,
    ROUTING_SECRET,
    SCHOOL,
    private_jwk,
    sealing_key,
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
    key = sealing_key(CRIP)
    private = sealing(key.kid)
    made = _sealed(key, private, "a part")
    random = made["random"]
    other = reheaded(made["part"], private, _other_order(made["header"]))
    return {
        "sections": "envelope §2.3, §3",
        "recipient": private_jwk(CRIP),
        "body": made["body"],
        "salt": random.pop("salt"),
        **{name: made[name] for name in ("plaintext", "pth", "header", "random", "part", "P")},
        "other_order": {"part": other, "P": read_part(other, "part")[0].digest},
    }


def part_on_p256() -> dict[str, Any]:
    """envelope §3: one part for a key of P-256, with everything that is random in it."""
    private = ec.derive_private_key(AT, ec.SECP256R1())
    key = replace(sealing_key(CRIP), public=public_half(private))
    made = _sealed(key, private, "a part on P-256")
    named = {"alg": ECDH, "kid": key.kid, "owner": key.owner}
    return {
        "sections": "envelope §3; keys §1.2, §2.4",
        "recipient": {**public_jwk(key.public), "d": b64u(AT.to_bytes(32, "big")), **named},
        "sealing": {"by": "crip-sig-1", "keys": {"P30": {"2026m11": sealing_member(key.public)}}},
        "random": made.pop("random"),
        **made,
    }


def _sealed(key: EncryptionKey, private: SealingPrivate, seed: str) -> dict[str, Any]:
    """A part for a key, and all that it is made of."""
    body = {"facts": [{"observed": "S'endort en classe.", "observed_on": "2026-11-23"}]}
    event, random, drawn = event_id(AT * 1000 + 123, bytes(range(10))), Seeded(seed), list[bytes]()

    def source(size: int) -> bytes:
        drawn.append(random(size))
        return drawn[-1]

    token = seal_part(body, cat="FACTS", evt=event, iss=SCHOOL, key=key, random=source)
    head, header = read_part(token, "part")
    content = open_part(token, header, MemoryKeyRing({key.kid: private}), "part")
    names = ("salt", "ephemeral_d", "content_key", "iv")
    return {
        "random": dict(zip(names, map(b64u, drawn), strict=True)), "body": content["body"],
        "plaintext": canonical(content).decode(), "pth": head.pth,
        "header": json.loads(unb64u(head.head)), "part": token, "P": head.digest,
    }  # fmt: skip


def _other_order(header: dict[str, Any]) -> bytes:
    """A header whose members stand as a stock library may write them: `epk` last."""
    order = ("enc", "alg", "typ", "cty", "kid", "aud", "iss", "evt", "cat", "pth")
    text = {name: header[name] for name in order} | {"epk": dict(reversed(header["epk"].items()))}
    return json.dumps(text, separators=(",", ":")).encode()


def reheaded(part: str, private: SealingPrivate, head: bytes) -> str:
    """A part on X25519, opened and sealed again under another text of its header."""
    before, wrapped, iv, _text, _tag = part.split(".")
    epk = unb64u(json.loads(unb64u(before))["epk"]["x"])
    content_key = aes_key_unwrap(for_opening(private, epk), unb64u(wrapped))
    first = b64u(head)
    sealed = AESGCM(content_key).encrypt(unb64u(iv), open_jwe(part, private, epk), first.encode())
    return ".".join((first, wrapped, iv, b64u(sealed[:-16]), b64u(sealed[-16:])))
