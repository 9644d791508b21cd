"""`relais convention sign|adopt`: a party's signature, who signed, and the order.

A file and its signatures are read once: what is checked is what is ordered.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.errors import UsageError
from services.cli.committee.which_convention import FileArgument, convention_of
from services.cli.common.asked import AtHome, AtKafka, command
from services.cli.common.output import in_words, print_json, print_json_lines
from services.texts import counted

if TYPE_CHECKING:
    from contracts.convention.adoption import Adopted
    from contracts.convention.model import Convention
    from contracts.convention.signing import Fault, Signatures
    from contracts.errors import ConventionError, RelaisError
    from contracts.keys.directory import SigningKey
    from contracts.log.orders.order import Order, Owners
    from services.operate.home.owners_bus import OwnersBus

FOUND: Final = 1  # exit code: signatures are missing or bad, or no order may adopt the version
_NEXT: Final = (
    "Once it is in force, the version may need other topics, retentions or rights: "
    "`relais kafka apply`"
)
# Why an order would be refused whoever has signed: signatures are not what is to be told then.
_OUT_OF_TURN: Final = frozenset(
    {
        "convention_superseded",
        "convention_out_of_turn",
        "convention_before_its_hour",
        "clause_number_reused",
        "clause_number_dropped",
    }
)

_APART_S: Final = 3_600  # what was sealed under the version before the last is decided by then

_FAULT: Final = {
    "other_key": "signed by another key than that of owners.json",
    "file_changed": "the file has changed since",
    "no_party": "of somebody who is no party to this version",
    "unreadable": "unreadable",
}
_SIGNED: Final = ("{n} signature; needed: {rule}", "{n} signatures; needed: {rule}")
_ADOPTABLE: Final = "enough have signed; `adopt` asks the bus whether it is its turn"
_UNKNOWN: Final = (
    "the version before is not at hand: neither its quorum nor the succession was checked, "
    "and nothing says that a bus would adopt this file; put it beside this one"
)


@command
def sign(
    asked: AtHome,
    file: FileArgument,
    party: Annotated[str, typer.Option(help="The party that signs, e.g. education.")],
    key: Annotated[Path, typer.Option(help="Its signing key file.", exists=True, dir_okay=False)],
) -> None:
    """Sign a convention as one party; who leaves signs too.

    The signature is FILE.<party>.jws beside it.

    Example: relais convention sign new.yaml --party education --key education.json
    """
    from contracts.convention.adoption import check_numbers
    from contracts.convention.signing import party_urn, sign_convention
    from services.platform.keys.keystore import read_signer
    from services.platform.keys.signatures import signature_file

    entry, signer = read_signer(key)
    if entry.owner != party_urn(party):
        raise UsageError("party_not_owner", "another owner's key", party_urn(party))
    convention = convention_of(file, asked.home)
    _check_linted(convention)
    if (before := predecessor(convention, asked.home, file)) is not None:
        check_numbers(before, convention)
    token = sign_convention(convention, party, signer, before)
    path = signature_file(file, party)
    path.write_text(token + "\n", encoding="ascii")
    if asked.json:
        signed = {"party": party, "version": convention.version, "convd": convention.digest}
        print_json({**signed, "file": str(path), "signature": token})
    else:
        typer.echo(str(path))


def _verify(asked: AtKafka, file: Path) -> None:
    """Say who has signed; a version before that is not at hand is a finding too."""
    from services.platform.keys.owners import read_owners

    version, keys = read(file), read_owners(asked.home).parties
    judged = judge(version, predecessor(version.convention, asked.home, file), keys)
    if asked.json:
        print_json(as_data(judged))
    else:
        for line in lines(judged):
            typer.echo(line)
    if not judged.sound:
        raise typer.Exit(FOUND)


def predecessor(convention: Convention, home: Path, file: Path | None) -> Convention | None:
    """The version before, if it lies beside the file or in the home, or Relais ships it."""
    from contracts.convention.load import load
    from contracts.conventions import FILES, read
    from contracts.encoding import digest
    from services.platform.keys.signatures import read_convention

    paths = [home / "convention.yaml", *(sorted(file.parent.glob("*.yaml")) if file else ())]
    readable = (path for path in paths if path.is_file() and os.access(path, os.R_OK))
    own = ((path.name, read_convention(path)) for path in readable)
    for name, text in chain(((name, read(name)) for name in FILES), own):
        if digest(text) == convention.predecessor:
            return load(text, name)
    return None


@command
def adopt(
    asked: AtKafka,
    file: FileArgument,
    check: Annotated[
        bool, typer.Option("--check", help="Order nothing: show who has signed, and what is bad.")
    ] = False,
) -> None:
    """Order that a signed convention comes into force.

    Now, or at its date of effect; a third version an hour behind the second at least, and so on.
    Nothing is ordered if a signature is missing or bad by the keys that the home pins in
    owners.json (exit 1), or the version is out of turn, or not as `relais convention lint` wants.

    Example: relais convention adopt new.yaml --check
    """
    if check:
        _verify(asked, file)
        return
    from contracts.encoding import rfc3339
    from contracts.vocabulary.scopes import REALMS

    version, ordered = read(file), []
    for realm in REALMS:
        order = asyncio.run(_adopt(version, asked.owners_bus(realm)))
        facts = {"n": order.n, "target": order.target, "start": rfc3339(order.start)}
        ordered.append({"realm": realm, **facts})
        if not asked.json:
            asked.say(
                "{realm}: order {n} adopts {target} from {start}".format(realm=realm, **facts)
            )
    if asked.json:
        print_json_lines(ordered)
    asked.note(_NEXT)


async def _adopt(version: Signed, bus: OwnersBus) -> Order:
    """Order one realm; what its readers would refuse is refused here."""
    from services.platform.kafka.orders.new_orders import NewOrder

    last, starts = (await bus.registry()).last_adopted, version.convention.starts
    apart = _APART_S if last is not None and last.convention.predecessor else 0
    start = max(bus.at, starts, last.start + apart if last else 0)
    _check(version, bus.realm, bus.home.owners, start, last)
    content = {"convention": version.text.decode(), "signatures": [*version.tokens.values()]}
    new = NewOrder("adopt_convention", content, [bus.home.owner("convention")])
    (order,) = await bus.order(new, start=start)
    return order


def _check(version: Signed, realm: str, owners: Owners, start: int, last: Adopted | None) -> None:
    """Refuse what no reader would take; of signatures that do not do, say whose.

    Raises:
        typer.Exit: signatures are missing or bad: a finding about the file.
        ConventionError: it is not this version's turn.
    """
    from contracts.convention.adoption import check_adoption
    from contracts.errors import RelaisError

    convention, tokens, keys = version.convention, tuple(version.tokens.values()), owners.parties
    try:
        check_adoption(convention, tokens, keys, start=start, last=last)
    except RelaisError as error:
        if error.code in _OUT_OF_TURN:
            raise
        before = last.convention if last is not None else None
        for line in lines(judge(version, before, keys)):
            typer.echo(line, err=True)
        said = "{realm}: nothing is ordered: {code}"
        typer.echo(said.format(realm=realm, code=error.code), err=True)
        raise typer.Exit(FOUND) from None


@dataclass(frozen=True, slots=True)
class Signed:
    """A file with what lies beside it, read once: what is checked is what is ordered.

    Attributes:
        tokens: party, as a file's name says -> its signature, not checked yet.
    """

    file: Path
    text: bytes
    convention: Convention
    tokens: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckedSignatures:
    """A version's signatures, checked; and the version before where it is known.

    Attributes:
        faults: party, as a file's name says -> what is wrong with its signature.
        refusal: why no order may adopt it whose good signatures these are; None if one may.
    """

    version: Signed
    before: Convention | None
    signatures: Signatures
    faults: Mapping[str, Fault]
    refusal: RelaisError | None

    @property
    def predecessor_known(self) -> bool:
        """Whether the version before is at hand, or it is known that there is none."""
        return self.before is not None or not self.version.convention.predecessor

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.refusal is None and not self.faults


def numbers_fault(before: Convention | None, convention: Convention) -> ConventionError | None:
    """Why a version's clause numbers may not follow the one before; None if they may."""
    from contracts.convention.adoption import check_numbers
    from contracts.errors import ConventionError

    try:
        if before is not None:
            check_numbers(before, convention)
    except ConventionError as error:
        return error
    return None


def read(file: Path) -> Signed:
    """A file that loads, and its signatures.

    Raises:
        ConventionError: it does not load; with the file's own name and line.
    """
    from contracts.convention.load import load
    from services.platform.keys.signatures import read_convention

    text = read_convention(file)
    convention = load(text, file.name)
    _check_linted(convention)
    return Signed(file, text, convention, _tokens(file))


def _check_linted(convention: Convention) -> None:
    """Nobody signs, and no order brings, a file whose sentences say what its tables do not."""
    from services.committee.lint.run import PROBLEM, lint

    codes = dict.fromkeys(one.code for one in lint(convention) if one.level == PROBLEM)
    if codes:
        expected = "what `relais convention lint` finds mended"
        raise UsageError("convention_problems", ", ".join(codes), expected)


def judge(
    version: Signed, before: Convention | None, keys: Mapping[str, SigningKey]
) -> CheckedSignatures:
    """Each signature by itself: a bad one does not hide the others; then what an order would do."""
    from contracts.convention.adoption import Adopted, check_adoption
    from contracts.convention.signing import verify_apart
    from contracts.errors import RelaisError

    convention = version.convention
    refusal: RelaisError | None = None
    last = Adopted(before, before.starts) if before is not None else None
    start = max(convention.starts, last.start if last is not None else 0)
    signatures, faults = verify_apart(convention, version.tokens, keys, at=start, before=before)
    good = [token for party, token in version.tokens.items() if party not in faults]
    try:
        check_adoption(convention, good, keys, start=start, last=last)
    except RelaisError as error:
        refusal = error
    return CheckedSignatures(version, before, signatures, faults, refusal)


def _tokens(file: Path) -> dict[str, str]:
    """Party, as the file's name says -> its signature; of a file that cannot be read, no JWS."""
    from contracts.convention.signing import MAX_SIGNATURE
    from services.platform.keys.signatures import ENDING

    tokens = {}
    for path in sorted(file.parent.glob(f"{escape(file.name)}.*{ENDING}")):
        party = path.name.removeprefix(f"{file.name}.").removesuffix(ENDING)
        try:
            with path.open("rb") as signature:
                token = signature.read(MAX_SIGNATURE + 2)
        except OSError:
            token = b""
        tokens[party] = token.decode("ascii", "replace").strip()
    return tokens


def as_data(judged: CheckedSignatures) -> dict[str, Any]:
    """What was found of a signed file, as `--format json` prints it."""
    from services.platform.keys.signatures import signature_file

    version, convention = judged.version, judged.version.convention
    return {
        "file": version.file.name, "version": convention.version, "convd": convention.digest,
        "predecessor": convention.predecessor, "predecessor_known": judged.predecessor_known,
        "effective": convention.effective,
        "signed": list(judged.signatures.signed), "missing": list(judged.signatures.missing),
        "invalid": [
            {"file": signature_file(version.file, party).name, "party": party, "reason": reason}
            for party, reason in judged.faults.items()
        ],
        "refused": judged.refusal.code if judged.refusal is not None else "",
    }  # fmt: skip


def lines(judged: CheckedSignatures) -> Iterator[str]:
    """One line a party, how many are needed, and whether an order may adopt the version."""
    from contracts.convention.signing import quorum_text
    from services.platform.keys.signatures import signature_file

    convention = judged.version.convention
    missing = [party for party in judged.signatures.missing if party not in judged.faults]
    for name, parties in (("signed", judged.signatures.signed), ("missing", missing)):
        for party in parties:
            label = convention.party_labels.get(party, {}).get("en", "")
            yield f"{name:7}  {party:14} {label}".rstrip()
    for party, fault in judged.faults.items():
        file = signature_file(judged.version.file, party).name
        yield f"invalid  {party:14} {file}: {_FAULT[fault]}"
    needed = [one for one in (convention, judged.before) if one is not None]
    rule = ", ".join(f"version {one.version}: {quorum_text(one)}" for one in needed)
    yield counted(_SIGNED, len(judged.signatures.signed), rule=rule)
    if not judged.predecessor_known:
        yield _UNKNOWN
    else:
        yield in_words(judged.refusal) if judged.refusal is not None else _ADOPTABLE
