"""A witness: each answer of the standard, and that no two histories are ever cosigned."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.proof.checkpoint import Checkpoint, parse_checkpoint
from contracts.proof.note import b64, parse_note
from contracts.proof.note_keys import NoteSigner, SignatureKind, open_note, signed_at
from contracts.proof.tree import EMPTY_ROOT, consistency_path
from contracts.proof.witness import (
    MAX_REQUEST_BYTES,
    SIZE_MEDIA,
    TWO_HISTORIES,
    WitnessAnswer,
    Witnessed,
    answered,
    parse_request,
    request_of,
)
from tests.contracts.proof.log import AT, LOG, ORIGIN, WITNESSES, MemoryLog, note, signer
from tests.steps import counted

OWN = WITNESSES[0]
LOGS = {ORIGIN: [key.key for key in LOG]}
FORKS = ("a", "b")  # two histories, alike in their first six entries


@cache
def log_of(fork: str, size: int) -> MemoryLog:
    """The log of a history at a size."""
    entries = [f"{'ab' if number < 6 else fork} {number}".encode() for number in range(size)]
    return MemoryLog().add(entries)


@cache
def signed(fork: str, size: int, *by: NoteSigner) -> bytes:
    """Its checkpoint, signed by its log if nobody else is named."""
    return log_of(fork, size).published(by or LOG)


@cache
def path(fork: str, old: int, size: int) -> list[bytes]:
    """That it goes on from an older one of its own."""
    return consistency_path(old, size, log_of(fork, size).hashes().subtree)


class Asked:
    """A witness, and what it keeps."""

    def __init__(self) -> None:
        self.kept: dict[str, Witnessed] = {}

    def __call__(self, body: bytes, at: int = AT) -> WitnessAnswer:
        """Ask it, and keep what it says."""
        answer = answered(body, LOGS, lambda origin: self.kept.get(origin, Witnessed()), OWN, at)
        if answer.kept is not None:
            self.kept[answer.origin] = answer.kept
        return answer

    def goes_on(self, fork: str, old: int, size: int) -> WitnessAnswer:
        """A log asks as it should."""
        return self(request_of(old, path(fork, old, size), signed(fork, size)))


def test_a_checkpoint_that_goes_on_is_cosigned() -> None:
    """The line opens under the checkpoint, with the time of now."""
    witness = Asked()

    first, second = witness.goes_on("a", 0, 5), witness.goes_on("a", 5, 9)

    assert [first.status, second.status] == [200, 200]
    _note, good = open_note(signed("a", 9) + second.body, [OWN.key])
    assert signed_at(OWN.key, good[0][1].signature) == AT
    kept = parse_note(witness.kept[ORIGIN].cosigned)
    assert [line.name for line in kept.signatures] == [ORIGIN, ORIGIN, OWN.key.name]


STRANGER = signer(ORIGIN, SignatureKind.ED25519, 77)
OTHER_LOG = signer("relais.test/civil-1", SignatureKind.ED25519, 78)
FOREIGN = note(Checkpoint("relais.test/civil-1", 5, bytes(32)).text, OTHER_LOG)
EMPTY_LIE = note(Checkpoint(ORIGIN, 0, bytes(32)).text, LOG[0])


@pytest.mark.parametrize(
    ("status", "code", "body"),
    [
        (400, "request_malformed", b""),
        (400, "request_malformed", signed("a", 9)),
        (400, "request_malformed", request_of(5, [bytes(32)] * 64, signed("a", 9))),
        (400, "request_malformed", request_of(5, [bytes(31)], signed("a", 9))),
        (400, "number_malformed", request_of(5, (), signed("a", 9)).replace(b"old 5", b"old 05")),
        (400, "number_malformed", request_of(-5, (), signed("a", 9))),
        (400, "base64_not_canonical", b"old 5\n?\n\n" + signed("a", 9)),
        (400, "too_large", request_of(5, (), signed("a", 9)) + bytes(MAX_REQUEST_BYTES)),
        (400, "checkpoint_malformed", request_of(5, (), b"x\n\n\xe2\x80\x94 a AAAAAAA=\n")),
        (400, "tree_shrank", request_of(10, (), signed("a", 9))),
        (404, "origin_unknown", request_of(0, (), FOREIGN)),
        (403, "signed_by_nobody", request_of(5, path("a", 5, 9), signed("a", 9, STRANGER))),
        (403, "signature_wrong", request_of(5, (), signed("a", 9).replace(b"\n9\n", b"\n8\n"))),
        (409, "old_differs", request_of(4, path("a", 4, 9), signed("a", 9))),
        (409, "old_differs", request_of(3, (), signed("a", 3))),
        (422, "proof_wrong_length", request_of(5, path("a", 5, 9)[1:], signed("a", 9))),
        (422, "tree_forked", request_of(5, path("a", 5, 9)[::-1], signed("a", 9))),
        (422, "proof_wrong_length", request_of(5, [bytes(32)], signed("a", 5))),
    ],
)  # fmt: skip
def test_what_is_not_right_is_answered_as_the_standard_has_it(
    status: int, code: str, body: bytes
) -> None:
    """Nothing of it is kept, and the next good checkpoint is cosigned."""
    witness = Asked()
    witness.goes_on("a", 0, 5)
    before = dict(witness.kept)

    answer = witness(body)

    assert (answer.status, answer.code) == (status, code)
    assert witness.kept == before
    assert (answer.body, answer.media == SIZE_MEDIA) == (
        (b"5\n", True) if status == 409 else (b"", False)
    )
    assert witness.goes_on("a", 5, 9).status == 200


def test_a_first_checkpoint_begins_at_nothing() -> None:
    """A path to it there is not; an empty tree has one root."""
    begun = request_of(0, [bytes(32)], signed("a", 5))
    lie = request_of(0, (), EMPTY_LIE)

    assert [Asked()(begun).status, Asked()(lie).status] == [422, 422]
    assert Asked().goes_on("a", 0, 0).status == 200


def test_the_same_checkpoint_again_is_cosigned_again() -> None:
    """Whoever lost an answer asks once more; there is nothing new to keep."""
    witness = Asked()
    witness.goes_on("a", 0, 9)

    again = witness(request_of(9, (), signed("a", 9)), AT + 7)

    assert (again.status, again.kept) == (200, None)


@pytest.mark.parametrize(("old", "status"), [(9, 422), (5, 409), (0, 409), (12, 400)])
def test_two_roots_of_one_size_end_the_trust_in_a_log(old: int, status: int) -> None:
    """Whatever else is asked, the log has signed both: kept, and nothing is cosigned more."""
    witness = Asked()
    witness.goes_on("a", 0, 9)

    shown = witness(request_of(old, (), signed("b", 9)))

    assert (shown.status, shown.code) == (status, TWO_HISTORIES)
    kept = witness.kept[ORIGIN]
    notes = [open_note(data, LOGS[ORIGIN])[0] for data in (kept.cosigned, kept.contradiction)]
    heads = [parse_checkpoint(note.text) for note in notes]
    assert heads[0].size == heads[1].size
    assert heads[0].root != heads[1].root
    for fork in FORKS:
        after = witness.goes_on(fork, 9, 12)
        assert (after.status, after.code, after.kept) == (403, TWO_HISTORIES, None)


def test_who_is_not_the_log_cannot_end_the_trust_in_it() -> None:
    """A root that the log's key did not sign proves nothing, nor does a path that is wrong."""
    witness = Asked()
    witness.goes_on("a", 0, 9)

    forged = witness(request_of(9, (), signed("b", 9, STRANGER)))
    garbled = witness(request_of(9, [bytes(32)], signed("a", 12)))

    assert [forged.status, garbled.status] == [403, 422]
    assert witness.goes_on("a", 9, 12).status == 200


@pytest.mark.parametrize(
    "by", [[*LOG, OTHER_LOG, STRANGER], [LOG[0]] * 64, [LOG[0], LOG[1], LOG[0], OWN, OWN]]
)
def test_lines_of_strangers_and_repeated_ones_are_not_kept(by: list[NoteSigner]) -> None:
    """Whatever lines are sent: what is kept can be read, the next checkpoint is cosigned."""
    witness, data = Asked(), note(log_of("a", 5).head.text, *by)

    assert witness(request_of(0, (), data)).status == 200

    kept = [line.key_id for line in parse_note(witness.kept[ORIGIN].cosigned).signatures]
    assert len(kept) == len(set(kept))
    assert set(kept) == {key.key.key_id for key in by if key in LOG} | {OWN.key.key_id}
    assert witness.goes_on("a", 5, 9).status == 200


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(FORKS), st.integers(0, 14), st.integers(0, 14), st.booleans()),
        max_size=14,
    )
)
def test_whatever_a_log_shows_one_history_is_cosigned(
    asked: list[tuple[str, int, int, bool]],
) -> None:
    """Any order of heads of two histories: what is cosigned grows, each on the one before."""
    witness, cosigned = Asked(), [(0, EMPTY_ROOT)]
    for fork, old, size, honest in asked:
        begin = min(old, size)
        hashes = path(fork, begin, size) if honest else path(fork, begin, size)[1:]
        answer = witness(request_of(old, hashes, signed(fork, size)))
        if answer.status == 200:
            cosigned.append((size, log_of(fork, size).edge.root()))

    sizes = [size for size, _root in cosigned]
    assert sizes == sorted(sizes)
    assert any(
        all(root == (log_of(fork, size).edge.root()) for size, root in cosigned) for fork in FORKS
    )


@settings(max_examples=100)
@given(st.integers(0, 3800), st.integers(0, 3), st.binary(max_size=3))
def test_altered_bytes_are_answered(at: int, cut: int, put: bytes) -> None:
    """By a status of the standard, never an error; by 200 only if no bit of them counts."""
    witness, body = Asked(), request_of(5, path("a", 5, 9), signed("a", 9))
    witness.goes_on("a", 0, 5)

    answer = witness(altered := body[:at] + put + body[at + cut :])

    assert answer.status in {200, 400, 403, 404, 409, 422}
    if answer.status == 200:
        assert parse_request(altered).head == log_of("a", 9).head


@pytest.mark.parametrize(
    "body",
    [
        b"old 5\n" + b"\n" * 60_000,
        b"old " + b"9" * 60_000 + b"\n\n" + signed("a", 9),
        b"old 5\n" + b64(bytes(32)).encode() * 1_400 + b"\n\n" + signed("a", 9),
        request_of(5, (), signed("a", 9)) + "— x AAAAAAA=\n".encode() * 3_000,
        bytes(MAX_REQUEST_BYTES * 300),
    ],
)
def test_what_is_huge_is_refused_at_once(body: bytes) -> None:
    """Before anything of it is decoded: lines, a number, a line, signatures, 19 MB."""
    with counted() as steps:
        assert Asked()(body).status == 400

    assert steps.number < 100
