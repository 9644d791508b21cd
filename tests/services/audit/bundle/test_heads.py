"""Checkpoints in a bundle: held to its records and to the policy, whoever's the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from contracts.encoding import canonical
from contracts.errors import ProofError
from contracts.proof.checkpoint import origin_of
from contracts.proof.log_keys import log_signers
from contracts.proof.note import SignedNote, parse_note
from contracts.proof.note_keys import NoteSigner, SignatureKind
from contracts.proof.signed_policy import policy_text, sign_policy
from contracts.vocabulary import topics
from services.audit.bundle.export import export
from services.audit.bundle.head_proofs import LeftOut
from services.audit.bundle.heads import HeldHead, published_heads
from services.audit.bundle.verify import checked, checked_heads, registries_of
from services.audit.tree.log_folder import LogFolder
from services.cli.auditor.finding_sentences import sentence
from services.platform.store.memory import Memory
from tests.services.audit.bundle.memory_log import (
    MemoryLog,
    ignored,
    judged,
    out_of,
    owners_of,
    replayed,
    request_of,
    small_world,
)
from tests.world import BEGIN, World, realm_keys


def unexpected(realm: str, number: int, error: ProofError) -> None:
    """Nothing is left out of an honest log's."""
    raise AssertionError((realm, number, error))


DECISIONS = topics.decisions("civil")
SECRET = b"a secret of the log's keeper".ljust(32)
NAMES = ("education", "police", "justice")
WITNESSES = {
    name: NoteSigner(f"relais.local/{name}", SignatureKind.COSIGNATURE, name.encode().ljust(32))
    for name in NAMES
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a signed policy of three witnesses, and the small world's published log."""
    return published_by(small_world(), tmp_path)


def published_by(world: World, tmp_path: Path) -> Path:
    """A home with a signed policy of three witnesses, and the log of a world published below it."""
    keeper = realm_keys("civil").keeper
    signers = [log_signers(SECRET, origin_of("local", "civil", at)) for at in range(6)]
    logs = [signer.key for pair in signers for signer in pair]
    text = policy_text(logs, {name: one.key for name, one in WITNESSES.items()}, 2)
    (tmp_path / "tlog-policy.civil").write_bytes(text)
    token = sign_policy(text, "civil", BEGIN, keeper)
    (tmp_path / "tlog-policy.civil.jws").write_text(token)
    for number, pair in enumerate(signers):
        with closing(LogFolder(tmp_path / "log" / f"civil-{number}", Memory(None), pair)) as log:
            for record in world.topics[DECISIONS, number]:
                log.add(record.value or b"")
            log.publish(BEGIN, 0)
    return tmp_path


def published(
    home: Path, log: str = "log", realm: str = "civil", left_out: LeftOut = unexpected
) -> dict[str, bytes]:
    """What an export finds published."""
    owners = owners_of(small_world())
    return published_heads(str(home / log), home, realm, 6, owners, left_out)


def test_a_policy_whose_signature_is_not_there_is_not_taken_along(tmp_path: Path) -> None:
    """An export says so, and is no traceback."""
    (tmp_path / "tlog-policy.civil").write_bytes(b"quorum none\n")

    with pytest.raises(ProofError, match="policy_not_signed"):
        published(tmp_path)


def heads_of(home: Path, *cosigners: str) -> dict[str, bytes]:
    """What is published, cosigned by some witnesses."""
    heads = published(home)
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


def held_of(path: Path) -> list[HeldHead]:
    """What a bundle's checkpoints come to."""
    owners = owners_of(small_world())
    with checked(path, "", ignored) as bundle:
        return list(checked_heads(bundle, owners, registries_of(bundle, owners)))


def shorter() -> Iterator[tuple[int, MemoryLog]]:
    """The log with a partition rolled back to a signed end: it shows in no log alone."""
    world = small_world()
    rows = {place: list(own) for place, own in world.topics.items()}
    number = max(range(6), key=lambda at: len(rows[DECISIONS, at]))
    for kind in (DECISIONS, topics.evidence("civil")):
        del rows[kind, number][3:]
    yield number, MemoryLog(rows)


def test_checkpoints_of_these_records_are_held_and_their_witnesses_told(home: Path) -> None:
    """One a partition; two of three are as many as the policy asks for, one is not."""
    path = made(home, heads_of(home, "police", "justice"))

    held = held_of(path)
    assert judged(path, small_world()).clean

    assert [head.partition for head in held] == list(range(6))
    assert {(head.cosigned, head.is_met, head.finding) for head in held} == {
        (("police", "justice"), True, None)
    }
    assert not any(head.is_met for head in held_of(made(home, heads_of(home, "police"))))


def test_a_rolled_back_partition_is_found_by_a_checkpoint_of_before(home: Path) -> None:
    """With the router's key in the liar's hand: the log shows nothing, the checkpoint does."""
    ((number, log),) = shorter()
    assert judged(made(home, {}, source=log), small_world()).clean

    verdict = judged(made(home, heads_of(home), source=log), small_world())

    ((realm, found),) = verdict.findings
    assert (realm, found.code, found.partition, found.alarm) == (
        "civil", "checkpoint_differs", number, True
    )  # fmt: skip
    assert "its end was taken away" in sentence(found, "en")


def test_a_checkpoint_that_no_log_of_the_policy_signed_is_a_finding(home: Path) -> None:
    """Of another log, altered, no note, under an unsigned or a minority's policy."""
    heads = heads_of(home, "police")
    names = [name for name in heads if name.endswith(".checkpoint")]
    policy = heads["heads/civil.policy"]
    lowered = policy.replace(b"agencies 2 ", b"agencies 1 ")
    stranger, keeper = realm_keys("civil").router, realm_keys("civil").keeper
    bad = {
        names[0]: b"<html>502 Bad Gateway</html>\n",
        names[1]: heads[names[2]],
        names[2]: heads[names[2]].replace(b"civil-2\n", b"civil-2\n1", 1),
    }
    unsigned = {"heads/civil.policy.jws": sign_policy(policy, "civil", BEGIN, stranger).encode()}
    minority = {
        "heads/civil.policy": lowered,
        "heads/civil.policy.jws": sign_policy(lowered, "civil", BEGIN, keeper).encode(),
    }

    verdict = judged(made(home, heads | bad), small_world())

    alarms = [finding for _realm, finding in verdict.findings if finding.alarm]
    assert [(alarm.code, alarm.detail.partition(":")[0]) for alarm in alarms] == [
        ("checkpoint_unsigned", code)
        for code in ("note_malformed", "log_did_not_sign", "signature_wrong")
    ]
    assert "shows nothing" in sentence(alarms[0], "en")
    assert verdict.records == sum(len(small_world().topics[DECISIONS, at]) for at in range(6))
    for code, lie in {"policy_not_signed": unsigned, "quorum_lowered": minority}.items():
        told = [head.finding for head in held_of(made(home, heads | lie))]
        assert {finding and finding.detail.partition(":")[0] for finding in told} == {code}


def test_a_bundle_outlives_a_quorum_that_was_raised(home: Path) -> None:
    """An agency has joined since: the same verdict, and that fewer had to sign is told."""
    path, world = made(home, heads_of(home, "police", "justice")), small_world()
    then, now = (replace(owners_of(world), witnesses=least) for least in (2, 3))

    verdict = judged(path, world, owners=now)

    assert judged(path, world, owners=then).notes.get("quorum_outgrown") is None
    assert (verdict.clean, verdict.notes["quorum_outgrown"]) == (True, 1)
    assert verdict.records == judged(path, world, owners=then).records


def test_a_record_of_nobody_does_not_make_the_log_rewritten(home: Path) -> None:
    """Who can write to Kafka puts one before the genuine one, chained, and cannot sign it."""
    world = small_world()
    rows = {place: list(own) for place, own in world.topics.items()}
    number = max(range(6), key=lambda at: len(rows[DECISIONS, at]))
    own = rows[DECISIONS, number]
    said = orjson.loads(own[3].value or b"")
    forged = replace(own[3], value=canonical(said | {"at": said["at"] + 1}), headers=())
    rows[DECISIONS, number] = [
        replace(row, offset=at) for at, row in enumerate([*own[:3], forged, *own[3:]])
    ]
    log = MemoryLog(rows)

    verdict = judged(made(home, heads_of(home, "police"), source=log), world)

    assert verdict.json() == replayed(world, source=log, realms=("civil",)).json()


def test_what_is_not_published_is_left_out(home: Path) -> None:
    """And without a policy there are none: nobody could say whose they are."""
    assert published(home, "elsewhere") == {}
    assert published(home, realm="criminal") == {}


def test_a_page_that_stands_where_a_checkpoint_does_is_left_out_and_told(home: Path) -> None:
    """As a proxy answers while the service is down; the others are in the bundle."""
    (home / "log" / "civil-3" / "checkpoint").write_bytes(b"<html>502 Bad Gateway</html>\n")
    told: list[tuple[str, int, str]] = []

    heads = published(home, left_out=lambda *what: told.append((*what[:2], what[2].code)))

    assert told == [("civil", 3, "note_malformed")]
    assert "heads/civil-03.checkpoint" not in heads
    assert "heads/civil-04.checkpoint" in heads
