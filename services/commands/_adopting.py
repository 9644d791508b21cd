"""`relais convention sign|verify|adopt`: who has agreed to a version, and how it comes into force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.commands._in_force import convention_of
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
    from contracts.convention.adoption import Adopted
    from contracts.convention.model import Convention
    from contracts.convention.signing import Fault, Signatures
    from contracts.directory import SigningKey
    from contracts.log.orders import Order, Owners

FOUND: Final = 1  # exit code: signatures are missing or bad, or the version is out of turn
# Why an order would be refused whoever has signed: signatures are not what is to be told then.
_OUT_OF_TURN: Final = frozenset(
    {"convention_superseded", "convention_out_of_turn", "convention_before_its_hour"}
)

_SAID: Final = {
    "fr": {
        "signed": "signé   ", "missing": "manque  ", "invalid": "invalide", "colon": " : ",
        "enough": "{n} signature(s) : le quorum est atteint ({rule})",
        "short": "{n} signature(s) : le quorum n'est pas atteint ({rule})",
        "bad": "{n} fichier(s) de signature à remplacer : aucun bus n'accepterait la version ainsi",
        "unknown": "la version précédente n'est pas à portée : son quorum n'a pas été vérifié",
        "turn": "version {new} : `predecessor` désigne la version {old}, et non la version {due}",
        "other_key": "signée par une autre clé que celle de owners.json",
        "file_changed": "le fichier a changé depuis",
        "no_party": "d'un service qui n'est pas signataire de cette version",
        "unreadable": "illisible",
        "pinned": "attention : owners.json, dans {home}, n'épingle pas cette clé pour {party} : "
                  "`verify` y refusera la signature",
        "adopted": "{realm} : l'ordre {n} adopte {target} à partir de {start}",
        "refused": "{realm} : aucun ordre n'est donné : {code}",
        "next": "Dès qu'elle est en vigueur, la version peut demander d'autres topics, durées ou "
                "droits : `relais topics apply`, puis `relais acl apply`",
    },
    "en": {
        "signed": "signed ", "missing": "missing", "invalid": "invalid", "colon": ": ",
        "enough": "{n} signature(s): the quorum is reached ({rule})",
        "short": "{n} signature(s): the quorum is not reached ({rule})",
        "bad": "{n} signature file(s) to be replaced: no bus would take the version like this",
        "unknown": "the version before is not at hand: its quorum was not checked",
        "turn": "version {new}: `predecessor` means version {old}, not version {due}",
        "other_key": "signed by another key than that of owners.json",
        "file_changed": "the file has changed since",
        "no_party": "of somebody who is no party to this version",
        "unreadable": "unreadable",
        "pinned": "careful: owners.json in {home} does not pin this key for {party}: "
                  "`verify` there will refuse the signature",
        "adopted": "{realm}: order {n} adopts {target} from {start}",
        "refused": "{realm}: nothing is ordered: {code}",
        "next": "Once it is in force, the version may need other topics, retentions or rights: "
                "`relais topics apply`, then `relais acl apply`",
    },
}  # fmt: skip

FileArgument = Annotated[
    Path, typer.Argument(help="A convention file.", dir_okay=False, exists=True)
]
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
class Judged:
    """A version's signatures, checked; and the version before where it is known.

    Attributes:
        faults: party, as a file's name says -> what is wrong with that signature.
    """

    file: Path
    convention: Convention
    before: Convention | None
    found: Signatures
    faults: Mapping[str, Fault]

    @property
    def needed(self) -> list[Convention]:
        """The versions whose quorum counts."""
        return [one for one in (self.convention, self.before) if one is not None]

    @property
    def enough(self) -> bool:
        """Whether the good signatures reach every quorum."""
        return all(self.found.suffice(one) for one in self.needed)

    @property
    def in_turn(self) -> bool:
        """Whether the version before, where it is known, is the one before by its number too."""
        return self.before is None or self.before.version == self.convention.version - 1

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.enough and self.in_turn and not self.faults


def sign(
    party: Annotated[str, typer.Option(help="The party that signs, e.g. education.")],
    key: Annotated[Path, typer.Option(help="Its signing key file.", exists=True, dir_okay=False)],
    file: InForceArgument = None,
    home: HomeOption = HOME,
    lang: LangOption = Lang.FR,
) -> None:
    """Sign a convention as one party: FILE.<party>.jws beside it, or printed if no FILE is named."""
    from contracts.convention.signing import party_urn, sign_convention
    from contracts.errors import UsageError
    from contracts.keys import read_signing_file
    from services.shell.signatures import signature_file

    with errors_become_exit_codes(lang):
        entry, signer = read_signing_file(key.read_bytes())
        if entry.owner != party_urn(party):
            raise UsageError("party_not_owner", "another owner's key", party_urn(party))
        token = sign_convention(convention_of(file, home, lang), party, signer)
    if not _pinned(entry, home):
        said = _SAID[lang.value]["pinned"]
        typer.echo(said.format(home=home, party=party), err=True)
    if file is None:
        typer.echo(token)
        return
    path = signature_file(file, party)
    path.write_text(token + "\n", encoding="ascii")
    typer.echo(str(path))


def _pinned(key: SigningKey, home: Path) -> bool:
    """Whether a home pins a party's key; a home that pins nobody's has nothing against it."""
    from contracts.errors import UsageError
    from services.shell.owners import read_owners

    try:
        parties = read_owners(home).parties
    except UsageError:  # none, or one that `verify` will tell of: signing needs no home
        return True
    known = parties.get(key.kid)
    return known is not None and (known.owner, known.public) == (key.owner, key.public)


def verify(
    file: FileArgument,
    before: BeforeOption = None,
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
    lang: LangOption = Lang.FR,
) -> None:
    """Say who has signed a convention and who is missing; exit 1 if that is not its quorum.

    A bad signature and a version out of turn are findings too. Parties' keys are those that the
    home pins in owners.json.
    """
    from services.shell.owners import read_owners

    with errors_become_exit_codes(lang):
        version = _read(file)
        keys = read_owners(home).parties
        judged = _judged(version, _before(version.convention, before), keys)
    if output is Format.JSON:
        print_json({"file": file.name, **_data(judged)})
    else:
        for line in _lines(judged, lang.value):
            typer.echo(line)
    if not judged.sound:
        raise typer.Exit(FOUND)


def _read(file: Path) -> Signed:
    """A file that loads, and its signatures.

    Raises:
        ConventionError: it does not load; with the file's own name and line.
    """
    from contracts.convention.load import load

    text = file.read_bytes()
    return Signed(file, text, load(text, file.name), _tokens(file))


def _judged(version: Signed, before: Convention | None, keys: Mapping[str, SigningKey]) -> Judged:
    """Each signature by itself: a bad one does not hide the others."""
    from contracts.convention.signing import verify_apart

    one = version.convention
    found, faults = verify_apart(one, version.tokens, keys, at=0, before=before)
    return Judged(version.file, one, before, found, faults)


def _tokens(file: Path) -> dict[str, str]:
    """Party, as the file's name says -> its signature; of a file that cannot be read, no JWS."""
    from contracts.convention.signing import MAX_SIGNATURE
    from services.shell.signatures import ENDING

    found = {}
    for path in sorted(file.parent.glob(f"{escape(file.name)}.*{ENDING}")):
        party = path.name.removeprefix(f"{file.name}.").removesuffix(ENDING)
        try:
            with path.open("rb") as signature:
                token = signature.read(MAX_SIGNATURE + 2)
        except OSError:
            token = b""
        found[party] = token.decode("ascii", "replace").strip()
    return found


def _data(judged: Judged) -> dict[str, Any]:
    from services.shell.signatures import signature_file

    one, before = judged.convention, judged.before
    return {
        "version": one.version, "convd": one.digest,
        "predecessor": one.predecessor, "effective": one.effective,
        "signed": list(judged.found.signed), "missing": list(judged.found.missing),
        "invalid": [
            {"file": signature_file(judged.file, party).name, "party": party, "reason": reason}
            for party, reason in judged.faults.items()
        ],
        "needed": {str(version.version): version.needed for version in judged.needed},
        "predecessor_known": before is not None or not one.predecessor,
        "predecessor_version": before.version if before is not None else None,
        "in_turn": judged.in_turn,
        "enough": judged.enough,
    }  # fmt: skip


def _lines(judged: Judged, lang: str) -> Iterator[str]:
    """One line a party, then whether that is enough, and what else stands in the way."""
    from contracts.convention.signing import quorum_text
    from services.shell.signatures import signature_file

    said, one, before = _SAID[lang], judged.convention, judged.before
    missing = [party for party in judged.found.missing if party not in judged.faults]
    for name, parties in (("signed", judged.found.signed), ("missing", missing)):
        for party in parties:
            label = one.party_labels.get(party, {}).get(lang, "")
            yield f"{said[name]}  {party:14} {label}".rstrip()
    for party, fault in judged.faults.items():
        file = signature_file(judged.file, party).name
        yield f"{said['invalid']}  {party:14} {file}{said['colon']}{said[fault]}"
    rule = ", ".join(
        f"version {version.version}{said['colon']}{quorum_text(version, lang)}"
        for version in judged.needed
    )
    reached = said["enough" if judged.enough else "short"]
    yield reached.format(n=len(judged.found.signed), rule=rule)
    if judged.faults:
        yield said["bad"].format(n=len(judged.faults))
    if one.predecessor and before is None:
        yield said["unknown"]
    if before is not None and not judged.in_turn:
        yield said["turn"].format(new=one.version, old=before.version, due=one.version - 1)


def adopt(
    file: FileArgument,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
    lang: LangOption = Lang.FR,
) -> None:
    """Order both buses to put a signed convention into force: now, or at its date of effect.

    Exit 1 if the file is not signed as it has to be; nothing is ordered then.
    """
    import asyncio

    from contracts import principals
    from contracts.scopes import REALMS

    said = _SAID[lang.value]
    with errors_become_exit_codes(lang):
        version, tls = _read(file), given_tls(tls_ca, tls_cert, tls_key)
        for realm in REALMS:
            bootstrap, client = reach(home, kafka, principals.owners(realm), tls)
            order = asyncio.run(_adopt(version, realm, bootstrap, home, client, lang))
            told = said["adopted"].format(
                realm=realm, n=order.n, target=order.target, start=_told(order.start)
            )
            typer.echo(told)
    typer.echo(said["next"], err=True)


async def _adopt(
    version: Signed, realm: str, bootstrap: str, home: Path, client: dict[str, Any], lang: Lang
) -> Order:
    """Order one realm; what its readers would refuse is refused here."""
    from services.federation.home import Home
    from services.shell.clock import FileClock
    from services.shell.control import Control, adopt_convention

    folder = Home(home)
    control = Control(bootstrap, realm, folder.owners, **client)
    try:
        await control.start()
    finally:
        await control.stop()
    last, starts = control.registry.last_adopted, version.convention.starts
    start = max(FileClock(folder.clock).now(), starts, last.start if last else 0)
    _check(version, realm, folder.owners, start, last, lang)
    return await adopt_convention(
        bootstrap,
        realm,
        folder.owners,
        version.text.decode(),
        tuple(version.tokens.values()),
        start=start,
        signers=[folder.owner("convention")],
        **client,
    )


def _check(
    version: Signed, realm: str, owners: Owners, start: int, last: Adopted | None, lang: Lang
) -> None:
    """Refuse what no reader would take; of signatures that do not do, say whose.

    Raises:
        typer.Exit: signatures are missing or bad: a finding about the file.
        ConventionError: it is not this version's turn.
    """
    from contracts.convention.adoption import check_adoption
    from contracts.errors import RelaisError

    one, tokens, keys = version.convention, tuple(version.tokens.values()), owners.parties
    try:
        check_adoption(one, tokens, keys, start=start, last=last, trusted=owners.trusted)
    except RelaisError as error:
        if error.code in _OUT_OF_TURN:
            raise
        before = last.convention if last is not None else None
        for line in _lines(_judged(version, before, keys), lang.value):
            typer.echo(line, err=True)
        said = _SAID[lang.value]["refused"]
        typer.echo(said.format(realm=realm, code=error.code), err=True)
        raise typer.Exit(FOUND) from None


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
