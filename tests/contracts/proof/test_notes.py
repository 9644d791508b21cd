"""Signed notes, checkpoints, cosignatures: what opens, is refused, is passed over."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.encoding import sha256
from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, origin_of, parse_checkpoint
from contracts.proof.note import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    NoteSignature,
    SignedNote,
    b64,
    parse_note,
)
from contracts.proof.note_keys import (
    NoteKey,
    NoteSigner,
    SignatureKind,
    open_head,
    open_note,
    parse_vkey,
)
from tests.contracts.proof.log import AT, LOG, ORIGIN, WITNESSES, note, signer

HEAD = Checkpoint(ORIGIN, 3, bytes(32))
KEYS = [key.key for key in (*LOG, *WITNESSES)]


@pytest.mark.parametrize("key", [*LOG, *WITNESSES], ids=lambda key: key.key.kind.name)
def test_a_signature_opens_its_own_text_alone(key: NoteSigner) -> None:
    """Of each kind, by its vkey; no size, root or origin that was not signed."""
    known = parse_vkey(key.key.vkey)

    opened, good = open_note(note(HEAD.text, key), [known])

    assert opened.text == HEAD.text
    assert [signed for signed, _line in good] == [known]
    for other in (
        Checkpoint(ORIGIN, 4, bytes(32)),
        Checkpoint(ORIGIN, 3, sha256(b"")),
        Checkpoint("relais.test/civil-1", 3, bytes(32)),
    ):
        data = SignedNote(other.text, (key.sign(HEAD.text, AT),)).data
        with pytest.raises(ProofError, match="signature_wrong"):
            open_note(data, KEYS)


def test_a_false_signature_of_a_known_key_refuses_what_others_signed_well() -> None:
    """Whoever may be trusted, one known key that did not sign is a note that nobody wrote."""
    false = NoteSignature(LOG[0].key.name, LOG[0].key.key_id, bytes(64))
    good = [key.sign(HEAD.text, AT) for key in (LOG[1], *WITNESSES)]

    with pytest.raises(ProofError, match="signature_wrong"):
        open_note(SignedNote(HEAD.text, (*good, false)).data, KEYS)


def test_lines_of_unknown_keys_are_passed_over() -> None:
    """Other names, other ids under known names, foreign kinds: fifteen beside a good one."""
    stranger = signer("elsewhere.example/w", SignatureKind.COSIGNATURE, 9)
    false = [NoteSignature(ORIGIN, bytes((9, 9, 9, at)), b"\x00" * 71) for at in range(13)]
    named = NoteSignature("elsewhere.example/x", LOG[0].key.key_id, b"\x01")
    lines = (*false, named, stranger.sign(HEAD.text, AT), LOG[0].sign(HEAD.text, AT))

    _, good = open_note(SignedNote(HEAD.text, lines).data, KEYS)

    assert [key for key, _line in good] == [LOG[0].key]


def test_a_name_of_letters_that_look_alike_is_unknown() -> None:
    """Cyrillic `е` in `education`: its line is a stranger's, and no key may be called so."""
    line = WITNESSES[0].sign(HEAD.text, AT)
    alike = NoteSignature(line.name.replace("e", "е", 1), line.key_id, line.signature)

    with pytest.raises(ProofError, match="signed_by_nobody"):
        open_note(SignedNote(HEAD.text, (alike,)).data, KEYS)
    with pytest.raises(ProofError, match="vkey_malformed"):
        NoteSigner(alike.name, SignatureKind.COSIGNATURE, bytes(32))


@pytest.mark.parametrize("kind", [SignatureKind.COSIGNATURE, SignatureKind.ML_DSA_44])
def test_a_cosignature_is_of_a_checkpoint_and_says_when(kind: SignatureKind) -> None:
    """No witness signs what is no tree head, nor a time that no reader could hold."""
    key = signer("w.example", kind, 7)

    for text, at in ((b"Dear judge,\n", AT), (HEAD.text + b"more\n", AT), (HEAD.text, 1 << 63)):
        with pytest.raises(ProofError):
            key.sign(text, at)


def test_a_cosigners_name_is_part_of_what_ml_dsa_signs() -> None:
    """The same key under another name has not signed."""
    key = WITNESSES[1].key
    renamed = NoteKey("impostor.example", key.kind, key.public)
    line = WITNESSES[1].sign(HEAD.text, AT)

    assert key.verifies(HEAD.text, line.signature)
    assert not renamed.verifies(HEAD.text, line.signature)


def test_sixteen_large_signatures_are_taken_and_a_thousand_are_not() -> None:
    """What every reader must take; above sixty-four, or 256 KiB, nothing is read."""
    line, small = LOG[1].sign(HEAD.text, AT), NoteSignature("w.example", bytes(4), b"\x00")
    others = (NoteSignature("w.example", bytes(4), line.signature),) * 15

    _, good = open_note(SignedNote(HEAD.text, (*others, line)).data, KEYS)
    assert len(good) == 1

    for data, code in (
        (SignedNote(HEAD.text, (small,) * (MAX_SIGNATURES + 1)).data, "too_many_signatures"),
        (bytes(MAX_NOTE_BYTES + 1), "too_large"),
    ):
        with pytest.raises(ProofError, match=code):
            parse_note(data)


GOOD = note(HEAD.text, LOG[0])


@pytest.mark.parametrize(
    "data",
    [
        note(b"a\x01b\n", LOG[0]),
        b"", b"\n", b"\n\n", b"text\n", b"text\n\n", GOOD[:-1], GOOD + b"\n", GOOD + b"more\n",
        GOOD.replace(b"\n", b"\r\n"), GOOD.replace(b"relais", b"rel\xffis"), GOOD.replace(b"3",
        b"\x003"),
        GOOD.replace("— ".encode(), b"- "), GOOD.replace("— ".encode(), "— +".encode()),
        GOOD.replace(b"civil-0 ", b"civil-0  "), GOOD.replace(b"=\n", b"\n").replace(b"==", b""),
        HEAD.text + "\n— name \n".encode(), HEAD.text + "\n— name AAAA\n".encode(),
        HEAD.text + "\n— na\u2003me AAAAAAA=\n".encode(),
        HEAD.text + "\n—  AAAAAAA=\n".encode(), HEAD.text + "\n— a+b AAAAAAA=\n".encode(),
        HEAD.text + "\n— name AAAAAAB=\n".encode(),
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(data: bytes) -> None:
    """Line ends, bytes, names and base64 of another form; each has an error and no traceback."""
    with pytest.raises(ProofError):
        parse_note(data)


@settings(max_examples=100)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda at, size, put: GOOD[: at % len(GOOD)] + put + GOOD[at % len(GOOD) + size :],
            st.integers(0, 10_000), st.integers(0, 4), st.binary(max_size=4),
        ),
    )
)  # fmt: skip
def test_any_bytes_as_a_note(data: bytes) -> None:
    """What opens is the note that was signed; all else is refused."""
    try:
        opened, good = open_note(data, KEYS)
    except ProofError:
        return
    assert opened.text == HEAD.text
    assert opened.data == data
    assert LOG[0].key in [key for key, _line in good]


@pytest.mark.parametrize(
    "text",
    [
        "\n3\n" + b64(bytes(32)) + "\n", "o\n03\n" + b64(bytes(32)) + "\n",
        "o\n-1\n" + b64(bytes(32)) + "\n",
        "o\n٣\n" + b64(bytes(32)) + "\n", "o\n9223372036854775808\n" + b64(bytes(32)) + "\n",
        "o\n3\n" + b64(bytes(31)) + "\n", "o\n3\n" + b64(bytes(32)),
        "o\n3\n" + b64(bytes(32)) + "\nmore\n",
        "o" * 256 + "\n3\n" + b64(bytes(32)) + "\n",
        "o\n" + "9" * 200_000 + "\n" + b64(bytes(32)) + "\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """No origin, another form of size, a root of another length, an unauditable line."""
    with pytest.raises(ProofError):
        parse_checkpoint(text.encode())


@pytest.mark.parametrize(
    ("vkey", "code"),
    [
        ("", "vkey_malformed"), ("a+b", "vkey_malformed"), ("a b+00000000+AQ==", "vkey_malformed"),
        (f"x+{'0' * 8}+{b64(bytes((1, *bytes(32))))}", "vkey_id_differs"),
        (f"x+{'0' * 8}+{b64(bytes((2, *bytes(32))))}", "vkey_kind_unknown"),
        (f"x+{'0' * 8}+{b64(bytes((6, *bytes(32))))}", "vkey_malformed"),
        (f"x+{'0' * 8}+AQ", "base64_not_canonical"), (f"x+{'0' * 8}+=", "base64_not_canonical"),
        ("x" * 5000, "vkey_malformed"), (LOG[0].key.vkey.upper(), "vkey_malformed"),
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(vkey: str, code: str) -> None:
    """Each by its own code."""
    with pytest.raises(ProofError, match=code):
        parse_vkey(vkey)


def test_a_partitions_log_has_a_name_of_its_own() -> None:
    """By instance, realm and partition; what would be another's name, or none, is refused."""
    assert origin_of("demo", "civil", 0) == "relais.demo/civil-0"

    for instance in ("Demo", "", "a/b", "a+b"):
        with pytest.raises(ProofError, match="origin_malformed"):
            origin_of(instance, "civil", 0)
    for realm, number in (("x", 0), ("civil", -1)):
        with pytest.raises(ProofError, match="origin_malformed"):
            origin_of("a", realm, number)


def test_a_log_signs_no_head_of_another() -> None:
    """Its own head opens with its own lines alone; under another's name it is refused."""
    own = [key.key for key in LOG]
    other = Checkpoint(f"{ORIGIN}1", 3, bytes(32))

    head, kept = open_head(note(HEAD.text, *LOG, *WITNESSES), own)

    assert head == HEAD
    assert {line.name for line in kept.signatures} == {ORIGIN}
    with pytest.raises(ProofError, match="origin_malformed"):
        open_head(note(other.text, *LOG), own)
