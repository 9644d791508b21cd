"""What we publish, judged by others' programs: accepted, each altered copy refused."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import httpx

from contracts.encoding import leaf_hash
from contracts.errors import ProofError
from contracts.proof.checkpoint import parse_checkpoint
from contracts.proof.note import b64, parse_note
from contracts.proof.note_keys import SignatureKind
from contracts.proof.policy import TrustPolicy, parse_policy
from contracts.proof.proof_file import parse_proof
from contracts.proof.tiles import ENTRIES, Tile
from contracts.proof.witness import log_id
from contracts.vocabulary import topics
from tests.contracts.log.erasing.kit import compacted, naming, order, two_children
from tests.contracts.proof.log import LOG, POLICY_TEXT, WITNESSES, MemoryLog, signer
from tests.flows.acts import CASE
from tests.go.judge import Judge, turned
from tests.searching import spellings
from tests.services.agency.bench import witness_server
from tests.services.cli.auditor.test_proofs import Prove, home, prove, sign

__all__ = ["home", "prove"]  # fixtures

KINDS = (SignatureKind.ED25519, SignatureKind.ML_DSA_44)
SIZES = (1, 2, 255, 256, 257, 700)


@cache
def log_of(size: int) -> MemoryLog:
    """A log of so many entries."""
    return MemoryLog().add(b"record %d" % number for number in range(size))


def without(kind: SignatureKind) -> str:
    """The policy of the tests, one key of the log left out: torchwood wants all that are there."""
    key = next(key for key in LOG if key.key.kind is kind)
    return POLICY_TEXT.replace(f"log {key.key.vkey}\n", "")


POLICIES = (POLICY_TEXT, without(SignatureKind.ED25519), without(SignatureKind.ML_DSA_44))
STRANGER = signer("stranger.example", SignatureKind.COSIGNATURE, 99)  # a witness of no policy


def taken(proof: bytes, policy: TrustPolicy) -> bool:
    """Whether we ourselves take a proof."""
    try:
        parse_proof(proof).check(policy)
    except ProofError:
        return False
    return True


def test_torchwood_accepts_our_proofs(judge: Judge) -> None:
    """Of first, last and other entries, in trees of several sizes, by each key of the log."""
    proofs = [
        log_of(size).proof(index).data for size in SIZES for index in {0, size // 2, size - 1}
    ]

    for policy in POLICIES:
        assert judge.proofs(policy, proofs) == ["accepted entry"] * len(proofs)


def test_torchwood_refuses_altered_proofs_and_so_do_we(judge: Judge) -> None:
    """Entry, index, path, head, origin, each kind of signature, a replay, a missed quorum."""
    whole, other = log_of(700).proof(300), log_of(257).proof(200)
    head, once = whole.checkpoint, log_of(700).proof(300, (*LOG, WITNESSES[0]))
    note, replayed = parse_note(once.checkpoint), parse_note(other.checkpoint).signatures[-1]
    twice = replace(note, signatures=(*note.signatures, replayed))
    altered = {
        "entry": replace(whole, entry=b"record 301").data,
        "index": replace(whole, index=301).data,
        "path": replace(whole, path=(*whole.path[1:], whole.path[0])).data,
        "short path": replace(whole, path=whole.path[:-1]).data,
        "size": replace(whole, checkpoint=head.replace(b"\n700\n", b"\n701\n")).data,
        "origin": replace(whole, checkpoint=head.replace(b"civil-0\n", b"civil-1\n", 1)).data,
        "another head": replace(whole, checkpoint=other.checkpoint).data,
        "no log": log_of(700).proof(300, WITNESSES).data,
        "one witness": once.data,
        "a stranger": log_of(700).proof(300, (*LOG, WITNESSES[0], STRANGER)).data,
        "replayed": replace(once, checkpoint=twice.data).data,
        **{
            f"bit of {line.name}": replace(whole, checkpoint=turned(head, at)).data
            for at, line in enumerate(parse_note(head).signatures)
        },
    }

    proofs = {"whole": whole.data, **altered}
    told = dict(zip(proofs, judge.proofs(POLICY_TEXT, proofs.values()), strict=True))
    policy = parse_policy(POLICY_TEXT.encode())

    assert {name for name, answer in told.items() if answer == "accepted entry"} == {"whole"}
    assert {name for name, answer in told.items() if answer.startswith("refused")} == {*altered}
    assert {name for name, proof in proofs.items() if taken(proof, policy)} == {"whole"}


def test_what_we_accept_torchwood_accepts(judge: Judge) -> None:
    """Four hundred proofs with a byte changed, put in or taken out: ours is the narrower."""
    random_, whole = random.Random(12), log_of(257).proof(255).data
    changed = []
    for _ in range(400):
        at, cut = random_.randrange(len(whole)), random_.randrange(2)
        put = bytes(random_.choices(b"\n =+A0z\xe2", k=random_.randrange(2)))
        changed.append(whole[:at] + put + whole[at + cut :])
    policy = parse_policy(POLICY_TEXT.encode())

    answers = judge.proofs(POLICY_TEXT, changed)

    for data, answer in zip(changed, answers, strict=True):
        assert not taken(data, policy) or answer == "accepted entry"


def test_torchwood_reads_our_policies_as_we_do(judge: Judge) -> None:
    """Quorums of all, any, so many, groups of groups: met and missed by the same witnesses."""
    head = "".join(POLICY_TEXT.splitlines(keepends=True)[1:6])
    rules = [
        "quorum w0", "quorum none", "group g all w0 w1 w2\nquorum g", "group g any w0 w1\nquorum g",
        "group g 2 w0 w1\ngroup h any g w2\nquorum h", "group g any w1\ngroup h all g w2\nquorum h",
    ]  # fmt: skip
    subsets = [[key for at, key in enumerate(WITNESSES) if number >> at & 1] for number in range(8)]
    proofs = [log_of(2).proof(1, (*LOG, *witnesses)).data for witnesses in subsets]

    for rule in rules:
        text = f"{head}{rule}\n"
        theirs = [answer.startswith("accepted") for answer in judge.proofs(text, proofs)]
        assert theirs == [taken(proof, parse_policy(text.encode())) for proof in proofs]


def test_torchwood_takes_a_proof_under_the_policy_that_lies_beside_it(
    judge: Judge, home: Path, prove: Prove
) -> None:
    """The very file that `prove` writes for a court; the owners' own names another log as well."""
    others = "".join(f"log {signer('relais.test/civil-1', kind, 7).key.vkey}\n" for kind in KINDS)
    sign(home, others + POLICY_TEXT)

    assert prove().exit_code == 0
    proof = (home / "event.tlog-proof").read_bytes()
    beside = (home / "civil-0.tlog-policy").read_text()
    (taken,) = judge.proofs(beside, [proof])
    (refused,) = judge.proofs(others + POLICY_TEXT, [proof])

    assert taken == "accepted entry"
    assert refused.startswith("refused")
    assert parse_proof(proof).check(parse_policy(beside.encode())).cosigned


def test_tessera_accepts_our_logs(judge: Judge, tmp_path: Path) -> None:
    """At each size all files are there, and come to the root of the checkpoint."""
    logs = [log_of(size).write(tmp_path / str(size)) for size in SIZES]

    answers = judge.tiles(LOG[0].key, logs)

    assert answers == [f"accepted {size} {log_of(size).head.root.hex()}" for size in SIZES]


def test_what_was_proved_before_an_erasure_torchwood_accepts_behind_it(judge: Judge) -> None:
    """A case is erased, the log published again: its record's old proof stands, a new one too."""
    world = two_children()

    def published() -> MemoryLog:
        rows = world.topics[topics.decisions("civil"), 0]
        return MemoryLog().add(row.value or b"" for row in rows)

    whole = published()
    named = {leaf for _, leaf in naming(world, CASE)}
    at = next(n for n, entry in enumerate(whole.entries) if leaf_hash(entry) in named)
    before = whole.proof(at)
    held = b"".join(world.evidence("civil", 0).values())

    order(world, naming(world, CASE))
    compacted(world)
    longer = published()
    left = b"".join(world.evidence("civil", 0).values())
    proofs = [before, longer.proof(at), longer.proof(len(whole.entries))]
    lied = replace(before, entry=longer.entries[-1])

    assert len(longer.entries) == len(whole.entries) + 1
    assert [text for text in spellings(CASE.encode()) if text in held]
    assert not [text for text in spellings(CASE.encode()) if text in left]
    told = judge.proofs(POLICY_TEXT, [proof.data for proof in (*proofs, lied)])
    assert told[:3] == ["accepted entry"] * 3
    assert told[3].startswith("refused")


def test_tessera_refuses_altered_logs(judge: Judge, tmp_path: Path) -> None:
    """A hash, an entry, a file missing, cut, exchanged; another size, root, origin or key."""
    good, full, last = log_of(700).write(tmp_path / "good"), Tile(0, 1), Tile(0, 2, 188)
    bundles = Tile(ENTRIES, 0), Tile(ENTRIES, 1)
    head = log_of(700).published()

    def put(folder: Path, tile: Tile, change: Callable[[bytes], bytes]) -> None:
        path = folder / tile.path
        path.write_bytes(change(path.read_bytes()))

    changes: dict[str, Callable[[Path], object]] = {
        "hash": lambda log: put(log, full, lambda data: b"\1" + data[1:]),
        "hash above": lambda log: put(log, Tile(1, 0, 2), lambda data: data[:-1] + b"\1"),
        "entry": lambda log: put(log, bundles[1], lambda data: data.replace(b"300", b"301")),
        "cut bundle": lambda log: put(log, bundles[0], lambda data: data[:-1]),
        "no tile": lambda log: (log / last.path).unlink(),
        "no bundle": lambda log: (log / bundles[1].path).unlink(),
        "exchanged": lambda log: shutil.copy(log / Tile(0, 0).path, log / full.path),
        "size": lambda log: (log / "checkpoint").write_bytes(head.replace(b"700", b"699")),
        "another's": lambda log: (log / "checkpoint").write_bytes(log_of(257).published()),
        "unsigned": lambda log: (log / "checkpoint").write_bytes(log_of(700).published(WITNESSES)),
    }
    logs = []
    for name, change in changes.items():
        logs.append(Path(shutil.copytree(good, tmp_path / name)))
        change(logs[-1])

    answers = judge.tiles(LOG[0].key, [good, *logs])

    told = dict(zip(("good", *changes), [answer.split()[0] for answer in answers], strict=True))
    assert told == {"good": "accepted", **dict.fromkeys(changes, "refused")}
    other_key = signer(LOG[0].key.name, SignatureKind.ED25519, 98).key
    assert judge.tiles(other_key, [good])[0].startswith("refused")


ORIGIN = "tessera.test/log"
SEED = bytes((5, SignatureKind.ED25519)) * 16
OTHERS = signer(ORIGIN, SignatureKind.ED25519, 5)
OWN = signer("relais.test/justice", SignatureKind.COSIGNATURE, 6)
SECRET = (
    f"PRIVATE+KEY+{ORIGIN}+{OTHERS.key.key_id.hex()}+{b64(bytes((SignatureKind.ED25519,)) + SEED)}"
)


def test_tessera_publishes_with_our_cosignatures_and_not_without(
    judge: Judge, tmp_path: Path
) -> None:
    """A log that grows by steps; then a second under the same key, which is refused for good."""
    with witness_server(tmp_path / "witness", OWN, {ORIGIN: [OTHERS.key]}) as address:
        policy = f"witness justice {OWN.key.vkey} {address}\nquorum justice\n"
        grown = judge.log(policy, SECRET, tmp_path / "one")
        forked = judge.log(policy, SECRET, tmp_path / "other")
        kept = httpx.get(f"{address}/{log_id(ORIGIN)}/checkpoint", trust_env=False).content

    kind, _space, told = grown.partition(" ")
    assert kind == "accepted", grown
    trusted = parse_policy(f"log {OTHERS.key.vkey}\n{policy}".encode())
    verified = trusted.verify(told.replace("|", "\n").encode())
    assert verified.checkpoint.size == 5
    assert forked.startswith("refused"), forked
    assert parse_checkpoint(parse_note(kept).text) == verified.checkpoint
