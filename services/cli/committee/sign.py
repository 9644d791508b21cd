"""`relais convention sign|verify`: one party's word, and who has given it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.committee.signed_file import (
    FOUND,
    Signed,
    as_data,
    judge,
    lines,
    read,
    read_in_force,
)
from services.cli.committee.which_convention import convention_of
from services.cli.common.asked import AtHome, command
from services.cli.common.output import print_json

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.keys.directory import SigningKey

_NOT_PINNED: Final = (
    "careful: owners.json in {home} does not pin this key for {party}: "
    "`verify` there will refuse the signature"
)

InForceArgument = Annotated[
    Path | None,
    typer.Argument(help="A convention file; else the one in force.", dir_okay=False, exists=True),
]
BeforeOption = Annotated[
    Path | None,
    typer.Option(
        "--before", help="The version before, if not shipped.", dir_okay=False, exists=True
    ),
]


@command
def sign(
    asked: AtHome,
    party: Annotated[str, typer.Option(help="The party that signs, e.g. education.")],
    key: Annotated[Path, typer.Option(help="Its signing key file.", exists=True, dir_okay=False)],
    file: InForceArgument = None,
) -> None:
    """Sign a convention as one party.

    The signature is FILE.<party>.jws beside it, or printed if no FILE is named.

    Example: relais convention sign new.yaml --party education --key education.json
    """
    from contracts.convention.adoption import check_numbers
    from contracts.convention.signing import party_urn, sign_convention
    from contracts.errors import UsageError
    from services.platform.keys.signatures import signature_file
    from services.platform.keys.signers import read_signer

    entry, signer = read_signer(key)
    if entry.owner != party_urn(party):
        raise UsageError("party_not_owner", "another owner's key", party_urn(party))
    convention = convention_of(file, asked.home)
    if (before := predecessor(convention, asked.home)) is not None:
        check_numbers(before, convention)
    token = sign_convention(convention, party, signer)
    if not _pinned(entry, asked.home):
        asked.note(_NOT_PINNED.format(home=asked.home, party=party))
    path = signature_file(file, party) if file is not None else None
    if path is not None:
        path.write_text(token + "\n", encoding="ascii")
    if asked.json:
        signed = {"party": party, "version": convention.version, "convd": convention.digest}
        print_json({**signed, "file": str(path) if path else None, "signature": token})
    else:
        typer.echo(str(path or token))


def _pinned(key: SigningKey, home: Path) -> bool:
    """Whether a home pins a party's key; a home that pins nobody's has nothing against it."""
    from contracts.errors import UsageError
    from services.platform.keys.owners import read_owners

    try:
        parties = read_owners(home).parties
    except UsageError:  # none, or one that `verify` will tell of: signing needs no home
        return True
    known = parties.get(key.kid)
    return known is not None and (known.owner, known.public) == (key.owner, key.public)


@command
def verify(
    asked: AtHome,
    file: InForceArgument = None,
    before: BeforeOption = None,
) -> None:
    """Show who has signed; exit 1 without a quorum.

    A bad signature, a version out of turn and a version before that is not at hand are findings too.
    Parties' keys are those that the home pins in owners.json.

    Example: relais convention verify new.yaml
    """
    from services.platform.keys.owners import read_owners

    version = read(file) if file is not None else read_in_force(asked.home)
    keys = read_owners(asked.home).parties
    judged = judge(version, _before(version, before, asked.home), keys)
    if asked.json:
        print_json({"file": version.file.name, **as_data(judged)})
    else:
        for line in lines(judged):
            typer.echo(line)
    if not judged.sound:
        raise typer.Exit(FOUND)


def _before(version: Signed, file: Path | None, home: Path) -> Convention | None:
    """The version that a file names as its predecessor: the one given, else any of its digest.

    Looked for on the bus, in the home, and among those that Relais ships.
    """
    from contracts.convention.load import load
    from contracts.errors import UsageError
    from services.platform.keys.signatures import read_convention

    named = version.convention.predecessor
    if file is not None:
        before = load(read_convention(file), file.name)
        if before.digest != named:
            got = f"the version {before.digest}"
            raise UsageError("not_the_predecessor", got, named or "none")
        return before
    if version.before is not None:
        return version.before
    return predecessor(version.convention, home)


def predecessor(convention: Convention, home: Path) -> Convention | None:
    """The version before, if the home has it or Relais ships it."""
    from contracts.convention.load import load
    from contracts.conventions import FILES, read
    from contracts.encoding import digest
    from services.platform.keys.signatures import read_convention

    own = home / "convention.yaml"
    texts = {own.name: read_convention(own)} if own.exists() else {}
    for name, text in (texts | {name: read(name) for name in FILES}).items():
        if digest(text) == convention.predecessor:
            return load(text, name)
    return None
