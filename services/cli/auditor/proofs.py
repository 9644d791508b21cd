"""`relais audit prove|check`: one record's proof, for who has neither Kafka nor network."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.auditor.readings import (
    SUPERVISION,
    OwnersOption,
    PurposeOption,
    note_reading,
    read_file,
    realms_of,
)
from services.cli.auditor.witnesses import WitnessesOption, served_contradictions
from services.cli.common.asked import Asked, AtHome, AtKafka, command
from services.cli.common.output import in_words, print_json
from services.platform.process.paris_time import when
from services.texts import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts.errors import ProofError
    from contracts.proof.policy import TrustPolicy, VerifiedHead
    from contracts.proof.proof_file import InclusionProof
    from services.audit.tree.find_record import FoundRecord

_SHOWS: Final = (
    "This shows that the record stood in the log when the checkpoint was signed, "
    "and what it says; not that it was decided rightly: `relais audit replay` "
    "decides it again."
)
_OLDER: Final = (
    "The policy asks for more witnesses than have signed this checkpoint. If the "
    "proof is older than the policy, give the policy of its time: --policy FILE."
)
_EVIDENCE: Final = ".evidence.json"  # of the file beside a proof
_MAX_EVIDENCE_BYTES: Final = 16 << 20
LogOption = Annotated[
    str,
    typer.Option(
        "--log",
        help="Address (`http://…/log`) or folder of the published logs; else the home's own.",
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", help="The proof's file, `….tlog-proof`; of a case a folder.")
]
PolicyOption = Annotated[
    Path | None,
    typer.Option(
        "--policy", help="Whom to believe (C2SP tlog-policy); else what the home's owners signed."
    ),
]


@command
def prove(
    asked: AtKafka,
    out: OutOption,
    event: Annotated[str, typer.Argument(help="An event's id, or the `dec` of its receipt.")] = "",
    case: Annotated[
        str, typer.Option("--case", help="A case's token: prove every decision on it.")
    ] = "",
    realm: Annotated[str, typer.Option("--realm", help="One bus alone; else both.")] = "",
    log: LogOption = "",
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Write a proof that the record of an event, or each of a case, is in the log.

    Of a case, each record's evidence lies beside its proof. So does the owners' policy,
    `civil.tlog-policy`, and its signature, `.jws`; for other programs what it says of this log:
    `civil-0.tlog-policy`.

    Example: relais audit prove EVENT --out proof.txt
    """
    from contracts.encoding import leaf_hash
    from contracts.errors import UsageError
    from contracts.proof.checkpoint import read_checkpoint
    from services.platform.process.durable_file import opened_first

    realms = realms_of(realm)
    if bool(event) == bool(case):
        raise UsageError("prove_what", "both, or none of them", "EVENT or --case")
    if case:
        _prove_case(asked, realms, case, out, log, purpose)
        return
    with opened_first(out, "proof_unwritable") as file:
        record = _record(asked, realms, event, log, purpose)
        proof = _proof(asked, record, log)
        file.write(proof.data)
    head, dec = read_checkpoint(proof.checkpoint), leaf_hash(record.value)
    facts = {"index": proof.index, "origin": head.origin, "size": head.size, "file": str(out)}
    named = "" if event == dec else f"it is the record of event {event}; "
    asked.print(
        facts | {"dec": dec},
        f"record {proof.index} of {head.origin} stands under a checkpoint of {head.size} records; "
        f"its proof: {out}\n{named}its digest, as receipts name it (`dec`): {dec}",
    )
    _write_policy(asked, record, proof, out)


def _prove_case(
    asked: AtKafka, realms: Sequence[str], case: str, folder: Path, log: str, purpose: str
) -> None:
    """Prove each record of a case, and put its evidence beside the proof."""
    from contracts.errors import UsageError
    from services.platform.process.durable_file import (
        make_folder_durably,
        replace_file,
        unwritable,
    )

    note_reading(asked, "prove", realms, purpose, case)
    rows = [row for realm in realms for row in asyncio.run(_case(asked, realm, case))]
    if not rows:
        expected = f"a case of {', '.join(realms)}"
        raise UsageError("case_unknown", "another token", expected)
    own = [folder / f"{one.realm}-{one.partition}-{one.index}.tlog-proof" for one, _ in rows]
    try:
        make_folder_durably(folder)
        if {path for path in folder.iterdir() if path.suffix == ".tlog-proof"} - set(own):
            expected = "a folder without proofs of another case"
            raise UsageError("proof_unwritable", "some", expected, str(folder))
        for out, (record, evidence) in zip(own, rows, strict=True):
            proof = _proof(asked, record, log)
            replace_file(out, proof.data)
            replace_file(out.with_suffix(_EVIDENCE), evidence)
            _write_policy(asked, record, proof, out)
    except OSError as error:
        raise unwritable(folder, "proof_unwritable", error) from None
    asked.print(
        {"folder": str(folder), "records": len(rows)},
        counted(
            (
                "{n} record of the case, with its proof and its evidence: {folder}",
                "{n} records of the case, each with its proof and its evidence: {folder}",
            ),
            n=len(rows),
            folder=folder,
        ),
    )


async def _case(asked: AtKafka, realm: str, case: str) -> list[tuple[FoundRecord, bytes]]:
    """The records of a case on a bus, each with its evidence."""
    from contracts.vocabulary import principals
    from services.audit.tree.find_record import find_records
    from services.operate.to_erase import evidence_of
    from services.platform.keys.owners import read_owners

    bus = asked.bus(principals.audit(realm))
    found = await evidence_of(bus, realm, read_owners(asked.home), case)
    evidence = {leaf: value for (_partition, leaf), value in found.items()}
    if not evidence:
        return []
    async with bus.reader() as reader:
        records = await find_records(reader, realm, evidence)
    return [(records[leaf], value) for leaf, value in evidence.items()]


def _proof(asked: AtKafka, record: FoundRecord, log: str) -> InclusionProof:
    """The proof of a record, out of the log that it stands in."""
    from services.platform.tree.published_log import open_log, prove_entry

    place = log or own_log(asked.home, record.realm)
    published = open_log(place, record.realm, record.partition)
    return prove_entry(published, record.index, record.value)


def _write_policy(asked: AtKafka, record: FoundRecord, proof: InclusionProof, out: Path) -> None:
    """What the home's owners signed, and that of this log alone; nothing where they did not.

    A proof that it would not take is warned of.
    """
    from contracts.errors import ProofError, UsageError
    from contracts.proof.checkpoint import read_checkpoint
    from contracts.proof.signed_policy import policy_of_log
    from services.platform.keys.policy_file import policy_file, read_signed
    from services.platform.process.durable_file import replace_file

    try:
        policy = owners_policy(asked.home, record.realm)
        signed = read_signed(policy_file(asked.home, record.realm))
    except (ProofError, UsageError):  # what is wrong with it `check` tells
        return
    if signed is None:
        return
    data, token = signed
    name = f"{record.realm}-{record.partition}.tlog-policy"
    replace_file(out.with_name(name), policy_of_log(data, read_checkpoint(proof.checkpoint).origin))
    replace_file(out.with_name(f"{record.realm}.tlog-policy"), data)
    replace_file(out.with_name(f"{record.realm}.tlog-policy.jws"), token.encode())
    try:
        policy.verify(proof.checkpoint)
    except ProofError as error:
        if error.code == "quorum_missed":
            asked.note(
                f"Warning: {in_words(error)}. Nobody will accept this proof: make it again once "
                "`/ready` no longer says `checkpoint_unwitnessed`."
            )


def _record(
    asked: AtKafka, realms: Sequence[str], event: str, log: str, purpose: str
) -> FoundRecord:
    """The record that was asked for: as it is published, else from Kafka.

    Raises:
        UsageError: `event_unknown`, `reading_unwritable`.
        UnreachableError: Kafka did not answer in time.
    """
    from contracts.errors import UsageError

    if (record := _published(asked, realms, event, log)) is not None:
        return record
    note_reading(asked, "prove", realms, purpose, event)
    found = (asyncio.run(_found(asked, name, event)) for name in realms)
    if (record := next(filter(None, found), None)) is None:
        expected = f"an event's id, or the `dec` of its receipt, on {', '.join(realms)}"
        raise UsageError("event_unknown", "another id", expected)
    return record


def _published(asked: AtKafka, realms: Sequence[str], event: str, log: str) -> FoundRecord | None:
    """The record with a `dec`, published or mirrored, without Kafka; None if not yet."""
    from contracts.encoding import unb64u
    from contracts.errors import EnvelopeError
    from contracts.proof.tree import HASH_BYTES
    from services.audit.tree.find_record import find_in_log

    try:
        leaf = unb64u(event)
    except EnvelopeError:
        return None
    if len(leaf) != HASH_BYTES:
        return None
    looked = (find_in_log(log or own_log(asked.home, name), name, leaf) for name in realms)
    return next(filter(None, looked), None)


async def _found(asked: AtKafka, realm: str, wanted: str) -> FoundRecord | None:
    """The record of an event or leaf, None without one; of several, the one that decided."""
    from contracts.log.replaying.finding import EVENT_ID
    from contracts.vocabulary import principals
    from services.audit.tree.find_record import find_records
    from services.operate.to_erase import leaves_of
    from services.platform.keys.owners import read_owners

    bus, leaves = asked.bus(principals.audit(realm)), [wanted]
    if EVENT_ID.fullmatch(wanted):
        leaves = await leaves_of(bus, realm, read_owners(asked.home), wanted)
    async with bus.reader() as reader:
        records = await find_records(reader, realm, leaves) if leaves else {}
    return next((records[leaf] for leaf in leaves if leaf in records), None)


def own_log(home: Path, realm: str) -> str:
    """Where the home's own auditor publishes."""
    from contracts.vocabulary import principals
    from services.operate.home.home import Home

    addresses = Home(home).addresses
    address = addresses.get("audit") or addresses.get(principals.audit(realm))
    return f"{address}/log" if address else str(home / "state" / "log")


@command
def check(
    asked: AtHome,
    proof: Annotated[Path, typer.Argument(help="A proof's file, `….tlog-proof`.")],
    policy: PolicyOption = None,
    owners: OwnersOption = None,
    entry: Annotated[
        Path | None, typer.Option("--entry", help="The record, where the proof comes without it.")
    ] = None,
    dec: Annotated[
        str, typer.Option("--dec", help="The `dec` of a receipt: refuse a proof of another record.")
    ] = "",
    witnesses: WitnessesOption = "",
) -> None:
    """Check a proof; exit 1 if it fails.

    Files are enough. Witnesses that can be reached are asked for two histories of its log.

    Evidence beside the proof, of its name and `.evidence.json`, must have the record's `evd`.

    With --owners a policy must be signed by them: in a file beside it, of its name and `.jws`.

    Example: relais audit check proof.txt
    """
    from contracts.encoding import digest
    from contracts.errors import ProofError
    from contracts.proof.policy import MAX_POLICY_BYTES, parse_policy
    from contracts.proof.proof_file import MAX_PROOF_BYTES, parse_proof
    from contracts.proof.tiles import MAX_ENTRY_BYTES
    from contracts.proof.witness import TWO_HISTORIES

    trusted = None
    if policy is not None and owners is None:
        trusted = parse_policy(read_file(policy, MAX_POLICY_BYTES))
    given = None if entry is None else read_file(entry, MAX_ENTRY_BYTES)
    data = read_file(proof, MAX_PROOF_BYTES)
    try:
        read = parse_proof(data)
        realm = _realm_of(read)
    except ProofError as error:
        raise _refused(asked, error) from None
    believed = trusted or owners_policy(asked.home, realm, policy, owners)
    try:
        head = read.check(believed, given)
        facts = proved_facts(read, given or read.entry or b"", head)
    except ProofError as error:
        raise _refused(asked, error) from None
    if dec and dec != facts["dec"]:
        raise _refused(asked, ProofError("dec_differs", facts["dec"], "the one that was named"))
    evidence = proof.with_suffix(_EVIDENCE)
    with_evidence = evidence.is_file()  # a pipe would be waited for
    evd = digest(read_file(evidence, _MAX_EVIDENCE_BYTES)) if with_evidence else None
    if with_evidence and evd != facts["record"].get("evd"):
        raise _refused(asked, ProofError("evidence_differs", "another digest", "the `evd`"))
    origin = head.checkpoint.origin
    for served in served_contradictions(asked, realm, believed, witnesses):
        if served.first.origin == origin:
            got = f"two roots of {served.first.size} records, served by {served.witness}"
            raise _refused(asked, ProofError(TWO_HISTORIES, got, "one history", origin))
    asked.print(facts | {"holds": True}, _holds(facts))
    if not asked.json:
        if with_evidence:
            asked.say(f"{evidence.name} has the SHA-256 that the record names (`evd`)")
        _tell_witnesses(asked, head)
        if trusted is not None:
            asked.say(
                f"by the policy that you gave ({trusted.least} of {len(trusted.witnesses)} "
                "witnesses), which no signature of the owners came with"
            )
        asked.say(_SHOWS)


def _realm_of(proof: InclusionProof) -> str:
    """The realm whose log a proof names.

    Raises:
        ProofError: those of `parse_note` and `parse_checkpoint`.
    """
    from contracts.proof.checkpoint import read_checkpoint
    from contracts.vocabulary.scopes import REALMS

    origin = read_checkpoint(proof.checkpoint).origin
    return next((name for name in REALMS if f"/{name}-" in origin), REALMS[0])


def owners_policy(
    home: Path, realm: str, file: Path | None = None, owners: Path | None = None
) -> TrustPolicy:
    """What owners have signed for a realm: those of the home, of its own policy, if none are named.

    Raises:
        UsageError: `home_incomplete`: there is no policy; those of `read_owners`.
        ProofError: those of `read_policy`.
    """
    from contracts.errors import UsageError
    from services.platform.keys.owners import read_owners
    from services.platform.keys.policy_file import policy_file, read_policy_file

    file = file or policy_file(home, realm)
    policy = read_policy_file(file, realm, read_owners(home, owners))
    if policy is None:
        expected = "a policy that the owners signed, or --policy"
        raise UsageError("home_incomplete", "no file", expected, str(file))
    return policy


def proved_facts(proof: InclusionProof, entry: bytes, head: VerifiedHead) -> dict[str, Any]:
    """What is proved: the record, where it stands, and who has seen the log.

    Raises:
        ProofError: `entry_malformed`: a record of no log of ours.
    """
    from contracts.encoding import leaf_hash, parse
    from contracts.errors import EnvelopeError, ProofError
    from contracts.proof.tiles import MAX_ENTRY_BYTES

    try:
        record = parse(entry, limit=MAX_ENTRY_BYTES, place="record")
    except EnvelopeError as error:
        raise ProofError("entry_malformed", error.code, "a record") from None
    numbers = record.get("index"), record.get("at")
    if numbers[0] != proof.index or set(map(type, numbers)) != {int}:
        raise ProofError("entry_malformed", "another index", f"record {proof.index}")
    cosigned = [{"witness": _readable(seen.witness), "at": seen.at} for seen in head.cosigned]
    return {
        "origin": head.checkpoint.origin, "size": head.checkpoint.size, "index": proof.index,
        "dec": leaf_hash(entry), "record": record, "cosigned": cosigned,
    }  # fmt: skip


def _holds(facts: dict[str, Any]) -> str:
    record, kind = facts["record"], str(facts["record"].get("kind"))
    return (
        f"it holds: record {facts['index']} (counted from 0) of {facts['origin']}, of kind "
        f"`{kind if kind.isidentifier() else '?'}`, written on {_instant(record['at'])}, "
        f"stands in a log of {facts['size']} records; its digest, as receipts name it (`dec`), "
        f"is {facts['dec']}"
    )


def _instant(at: int) -> str:
    """A time as in Paris; one that no calendar has, as a signer may say, stays a number."""
    try:
        return f"{when(at, 'en')} (Paris time)"
    except (OSError, OverflowError, ValueError):
        return str(at)


def _tell_witnesses(asked: Asked, head: VerifiedHead) -> None:
    from services.cli.auditor.witnesses import witness_name

    for seen in head.cosigned:
        asked.say(f"seen by {witness_name(seen.witness)} on {_instant(seen.at)}")
    if not head.cosigned:
        asked.say("no witness has seen this checkpoint: the policy asks for none")


def _readable(witness: str) -> str:
    """A name of a policy, whose bytes need be no UTF-8."""
    return witness.encode("utf-8", "backslashreplace").decode()


def _refused(asked: Asked, error: ProofError) -> typer.Exit:
    """That a proof does not hold, told; how to end."""
    if asked.json:
        print_json({"holds": False, "code": error.code})
    else:
        asked.say(f"it does not hold: {in_words(error)}")
        if error.code == "quorum_missed":
            asked.say(_OLDER)
    return typer.Exit(1)
