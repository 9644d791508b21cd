"""Heads and their witnesses: who is asked, what counts, never two quorums."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts.errors import ProofError
from contracts.proof.note_keys import NoteKey, SignatureKind
from contracts.proof.policy import parse_policy
from contracts.proof.signed_policy import policy_text, usual_quorum
from contracts.vocabulary.scopes import AGENCIES
from services.agency.witness import LogWitness
from services.audit.tree.cosigning import HeadCosigning, WitnessedHead
from services.platform.process.clock import SystemClock
from services.platform.store.memory import Memory
from tests.contracts.proof.log import LOG, ORIGIN, signer
from tests.contracts.proof.test_witness import log_of, signed

KEYS = {
    name: signer(f"relais.test/{name}", SignatureKind.COSIGNATURE, 60 + number)
    for number, name in enumerate(AGENCIES)
}
LOGS = {ORIGIN: [key.key for key in LOG]}
POLICY = parse_policy(
    policy_text(
        LOGS[ORIGIN], {name: key.key for name, key in KEYS.items()}, usual_quorum(len(KEYS))
    )
)


class Agencies:
    """Every agency's witness, on disks of their own."""

    def __init__(self, folder: Path, keys: Sequence[NoteKey] = LOGS[ORIGIN]) -> None:
        self.up = set(AGENCIES)
        self.posts = 0
        self._witnesses = {
            name: LogWitness(folder / name, Memory(None), key, {ORIGIN: keys}, SystemClock())
            for name, key in KEYS.items()
        }

    async def post(self, name: str, body: bytes) -> tuple[int, bytes]:
        """Ask one, if it is there."""
        self.posts += 1
        if name not in self.up:
            return 0, b""
        answer = self._witnesses[name].add(body)
        return answer.status, answer.body


@pytest.fixture
def agencies(tmp_path: Path) -> Agencies:
    """Five witnesses that have seen nothing."""
    return Agencies(tmp_path)


async def shown(log: HeadCosigning, fork: str, size: int) -> WitnessedHead:
    """A head of a history, handed to the witnesses."""
    return await log.ask(signed(fork, size), log_of(fork, size).hashes().subtree)


async def test_a_quorum_of_witnesses_makes_a_head_good_under_the_policy(
    agencies: Agencies,
) -> None:
    """The next one needs one request a witness; one that is away is not missed, two are."""
    auditor = HeadCosigning(POLICY, agencies.post)
    await shown(auditor, "a", 5)
    agencies.posts = 0
    whole, posts = await shown(auditor, "a", 9), agencies.posts
    agencies.up -= {"police"}
    most = await shown(auditor, "a", 12)
    agencies.up -= {"justice"}
    few = await shown(auditor, "a", 14)

    assert [seen.witness for seen in POLICY.verify(whole.note).cosigned] == list(AGENCIES)
    assert (whole.met, whole.missing, posts) == (True, {}, len(AGENCIES))
    assert (most.met, most.missing) == (True, {"police": 0})
    assert (few.met, few.missing) == (False, {"police": 0, "justice": 0})
    with pytest.raises(ProofError, match="quorum_missed"):
        POLICY.verify(few.note)
    agencies.up |= {"police", "justice"}
    assert (await shown(auditor, "a", 14)).missing == {}


@pytest.mark.parametrize("among", [(), ("police",), ("police", "justice"), AGENCIES[:4], AGENCIES])
async def test_two_histories_never_have_a_quorum_each(
    agencies: Agencies, among: tuple[str, ...]
) -> None:
    """Two auditors with one key show two histories: no split of agencies fools a quorum."""
    everyone = set(AGENCIES)
    agencies.up = everyone - set(among)
    first = await shown(HeadCosigning(POLICY, agencies.post), "a", 9)
    agencies.up = everyone
    second = await shown(HeadCosigning(POLICY, agencies.post), "b", 9)
    third = await shown(HeadCosigning(POLICY, agencies.post), "b", 12)

    assert [first.met, second.met].count(True) <= 1
    assert not (first.met and third.met)
    statuses = {name: status for name, status in second.missing.items() if name not in among}
    assert set(statuses) == everyone - set(among)
    assert set(statuses.values()) <= {409, 422, 403}


async def test_a_witness_that_claimed_too_much_is_asked_again(agencies: Agencies) -> None:
    """Once by each head, and told each time; as soon as it is right again it counts."""
    claimed: list[bytes] = []

    async def post(name: str, body: bytes) -> tuple[int, bytes]:
        if name == "police" and len(claimed) < 2:
            claimed.append(body)
            return 409, b"4096\n"
        return await agencies.post(name, body)

    auditor = HeadCosigning(POLICY, post)
    first, second = await shown(auditor, "a", 5), await shown(auditor, "a", 5)
    third = await shown(auditor, "a", 5)

    assert [first.ahead, second.ahead, third.ahead] == [("police",), ("police",), ()]
    assert [first.missing, second.missing] == [{"police": 409}] * 2
    assert third.missing == {}
    assert len(claimed) == 2


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"x"),
        (200, "— relais.test/police AAAAAAAA\n".encode()),
        (409, b"-1\n"),
        (409, b"9" * 400),
        (409, "é".encode()),
        (500, b"no"),
    ],
)
async def test_whatever_one_witness_answers_the_others_count(
    agencies: Agencies, answer: tuple[int, bytes]
) -> None:
    """A line that is not its own signature of this head is none."""

    async def post(name: str, body: bytes) -> tuple[int, bytes]:
        return answer if name == "police" else await agencies.post(name, body)

    head = await shown(HeadCosigning(POLICY, post), "a", 5)

    assert head.met
    assert set(head.missing) == {"police"}
    POLICY.verify(head.note)
