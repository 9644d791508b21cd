"""`relais convention sign|verify|adopt`: who has agreed to a version, and how it comes into force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.commands._kafka import (
    KafkaOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    given_tls,
    reach,
)
from services.commands._output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    Lang,
    LangOption,
    errors_become_exit_codes,
    print_json,
)

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.convention.signing import Signatures
    from contracts.log.orders import Order

FOUND: Final = 1  # exit code: signatures are missing


_SAID: Final = {
    "fr": {
        "signed": "signé  ", "missing": "manque ",
        "enough": "{n} signature(s) : le quorum est atteint ({rule})",
        "short": "{n} signature(s) : le quorum n'est pas atteint ({rule})",
        "unknown": "la version précédente n'est pas à portée : son quorum n'a pas été vérifié",
    },
    "en": {
        "signed": "signed ", "missing": "missing",
        "enough": "{n} signature(s): the quorum is reached ({rule})",
        "short": "{n} signature(s): the quorum is not reached ({rule})",
        "unknown": "the version before is not at hand: its quorum was not checked",
    },
}  # fmt: skip

FileArgument = Annotated[
    Path, typer.Argument(help="A convention file.", dir_okay=False, exists=True)
]
ShippedArgument = Annotated[
    Path | None,
    typer.Argument(help="A convention file; else the one shipped.", dir_okay=False, exists=True),
]
BeforeOption = Annotated[
    Path | None,
    typer.Option(
        "--before", help="The version before, if not shipped.", dir_okay=False, exists=True
    ),
]


def sign(
    party: Annotated[str, typer.Option(help="The party that signs, e.g. education.")],
    key: Annotated[Path, typer.Option(help="Its signing key file.", exists=True, dir_okay=False)],
    file: ShippedArgument = None,
) -> None:
    """Sign a convention as one party: FILE.<party>.jws beside it, or printed if no FILE is named."""
    from contracts.convention.load import load
    from contracts.convention.signing import party_urn, sign_convention
    from contracts.conventions import SHIPPED, shipped
    from contracts.errors import UsageError
    from contracts.keys import read_signing_file
    from services.shell.signatures import signature_file

    with errors_become_exit_codes(Lang.FR):
        entry, signer = read_signing_file(key.read_bytes())
        if entry.owner != party_urn(party):
            raise UsageError("party_not_owner", "another owner's key", party_urn(party))
        if file is None:
            typer.echo(sign_convention(load(shipped(), SHIPPED), party, signer))
            return
        token = sign_convention(load(file.read_bytes(), file.name), party, signer)
        path = signature_file(file, party)
        path.write_text(token + "\n", encoding="ascii")
        typer.echo(str(path))


def verify(
    file: FileArgument,
    before: BeforeOption = None,
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
    lang: LangOption = Lang.FR,
) -> None:
    """Say who has signed a convention and who is missing; exit 1 if that is not its quorum.

    Parties' keys are those that the home pins in owners.json.
    """
    from contracts.convention.load import load
    from contracts.convention.signing import verify_convention
    from services.shell.owners import read_owners
    from services.shell.signatures import read_signatures

    with errors_become_exit_codes(lang):
        convention = load(file.read_bytes(), file.name)
        known = _before(convention, before)
        keys = read_owners(home).parties
        found = verify_convention(convention, read_signatures(file), keys, at=0, before=known)
    if output is Format.JSON:
        print_json({"file": file.name, **_data(convention, known, found)})
    else:
        _tell(convention, known, found, lang.value)
    if not _enough(convention, known, found):
        raise typer.Exit(FOUND)


def _enough(convention: Convention, known: Convention | None, found: Signatures) -> bool:
    return all(found.suffice(one) for one in (convention, known) if one is not None)


def _data(convention: Convention, known: Convention | None, found: Signatures) -> dict[str, Any]:
    needed = [one for one in (convention, known) if one is not None]
    return {
        "version": convention.version, "convd": convention.digest,
        "predecessor": convention.predecessor, "effective": convention.effective,
        "signed": list(found.signed), "missing": list(found.missing),
        "needed": {str(one.version): one.needed for one in needed},
        "predecessor_known": known is not None or not convention.predecessor,
        "enough": _enough(convention, known, found),
    }  # fmt: skip


def _tell(convention: Convention, known: Convention | None, found: Signatures, lang: str) -> None:
    """One line a party, then whether that is enough."""
    from contracts.convention.signing import quorum_text

    said = _SAID[lang]
    for name, parties in (("signed", found.signed), ("missing", found.missing)):
        for party in parties:
            label = convention.party_labels.get(party, {}).get(lang, "")
            typer.echo(f"{said[name]}  {party:14} {label}".rstrip())
    needed = [one for one in (convention, known) if one is not None]
    rule = ", ".join(f"version {one.version}: {quorum_text(one)}" for one in needed)
    reached = "enough" if _enough(convention, known, found) else "short"
    typer.echo(said[reached].format(n=len(found.signed), rule=rule))
    if convention.predecessor and known is None:
        typer.echo(said["unknown"])


def adopt(
    file: FileArgument,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
) -> None:
    """Order both buses to put a signed convention into force: now, or at its date of effect."""
    import asyncio

    from contracts import principals
    from contracts.convention.load import load
    from contracts.scopes import REALMS
    from services.shell.signatures import read_signatures

    with errors_become_exit_codes(Lang.FR):
        text, signatures = file.read_bytes(), read_signatures(file)
        load(text, file.name)  # a fault is told with the file's own name and line
        tls = given_tls(tls_ca, tls_cert, tls_key)
        for realm in REALMS:
            bootstrap, client = reach(home, kafka, principals.owners(realm), tls)
            order = asyncio.run(_adopt(text, signatures, realm, bootstrap, home, client))
            typer.echo(f"{realm}: order {order.n} adopts {order.target} from {_told(order.start)}")


async def _adopt(
    text: bytes,
    signatures: tuple[str, ...],
    realm: str,
    bootstrap: str,
    home: Path,
    client: dict[str, Any],
) -> Order:
    """Order one realm; what its readers would refuse is refused here, in the same words."""
    from contracts.convention.adoption import check_adoption
    from contracts.convention.load import load
    from services.federation.home import Home
    from services.shell.clock import FileClock
    from services.shell.control import Control, adopt_convention

    folder, convention = Home(home), load(text)
    control = Control(bootstrap, realm, folder.owners, **client)
    try:
        await control.start()
    finally:
        await control.stop()
    last, owners = control.registry.last_adopted, folder.owners
    start = max(FileClock(folder.clock).now(), convention.starts, last.start if last else 0)
    check_adoption(
        convention, signatures, owners.parties, start=start, last=last, trusted=owners.trusted
    )
    return await adopt_convention(
        bootstrap,
        realm,
        owners,
        text.decode(),
        signatures,
        start=start,
        signers=[folder.owner("convention")],
        **client,
    )


def _before(convention: Convention, file: Path | None) -> Convention | None:
    """The version that a file names as its predecessor: the one given, else a shipped one."""
    from contracts.convention.load import load
    from contracts.conventions import SECOND, SHIPPED, read
    from contracts.errors import UsageError

    if file is not None:
        found = load(file.read_bytes(), file.name)
        if found.digest != convention.predecessor:
            raise UsageError("not_the_predecessor", found.digest, convention.predecessor or "none")
        return found
    for name in (SHIPPED, SECOND):
        if (found := load(read(name), name)).digest == convention.predecessor:
            return found
    return None


def _told(at: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
