"""Hybrid parts by others' program: Go's HPKE opens ours, refuses altered ones, seals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from contracts.encoding import b64u, canonical, unb64u
from contracts.envelope.part import open_part, read_part
from contracts.keys.hybrid import HybridPrivateKey
from contracts.keys.keyring import MemoryKeyRing
from tests.go.judge import Judge

VECTOR: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "docs/specification/vectors/part_hybrid.json").read_text()
)
SEED: Final = VECTOR["recipient"]["priv"]


def altered(token: str, segment: int, place: int) -> str:
    """A part with one bit changed."""
    segments = token.split(".")
    raw = bytearray(unb64u(segments[segment]))
    raw[place] ^= 1
    return ".".join([*segments[:segment], b64u(bytes(raw)), *segments[segment + 1 :]])


def rewritten(token: str) -> str:
    """A part under the header of another scope."""
    head, _, rest = token.partition(".")
    return f"{b64u(canonical(json.loads(unb64u(head)) | {'cat': 'RISK'}))}.{rest}"


def test_go_opens_the_vector_and_no_altered_copy(judge: Judge) -> None:
    """Another header; a bit of the ML-KEM or X25519 half, sealed key, IV, content, tag."""
    token = VECTOR["part"]
    copies = [
        rewritten(token),
        *(altered(token, 1, place) for place in (0, 1087, 1088, 1119, 1120, 1167)),
        *(altered(token, segment, -1) for segment in (2, 3, 4)),
    ]

    first, *others = judge.parts(SEED, [token, *copies])

    assert first == f"accepted {b64u(VECTOR['plaintext'].encode())}"
    assert len(others) == len(copies) == 10
    assert all(answer.startswith("refused") for answer in others)
    assert judge.parts(b64u(bytes(32)), [token])[0].startswith("refused")


def test_what_go_seals_we_open(judge: Judge) -> None:
    """Under a head of ours, for the public key of the vector."""
    head = VECTOR["part"].split(".")[0]

    answer = judge.sealed(VECTOR["recipient"]["pub"], head, VECTOR["plaintext"])

    said, _, token = answer.partition(" ")
    assert said == "accepted"
    assert token != VECTOR["part"]
    _head, header = read_part(token, "part")
    ring = MemoryKeyRing({header["kid"]: HybridPrivateKey(unb64u(SEED))})
    assert open_part(token, header, ring, "part")["body"] == VECTOR["body"]
