"""Policies and proofs: who must have signed, and which files are none."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note import NoteSignature, SignedNote, parse_note
from contracts.proof.note_keys import NoteKey, SignatureKind
from contracts.proof.policy import MAX_LOG_KEYS, MAX_POLICY_BYTES, MAX_WITNESSES, parse_policy
from contracts.proof.proof_file import HEADER, MAX_PROOF_BYTES, parse_proof
from contracts.proof.tree import MAX_PATH
from contracts.proof.witness import parse_request, request_of
from tests.contracts.proof.log import AT, LOG, WITNESSES, MemoryLog, policy, signer

SMALL = MemoryLog().add(b"entry %d" % number for number in range(11))
PROOF = SMALL.proof(4)
W = [f"witness w{at} {key.key.vkey}" for at, key in enumerate(WITNESSES)]
L = f"log {LOG[0].key.vkey}"


def text(*lines: str) -> bytes:
    """A policy of lines."""
    return "".join(f"{line}\n" for line in lines).encode()


def test_any_two_of_three_and_one_key_of_the_log_make_a_head_good() -> None:
    """Who signed, and when, is told with it; witnesses are no log, and a log is no witness."""
    verified = policy().verify(SMALL.published())

    assert verified.checkpoint == SMALL.head
    assert [key.kind for key in verified.logs] == [SignatureKind.ED25519, SignatureKind.ML_DSA_44]
    assert [(seen.witness, seen.at) for seen in verified.cosigned] == [
        ("w0", AT), ("w1", AT), ("w2", AT),
    ]  # fmt: skip
    for log, pair in product(LOG, combinations(WITNESSES, 2)):
        policy().verify(SMALL.published([log, *pair]))
    for by, code in ((WITNESSES, "log_did_not_sign"), (LOG, "quorum_missed")):
        with pytest.raises(ProofError, match=code):
            policy().verify(SMALL.published(by))


def test_a_log_signs_for_itself_alone() -> None:
    """The key of another partition's log is trusted, and not for this origin."""
    other = signer("relais.test/civil-1", SignatureKind.ED25519, 8)
    trusted = parse_policy(text(f"log {other.key.vkey}", "quorum none"))

    with pytest.raises(ProofError, match="log_did_not_sign"):
        trusted.verify(SMALL.published([other]))


def test_groups_of_groups_count_as_they_say() -> None:
    """All of a group, and any of another: the standard's own example, in small."""
    nested = parse_policy(text(
        L, *W, "group x all w0 w1", "group y any w2", "group both all x y", "quorum both",
    ))  # fmt: skip

    assert nested.is_met({"w0", "w1", "w2"})
    assert not nested.is_met({"w0", "w1"})
    assert not nested.is_met({"w1", "w2"})
    assert not nested.is_met({"x", "y", "both"})


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("policy_malformed", (L,)),
        ("policy_malformed", (L, "quorum none", "quorum none")),
        ("policy_malformed", (W[0], "group g 2 w0", "quorum g")),
        ("policy_malformed", (W[0], "group g 0 w0", "quorum g")),
        ("policy_malformed", (W[0], "group g all", "quorum g")),
        ("policy_malformed", ("witness a",)),
        ("policy_malformed", ("allow all", "quorum none")),
        ("policy_malformed", (L + " https://a.example more", "quorum none")),
        ("name_unknown", ("quorum w0", W[0])),
        ("name_unknown", (W[0], "group g all w0 g", "quorum g")),
        ("name_unknown", (W[0], "group a all b", "group b all a", "quorum a")),
        ("name_unknown", (W[0], "group g all none", "quorum g")),
        ("member_twice", (W[0], "group g all w0 w0", "quorum g")),
        ("member_twice", (W[0], "group g all w0", "group h all w0", "quorum g")),
        ("key_twice", (W[0], W[0].replace("w0", "w9"), "quorum w0")),
        ("key_twice", (L, L, "quorum none")),
        ("name_twice", (W[0], W[1].replace("w1", "w0"))),
        ("name_twice", (W[0], "group w0 all w0", "quorum w0")),
        ("name_twice", (W[0].replace("w0", "none"), "quorum none")),
        ("number_malformed", (W[0], "group g 01 w0", "quorum g")),
        ("number_malformed", (W[0], "group g some w0", "quorum g")),
        ("vkey_kind_unknown", (f"log {WITNESSES[0].key.vkey}", "quorum none")),
        ("vkey_kind_unknown", (f"witness a {LOG[0].key.vkey}", "quorum a")),
        ("vkey_malformed", ("log x+y+z", "quorum none")),
        ("policy_malformed", (W[0], "group g any" + " w0" * 1000)),
        ("too_large", ("#" * MAX_POLICY_BYTES,)),
        ("policy_malformed", ("quorum none\r",)),
        ("policy_malformed", ("quorum\x00none",)),
        ("policy_malformed", ("# \x7f", "quorum none")),
    ],
)
def test_a_policy_that_says_two_things_or_nothing_is_refused(
    code: str, lines: tuple[str, ...]
) -> None:
    """Cycles, control characters, names before they are defined, members or keys twice."""
    with pytest.raises(ProofError, match=code):
        parse_policy(text(*lines))
    with pytest.raises(ProofError):
        parse_policy(text(*lines)[:-1])  # a line ends in a line feed


@pytest.mark.parametrize("name", [LOG[1].key.name, "w.example"])
def test_a_log_is_not_its_own_witness(name: str) -> None:
    """One ML-DSA key in both places would meet the quorum; another name changes nothing."""
    twice = NoteKey(name, LOG[1].key.kind, LOG[1].key.public)

    with pytest.raises(ProofError, match="key_twice"):
        parse_policy(text(f"log {LOG[1].key.vkey}", f"witness w {twice.vkey}", "quorum w"))


def test_a_checkpoint_with_every_signature_of_its_policy_is_a_note() -> None:
    """As many keys and witnesses as a policy takes, of the largest kind, longest name."""
    origin, large = "o" * 255, NoteSignature("n" * 255, bytes(4), bytes(8 + 2420))
    witnesses = [
        signer(f"w{at}.example", SignatureKind.COSIGNATURE, at) for at in range(MAX_WITNESSES + 1)
    ]
    logs = [signer(origin, SignatureKind.ED25519, 100 + at) for at in range(MAX_LOG_KEYS + 1)]
    lines = [f"log {key.key.vkey}" for key in logs]
    lines += [f"witness w{at} {key.key.vkey}" for at, key in enumerate(witnesses)]
    head = Checkpoint(origin, 2**62, bytes(32)).text

    most = text(*lines[:MAX_LOG_KEYS], *lines[MAX_LOG_KEYS + 1 : -1], "quorum none")
    assert len(parse_policy(most).witnesses) == MAX_WITNESSES
    for more in (lines[MAX_LOG_KEYS], lines[-1]):
        with pytest.raises(ProofError, match="too_many"):
            parse_policy(text(more) + most)
    parse_note(SignedNote(head, (large,) * (MAX_LOG_KEYS + MAX_WITNESSES)).data)
    own = SignedNote(head, (large,) * MAX_LOG_KEYS).data
    assert parse_request(request_of(2**61, [bytes(32)] * MAX_PATH, own)).old == 2**61


def test_a_witness_that_signs_twice_is_one_witness() -> None:
    """The quorum is of witnesses; it is told at the earliest of its times, wherever that stands."""
    head = SMALL.head.text
    lines = [LOG[0].sign(head, AT), *(WITNESSES[0].sign(head, at) for at in (AT + 9, AT, AT + 5))]
    with pytest.raises(ProofError, match="quorum_missed: got 1, expected 2 of 3"):
        policy().verify(SignedNote(head, tuple(lines)).data)
    lines += [LOG[0].sign(head, AT), WITNESSES[2].sign(head, AT + 1)]

    verified = policy().verify(SignedNote(head, tuple(lines)).data)

    assert [key.kind for key in verified.logs] == [SignatureKind.ED25519]
    assert [(seen.witness, seen.at) for seen in verified.cosigned] == [("w0", AT), ("w2", AT + 1)]


def test_names_that_look_alike_are_two() -> None:
    """`K` and the Kelvin sign: names are bytes."""
    kelvin = W[1].replace("w1", "\u212a")

    read = parse_policy(text(W[0].replace("w0", "K"), kelvin, "quorum K"))

    assert not read.is_met({"\u212a"})


@pytest.mark.parametrize("index", [0, 7, 10])
def test_a_proof_is_read_as_it_was_written_and_holds(index: int) -> None:
    """From a file alone; also where the entry is told beside it."""
    proof = SMALL.proof(index)

    read = parse_proof(proof.data)

    assert read == proof
    assert read.check(policy()).checkpoint == SMALL.head
    bare = parse_proof(replace(proof, entry=None).data)
    assert bare.check(policy(), b"entry %d" % index).checkpoint.size == 11


def test_a_proof_of_another_entry_or_index_is_none() -> None:
    """Altered, exchanged, renumbered, without a quorum, or without what it is a proof of."""
    cases = [
        (replace(PROOF, entry=b"entry 5"), None, "not_included"),
        (replace(PROOF, index=5), None, "not_included"),
        (replace(PROOF, index=11), None, "index_beyond_tree"),
        (replace(PROOF, path=PROOF.path[:-1]), None, "proof_wrong_length"),
        (replace(PROOF, path=PROOF.path[::-1]), None, "not_included"),
        (PROOF, b"entry 5", "entry_differs"),
        (replace(PROOF, entry=None), None, "entry_missing"),
        (replace(PROOF, checkpoint=SMALL.published(LOG)), None, "quorum_missed"),
        (replace(PROOF, checkpoint=MemoryLog().add([b"x"] * 11).published()), None, "not_included"),
    ]
    for proof, entry, code in cases:
        with pytest.raises(ProofError, match=code):
            parse_proof(proof.data).check(policy(), entry)


@pytest.mark.parametrize(
    "data",
    [
        b"", PROOF.data.replace(b"proof@v1", b"proof@v2"), PROOF.data.replace(b"index 4",
        b"index 04"),
        PROOF.data.replace(b"index 4", b"index -4"), PROOF.data.replace(b"index 4\n", b""),
        PROOF.data.replace(b"extra ", b"extra  "), PROOF.data.replace(b"extra ", b"Extra "),
        PROOF.data.replace(b"\n", b"\r\n"), PROOF.data.partition(b"\n\n")[0],
        HEADER.encode() + b"\n\n",
        HEADER.encode() + b"\nextra AA==\n\n", bytes(MAX_PROOF_BYTES + 1),
        f"{HEADER}\nindex 0\n{'A' * 44}\n\n".encode(), f"{HEADER}\nindex 0\nAAAA\n\n".encode(),
        (f"{HEADER}\nindex 0\n" + f"{'A' * 43}=\n" * 64 + "\n").encode(),
        b"c2sp.org/tlog-proof@v1\nindex \xff\n\n",
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused(data: bytes) -> None:
    """Another header, number, base64, order of lines, or more than a proof can have."""
    with pytest.raises(ProofError):
        parse_proof(data)


@settings(max_examples=100)
@given(
    at=st.integers(0, PROOF.data.index(b"\n\n")) | st.integers(0, len(PROOF.data)),
    cut=st.integers(0, 3) | st.just(45),
    put=st.binary(max_size=3) | st.sampled_from([b"A", b"Q", b"g", b"\n"]),
)  # fmt: skip
def test_any_other_bytes_as_a_proof(at: int, cut: int, put: bytes) -> None:
    """What still holds is a proof of the same entry; only lines of nobody's key may differ."""
    data = PROOF.data[:at] + put + PROOF.data[at + cut :]
    try:
        read = parse_proof(data)
        head = read.check(policy())
    except ProofError:
        return
    assert replace(read, checkpoint=PROOF.checkpoint) == PROOF
    assert head.checkpoint == SMALL.head
