"""Checkpoints and layout in a bundle: held to its records and the policy, whoever's the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.envelope.wire import Inbound
from contracts.errors import ProofError
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import origin_of
from contracts.proof.note import SignedNote, parse_note
from contracts.proof.note_keys import NoteSigner, SignatureKind, log_signers
from contracts.proof.signed_policy import policy_text, sign_policy
from contracts.vocabulary import topics
from services.audit.bundle.checkpoints import LeftOut, published_heads
from services.audit.bundle.manifest import checkpoint_file, policy_files
from services.audit.bundle.verify import JudgedBundle
from services.audit.tree.log_folder import LogFolder
from services.cli.auditor.finding_sentences import sentence
from services.platform.store.memory import Memory
from tests.contracts.log.first_orders import owners
from tests.services.audit.bundle.kit import alarms, exported, small_world, whole, written
from tests.services.audit.bundle.test_hostile_bundles import Files, listed, sound
from tests.services.audit.lies.kinds import moved
from tests.services.audit.lies.lab import Lab
from tests.simulation.broker import Place
from tests.world import BEGIN, realm_keys

DECISIONS = topics.decisions("civil")
SECRET = b"a secret of the log's keeper".ljust(32)
NAMES = ("education", "police", "justice")
WITNESSES = {
    name: NoteSigner(f"relais.local/{name}", SignatureKind.COSIGNATURE, name.encode().ljust(32))
    for name in NAMES
}
POLICY, SIGNATURE = policy_files("civil")
NUMBER = 3


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a signed policy of three witnesses, and the small world's published log."""
    return published_by(small_world().topics, tmp_path)


def published_by(rows: Mapping[Place, Sequence[Inbound]], tmp_path: Path) -> Path:
    """A home with a signed policy of three witnesses, and a log published below it."""
    keeper = realm_keys("civil").keeper
    signers = [log_signers(SECRET, origin_of("local", "civil", at)) for at in range(6)]
    logs = [signer.key for pair in signers for signer in pair]
    text = policy_text(logs, {name: one.key for name, one in WITNESSES.items()}, 2)
    (tmp_path / "tlog-policy.civil").write_bytes(text)
    token = sign_policy(text, "civil", BEGIN, keeper)
    (tmp_path / "tlog-policy.civil.jws").write_text(token)
    for number, pair in enumerate(signers):
        with closing(LogFolder(tmp_path / "log" / f"civil-{number}", Memory(None), pair)) as log:
            for record in rows.get((DECISIONS, number), ()):
                log.add(record.value or b"")
            log.publish(BEGIN, 0)
    return tmp_path


def published(
    home: Path, log: str = "log", realm: str = "civil", left_out: LeftOut = lambda *_what: None
) -> Files:
    """What an export finds published."""
    return published_heads(str(home / log), home, realm, 6, owners(), left_out)


def heads_of(home: Path, *cosigners: str) -> Files:
    """What is published, cosigned by some witnesses."""
    heads = published(home)
    for name, data in heads.items():
        if name.endswith(".checkpoint"):
            note = parse_note(data)
            seen = tuple(WITNESSES[one].sign(note.text, BEGIN + 5) for one in cosigners)
            heads[name] = SignedNote(note.text, (*note.signatures, *seen)).data
    return heads


def of_bundle(home: Path, heads: Files, least: int = 0, **more: Any) -> JudgedBundle:
    """What a bundle with these checkpoints comes to, by owners who pin how many must cosign."""
    path = exported(home / "bundle.zip", heads=heads, **more)
    return whole(path, whose=replace(owners(), witnesses=least))


def found(bundle: JudgedBundle) -> list[AuditFinding]:
    """Findings, but those of a desk's first event."""
    return [each for _realm, each in bundle.verdict.findings if each.code != "prev_absent"]


def shorter() -> tuple[int, Lab]:
    """The log with a partition rolled back to a signed end: it shows in no log alone."""
    lab = Lab(small_world())
    number = lab.fullest
    for rows in (lab.decisions(number), lab.evidence(number)):
        del rows[3:]
    return number, lab


def ends(bundle: JudgedBundle) -> dict[int, tuple[int, str]]:
    """Partition -> the first record that nobody attests, and how many follow."""
    ends = [each for each in found(bundle) if each.code == "end_unattested"]
    return {each.partition: (each.index, each.detail) for each in ends}


def test_checkpoints_of_these_records_are_held_and_their_witnesses_told(home: Path) -> None:
    """One a partition; two of three are as many as the policy asks for, one is not."""
    bundle = of_bundle(home, heads_of(home, "police", "justice"), 2)
    fewer = of_bundle(home, heads_of(home, "police"))

    assert found(bundle) == []
    assert [each.partition for each in bundle.checkpoints] == list(range(6))
    assert {(each.cosigned, each.is_met, each.differs) for each in bundle.checkpoints} == {
        (("police", "justice"), True, False)
    }
    assert not any(each.is_met for each in fewer.checkpoints)


def test_a_rolled_back_partition_is_found_by_a_checkpoint_of_before(home: Path) -> None:
    """With the router's key in the liar's hand: the log shows nothing, the checkpoint does."""
    number, lab = shorter()
    assert of_bundle(home, {}, source=lab.log).verdict.clean

    ((realm, alarm),) = of_bundle(home, heads_of(home), source=lab.log).verdict.findings

    assert (realm, alarm.code, alarm.partition, alarm.alarm) == (
        "civil", "checkpoint_differs", number, True
    )  # fmt: skip
    assert "its end was taken away" in sentence(alarm, "en")


def test_a_log_made_anew_with_the_router_s_key_does_not_come_to_the_checkpoint(home: Path) -> None:
    """As many records, chained and signed, of the same events: found in its partition alone."""
    lab = Lab(small_world())
    lab.rewrite(moved, NUMBER)

    bundle = of_bundle(home, heads_of(home, "police", "justice"), source=lab.log)

    differing = [each.partition for each in found(bundle) if each.code == "checkpoint_differs"]
    assert differing == [NUMBER]
    assert [each.here == each.size for each in bundle.checkpoints] == [True] * 6


def test_a_checkpoint_that_no_log_of_the_policy_signed_is_a_finding(home: Path) -> None:
    """Of another log, altered, no note, under an unsigned or a minority's policy."""
    heads = heads_of(home, "police")
    names = [name for name in heads if name.endswith(".checkpoint")]
    lowered = heads[POLICY].replace(b"agencies 2 ", b"agencies 1 ")
    stranger, keeper = realm_keys("civil").router, realm_keys("civil").keeper
    bad = {
        names[0]: b"<html>502 Bad Gateway</html>\n",
        names[1]: heads[names[2]],
        names[2]: heads[names[2]].replace(b"civil-2\n", b"civil-2\n1", 1),
    }
    unsigned = {SIGNATURE: sign_policy(heads[POLICY], "civil", BEGIN, stranger).encode()}
    minority = {
        POLICY: lowered,
        SIGNATURE: sign_policy(lowered, "civil", BEGIN, keeper).encode(),
    }

    bundle = of_bundle(home, heads | bad)

    told = alarms(bundle.verdict)
    assert [(alarm.code, alarm.detail.partition(":")[0]) for alarm in told] == [
        ("checkpoint_unsigned", code)
        for code in ("note_malformed", "log_did_not_sign", "signature_wrong")
    ]
    assert "shows nothing" in sentence(told[0], "en")
    assert bundle.verdict.records == sum(
        len(small_world().topics[DECISIONS, at]) for at in range(6)
    )
    for code, lie in {"policy_not_signed": unsigned, "quorum_lowered": minority}.items():
        every = found(of_bundle(home, heads | lie))
        assert {each.detail.partition(":")[0] for each in every} == {code}


def test_a_bundle_outlives_a_quorum_that_was_raised(home: Path) -> None:
    """An agency has joined since: the same verdict, and that fewer had to sign is told."""
    heads = heads_of(home, "police", "justice")

    now, then = (of_bundle(home, heads, least).verdict for least in (3, 2))

    assert then.notes.get("quorum_outgrown") is None
    assert (now.clean, now.notes["quorum_outgrown"]) == (True, 1)
    assert now.records == then.records


def test_what_is_not_published_and_not_a_checkpoint_is_left_out(home: Path) -> None:
    """Of what a proxy answers while the service is down it is told; the others are in the bundle.

    Without a policy there are none: nobody could say whose they are, or who has signed it.
    """
    (home / "log" / "civil-3" / "checkpoint").write_bytes(b"<html>502 Bad Gateway</html>\n")
    told: list[tuple[str, int, str]] = []

    heads = published(home, left_out=lambda *what: told.append((*what[:2], what[2].code)))

    assert told == [("civil", 3, "note_malformed")]
    assert {checkpoint_file("civil", at) in heads for at in (0, 1, 2, 4, 5)} == {True}
    assert checkpoint_file("civil", 3) not in heads
    assert published(home, "elsewhere") == published(home, realm="criminal") == {}
    (home / "tlog-policy.civil.jws").unlink()
    with pytest.raises(ProofError, match="policy_not_signed"):
        published(home)


def test_a_cut_end_without_its_checkpoint_is_said_to_be_unattested_and_the_checkpoint_missing(
    home: Path,
) -> None:
    """The liar takes away the last records, their inputs and the checkpoint over them."""
    number, lab = shorter()
    heads = heads_of(home, "police", "justice")
    del heads[checkpoint_file("civil", number)]

    bundle = of_bundle(home, heads, 2, source=lab.log)

    assert ends(bundle) == {number: (0, "3/3")}
    assert bundle.verdict.json()["notes"] == {"end_unattested": 1}
    told = [(each.code, each.partition) for each in alarms(bundle.verdict)]
    assert told == [("partition_missing", number)]


@pytest.mark.parametrize(
    ("cosigners", "least", "open_ends"),
    [((), 2, 6), (("police",), 2, 6), (None, 2, 6), (None, 0, 0)],
)
def test_an_end_that_too_few_witnesses_attest_is_a_note(
    home: Path, cosigners: tuple[str, ...] | None, least: int, open_ends: int
) -> None:
    """Cosignatures stripped, all or some, or all dropped; nothing where no witnesses are pinned."""
    heads = heads_of(home, *cosigners) if cosigners is not None else {}

    bundle = of_bundle(home, heads, least)

    assert (bundle.verdict.clean, sorted(ends(bundle))) == (True, list(range(open_ends)))


def test_records_behind_an_attested_checkpoint_are_counted(tmp_path: Path) -> None:
    """What came after the checkpoint was published, and nothing of what it covers."""
    number, lab = shorter()
    size = len(small_world().topics[DECISIONS, number])
    heads = heads_of(published_by(lab.rows, tmp_path), "police", "justice")

    assert ends(of_bundle(tmp_path, heads, 2)) == {number: (3, f"{size - 3}/{size}")}


@pytest.mark.parametrize("numbers", [(NUMBER,), range(6)])
@pytest.mark.parametrize("emptied", [False, True])
def test_a_bundle_without_a_partition_of_the_layout_says_so(
    tmp_path: Path, numbers: Sequence[int], *, emptied: bool
) -> None:
    """The auditor takes a partition's records and evidence out, or empties them, and signs anew."""
    cut = {f"civil/{kind}-{at:02}.jsonl" for kind in ("decisions", "evidence") for at in numbers}
    kept = {name: data for name, data in sound().items() if name not in cut}
    files = listed(kept | (dict.fromkeys(cut, b"") if emptied else {}))

    bundle = whole(written(tmp_path / "bundle.zip", files))

    missing = [one for one in alarms(bundle.verdict) if one.code == "partition_missing"]
    assert [one.partition for one in missing] == [*numbers]
