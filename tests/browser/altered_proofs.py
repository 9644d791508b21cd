"""Proofs and policies that need no ML-DSA, and altered ones: what a page is tried on beside the command."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable, Iterator
from typing import Final

from contracts.encoding import canonical
from contracts.proof.note import NoteSignature, SignedNote, parse_note
from contracts.proof.note_keys import NoteKey, SignatureKind
from contracts.proof.proof_file import InclusionProof, parse_proof
from tests.contracts.proof.log import AT, LOG, ORIGIN, MemoryLog, signer

ENTRY: Final = 12
RECORDS: Final = [
    canonical({
        "at": AT + number, "cover": "A" * 43, "evd": "B" * 43, "index": number, "kind": "decided",
        "outs": ["C" * 43], "partition": 0, "prev": "D" * 43, "realm": "civil",
    })
    for number in range(300)
]  # fmt: skip
SEEN_BY: Final = [
    signer(f"relais.test/{name}", SignatureKind.COSIGNATURE, 20 + at)
    for at, name in enumerate(("education", "justice", "police"))
]
SIGNERS: Final = (LOG[0], *SEEN_BY)
QUORUM: Final = "group pair any w1 w2\ngroup agencies all w0 pair\nquorum agencies\n"
POLICY: Final = (
    f"# no ML-DSA\nlog {LOG[0].key.vkey}\n"
    + "".join(f"witness w{at} {each.key.vkey}\n" for at, each in enumerate(SEEN_BY))
    + QUORUM
).encode()
# Records of number N: one form is canonical.
NEARLY: Final = [
    b'{"at":1,"index":true}', b'{"at":1,"index":true}', b'\xef\xbb\xbf{"at":1,"index":N}', b'{"at":true,"index":N}',
    b'{"at":1,"index":N}', b'{"index":N,"at":1}', b'{"at":1,"at":1,"index":N}', b'{"at": 1,"index":N}',
    b'{"at":1.0,"index":N}', b'{"at":-0,"index":N}', b'{"at":1e2,"index":N}', b'{"at":"1","index":N}',
    b'{"at":9007199254740991,"index":N}', b'{"at":9007199254740992,"index":N}', b'{"index":N}',
    *(
        b'{"at":1,"index":N,"x":%s}' % value
        for value in (
            b"null", b"-1", b"1.5", b"[]", b"{}", b'[1,"a",{"b":false}]', b"NaN",
            b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\xf0\x9f\x98\x80"', b'"\xed\xa0\x80"', b'"\xe2\x80\xa8\x7f"',
            b'"\\u00e9"', b'"\xc3\xa9"', b'"\\u001f"', b'"\\u001F"', b'"\\b\\f\\n\\r\\t\\"\\\\"', b'"\\/"',
            b"[" * 15 + b"]" * 15, b"[" * 16 + b"]" * 16, b'{"\xc3\xa9":1}', b'{"__proto__":1}',
            b'{"10":1,"9":1}', b'{"9":1,"10":1}', b'{"":"","a":{"":[]}}',
        )
    ),
]  # fmt: skip
SEED: Final = bytes((1, SignatureKind.ED25519)) * 16  # of the log's key
ORDER: Final = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's group
OTHER_LOG: Final = POLICY.replace(
    LOG[0].key.vkey.encode(), signer(ORIGIN, SignatureKind.ED25519, 9).key.vkey.encode()
)
STRANGERS: Final = OTHER_LOG.partition(b"witness")[0] + b"quorum none\n"


def resigned(proof: bytes, change: Callable[[SignedNote], SignedNote]) -> bytes:
    """The proof with another note in it."""
    read = parse_proof(proof)
    note = change(parse_note(read.checkpoint))
    return InclusionProof(read.index, read.path, note.data, read.entry).data


def with_lines(proof: bytes, take: Callable[[list[NoteSignature]], list[NoteSignature]]) -> bytes:
    """The proof with other lines under its checkpoint."""
    return resigned(proof, lambda note: SignedNote(note.text, tuple(take(list(note.signatures)))))


def with_entry(proof: bytes, entry: bytes) -> bytes:
    """The proof with another record in it."""
    read = parse_proof(proof)
    return InclusionProof(read.index, read.path, read.checkpoint, entry).data


def altered_line(line: NoteSignature) -> NoteSignature:
    """With another last byte."""
    last = bytes((line.signature[-1] ^ 1,))
    return NoteSignature(line.name, line.key_id, line.signature[:-1] + last)


def small_r(proof: bytes) -> bytes:
    """Signed by the log's own key with the neutral point as R: OpenSSL would take it (keys §1.3)."""
    text = parse_note(parse_proof(proof).checkpoint).text
    secret = int.from_bytes(hashlib.sha512(SEED).digest()[:32], "little")
    secret = secret & ((1 << 254) - 8) | 1 << 254
    point = (1).to_bytes(32, "little")
    hashed = hashlib.sha512(point + LOG[0].key.public + text).digest()
    scalar = int.from_bytes(hashed, "little") * secret % ORDER
    made = NoteSignature(ORIGIN, LOG[0].key.key_id, point + scalar.to_bytes(32, "little"))
    return with_lines(proof, lambda lines: [made, *lines[1:]])


def other_root(note: SignedNote) -> SignedNote:
    """The same size, another root."""
    origin, size, _root, _end = note.text.split(b"\n")
    root = base64.b64encode(b"\1" * 32)
    return SignedNote(b"\n".join((origin, size, root, b"")), note.signatures)


def by_design(proof: bytes) -> list[tuple[bytes, bytes]]:
    """What a reader who is too strict or too lax takes otherwise."""
    stranger = signer("relais.test/stranger", SignatureKind.ED25519, 50)
    foreign = stranger.sign(parse_note(parse_proof(proof).checkpoint).text, AT)
    odd = NoteSignature("\u00e9t\u00e9", b"1234", b"5")
    lines: list[Callable[[list[NoteSignature]], list[NoteSignature]]] = [
        lambda lines: lines[::-1], lambda lines: lines[:3], lambda lines: [*lines, lines[1]],
        lambda lines: [*lines, foreign, odd], lambda lines: [foreign] * 60 + lines,
        lambda lines: [foreign] * 61 + lines, lambda lines: lines[1:], lambda lines: lines[:2],
        lambda lines: [lines[0], *lines[2:]],
    ]  # fmt: skip
    entries = [
        b"", b"null", b"[]", b'{"index":12}', RECORDS[ENTRY] + b" ", RECORDS[ENTRY + 1],
        RECORDS[ENTRY].replace(b'"kind"', b'"k\\u0069nd"'),
    ]  # fmt: skip
    policies = [
        POLICY.replace(b" ", b"\t "), POLICY + b"# \xff\xfe\n\n", POLICY[:-1], POLICY + b"quorum none\n",
        POLICY.replace(b"quorum agencies", b"quorum none"), POLICY.replace(b"quorum agencies", b"quorum pair"),
        POLICY.replace(b"any w1 w2", b"2 w1 w2"), POLICY.replace(b"any w1 w2", b"3 w1 w2"),
        POLICY.replace(b"any w1 w2", b"any w1 w1"), POLICY.replace(b"any w1 w2", b"any w1 pair"),
        POLICY.replace(b"any w1 w2", b"01 w1 w2"), POLICY.replace(b"w0", b"none"),
        POLICY.replace(b"w2", b"w1"), POLICY.replace(b"log ", b"log\x7f "), POLICY.replace(b"+", b"-", 1),
        POLICY + POLICY.splitlines(keepends=True)[1], POLICY.replace(b"witness w0 ", b"log "), b"\n",
        POLICY.replace(b"w0", b"\xe9\xff"), POLICY.replace(b"\nquorum", b" https://x\nquorum"),
    ]  # fmt: skip
    cosignature, ed25519 = SignatureKind.COSIGNATURE, SignatureKind.ED25519
    own = NoteKey("relais.test/own", cosignature, LOG[0].key.public)
    policies.append(f"witness own {own.vkey}\n".encode() + POLICY)
    for count in (45, 46):  # 48 witnesses, and one more
        more = (signer(f"w/{at}", cosignature, 100 + at).key.vkey for at in range(count))
        policies.append(
            POLICY + "".join(f"witness m{at} {vkey}\n" for at, vkey in enumerate(more)).encode()
        )
    for count in (15, 16):  # 16 keys of one log, and one more
        keys = (signer(ORIGIN, ed25519, 100 + at).key.vkey for at in range(count))
        policies.append(POLICY + "".join(f"log {vkey}\n" for vkey in keys).encode())
    texts = [
        proof.replace(b"\n", b"\r\n"), proof + b"\n", b"\xef\xbb\xbf" + proof, proof.replace(b"index 12", b"index 012"),
        proof.replace(b"index 12", b"index 9223372036854775808"), proof.replace(b"\xe2\x80\x94 ", b"- "), proof.replace(b"\n\n\xe2\x80\x94", b"\n\n\xef\xbb\xbf\xe2\x80\x94"),
        proof.replace(b"extra ", b"extra  "), proof.replace(b"=\n", b"\n", 1), b"", proof.replace(b"@v1", b"@v2"),
        proof.replace(b"\n\n", b"\n\n\n", 1), proof.replace(b"\n300\n", b"\n300\nmore\n"),
    ]  # fmt: skip
    return [
        *((with_lines(proof, take), POLICY) for take in lines),
        *((with_entry(proof, entry), POLICY) for entry in entries),
        *((proof, policy) for policy in policies),
        *((text, POLICY) for text in texts),
    ]


def by_shape() -> Iterator[tuple[bytes, bytes]]:
    """Each entry of small trees; then entries that are records, or nearly, each at its own number."""
    for size in range(1, 10):
        log = MemoryLog().add(RECORDS[:size])
        yield from ((log.proof(index, SIGNERS).data, POLICY) for index in range(size))
    nearly = MemoryLog().add(
        template.replace(b"N", str(number).encode()) for number, template in enumerate(NEARLY)
    )
    yield from ((nearly.proof(index, SIGNERS).data, POLICY) for index in range(len(NEARLY)))


def by_chance(proof: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Lines left out, told twice, exchanged; bytes changed: of the proof, and sometimes of the policy."""
    chance = random.Random(12)
    for number in range(48):
        files = [proof, POLICY]
        which = number % 4 == 3
        lines = files[which].split(b"\n")
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match number % 3:
            case 0:
                lines[at], lines[other] = lines[other], lines[at]
            case 1:
                lines[at : at + 1] = [lines[at]] * chance.choice((0, 2))
            case _:
                place = chance.randrange(len(lines[at]) + 1)
                letter = bytes((chance.choice(b"AZaz09+/= \n\xe9"),))
                lines[at] = lines[at][:place] + letter + lines[at][place + 1 :]
        files[which] = b"\n".join(lines)
        yield files[0], files[1]
