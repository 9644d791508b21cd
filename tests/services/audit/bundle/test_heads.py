"""Checkpoints in a bundle: held to its records and to the owners' policy, whoever has the router's key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import ProofError
from contracts.proof.checkpoint import origin_of, parse_checkpoint
from contracts.proof.log_keys import log_signers
from contracts.proof.note import SignedNote, parse_note
from contracts.proof.note_keys import NoteSigner, SignatureKind
from contracts.proof.signed_policy import policy_text, sign_policy
from contracts.vocabulary import topics
from services.audit.bundle.export import export
from services.audit.bundle.heads import held_heads, published_heads
from services.audit.bundle.verify import checked
from services.audit.tree.log_folder import LogFolder
from services.cli.auditor.finding_sentences import sentence
from tests.services.audit.bundle.memory_log import (
    MemoryLog,
    ignored,
    judged,
    out_of,
    owners_of,
    request_of,
    small_world,
)
from tests.world import BEGIN, realm_keys

DECISIONS = topics.decisions("civil")
SECRET = b"a secret of the log's keeper".ljust(32)
NAMES = ("education", "police", "justice")
WITNESSES = {
    name: NoteSigner(f"relais.local/{name}", SignatureKind.COSIGNATURE, name.encode().ljust(32))
    for name in NAMES
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a signed policy of three witnesses, and the log of the world published below it."""
    world, keeper = small_world(), realm_keys("civil").keeper
    signers = [log_signers(SECRET, origin_of("local", "civil", at)) for at in range(6)]
    logs = [signer.key for pair in signers for signer in pair]
    text = policy_text(logs, {name: one.key for name, one in WITNESSES.items()}, 2)
    (tmp_path / "tlog-policy.civil").write_bytes(text)
    token = sign_policy(text, "civil", BEGIN, keeper)
    (tmp_path / "tlog-policy.civil.jws").write_text(token)
    for number, pair in enumerate(signers):
        with closing(LogFolder(tmp_path / "log" / f"civil-{number}", pair)) as log:
            for record in world.topics[DECISIONS, number]:
                log.add(record.value or b"")
            log.publish(BEGIN, 0)
    return tmp_path


def heads_of(home: Path, *cosigners: str) -> dict[str, bytes]:
    """What is published, cosigned by some witnesses."""
    heads = published_heads(str(home / "log"), home, "civil", 6)
    for name, data in heads.items():
        if name.endswith(".checkpoint"):
            note = parse_note(data)
            seen = tuple(WITNESSES[one].sign(note.text, BEGIN + 5) for one in cosigners)
            heads[name] = SignedNote(note.text, (*note.signatures, *seen)).data
    return heads


def made(home: Path, heads: dict[str, bytes], **more: object) -> Path:
    """A bundle with these checkpoints."""
    path = out_of(home)
    export(request_of(small_world(), realms=("civil",), heads=heads, **more), path)
    return path


def shorter() -> Iterator[tuple[int, MemoryLog]]:
    """The log with a partition rolled back to an earlier signed end: nobody sees that in the log alone."""
    world = small_world()
    rows = {place: list(own) for place, own in world.topics.items()}
    number = max(range(6), key=lambda at: len(rows[DECISIONS, at]))
    for kind in (DECISIONS, topics.evidence("civil")):
        del rows[kind, number][3:]
    yield number, MemoryLog(rows)


def test_checkpoints_of_these_records_are_held_and_their_witnesses_told(home: Path) -> None:
    """One a partition; two of three are as many as the policy asks for, one is not."""
    path = made(home, heads_of(home, "police", "justice"))

    with checked(path, "", ignored) as bundle:
        held = list(held_heads(bundle, owners_of(small_world())))
    assert judged(path, small_world()).clean

    assert [head.partition for head in held] == list(range(6))
    assert {(head.cosigned, head.is_met, head.finding) for head in held} == {
        (("police", "justice"), True, None)
    }
    with checked(made(home, heads_of(home, "police")), "", ignored) as bundle:
        assert not any(head.is_met for head in held_heads(bundle, owners_of(small_world())))


def test_a_rolled_back_partition_is_found_by_a_checkpoint_of_before(home: Path) -> None:
    """With the router's key in the liar's hand: the log alone shows nothing, the checkpoint does."""
    ((number, log),) = shorter()
    assert judged(made(home, {}, source=log), small_world()).clean

    verdict = judged(made(home, heads_of(home), source=log), small_world())

    ((realm, found),) = verdict.findings
    assert (realm, found.code, found.partition, found.alarm) == (
        "civil", "checkpoint_differs", number, True
    )  # fmt: skip
    assert "its end was taken away" in sentence(found, "en")


def test_records_made_anew_do_not_come_to_the_checkpoint(home: Path) -> None:
    """As many as before, chained and signed: another root."""
    heads = heads_of(home)
    name = next(name for name in heads if name.endswith(".checkpoint"))
    note = parse_note(heads[name])
    head = replace(parse_checkpoint(note.text), root=b"\7" * 32)
    signers = log_signers(SECRET, head.origin)
    lines = tuple(signer.sign(head.text, BEGIN) for signer in signers)
    heads[name] = SignedNote(head.text, lines).data

    verdict = judged(made(home, heads), small_world())

    assert [finding.code for _realm, finding in verdict.findings if finding.alarm] == [
        "checkpoint_differs"
    ]


def test_a_checkpoint_that_no_log_of_the_policy_signed_is_refused(home: Path) -> None:
    """Of another log, altered, under a policy that the owners have not signed, or with a lower quorum."""
    heads = heads_of(home, "police")
    first, second = (f"heads/civil-0{at}.checkpoint" for at in (0, 1))
    policy = heads["heads/civil.policy"]
    lowered = policy.replace(b"agencies 2 ", b"agencies 1 ")
    stranger, keeper = realm_keys("civil").router, realm_keys("civil").keeper
    lies = {
        "log_did_not_sign": {first: heads[second]},
        "signature_wrong": {first: heads[first].replace(b"civil-0\n", b"civil-0\n1", 1)},
        "policy_not_signed": {
            "heads/civil.policy.jws": sign_policy(policy, "civil", BEGIN, stranger).encode()
        },
        "quorum_lowered": {
            "heads/civil.policy": lowered,
            "heads/civil.policy.jws": sign_policy(lowered, "civil", BEGIN, keeper).encode(),
        },
    }

    for code, lie in lies.items():
        with pytest.raises(ProofError, match=code):
            judged(made(home, heads | lie), small_world())


def test_what_is_not_published_is_left_out(home: Path) -> None:
    """And without a policy there are none: nobody could say whose they are."""
    assert published_heads(str(home / "elsewhere"), home, "civil", 6) == {}
    assert published_heads(str(home / "log"), home, "criminal", 6) == {}
