"""`relais partner new|answer|join|check`: make keys, the owners answer, take it in, try it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.vocabulary.scopes import AHEAD_WEEKS
from services.cli.common.asked import Asked, AtHome, command
from services.cli.common.output import RealmOption, check_realm

if TYPE_CHECKING:
    from services.operate.joining.request import RequestFile

NOT_SO: Final = 1  # exit code: the connection does not work
FolderOption = Annotated[
    Path, typer.Option("--folder", help="The partner's own folder, which never leaves it.")
]


@command
def new(
    asked: Asked,
    desk: Annotated[str, typer.Argument(metavar="DESK", help="Its short id, e.g. `asso-2`.")],
    role: Annotated[str, typer.Option(help="Its role in the convention, e.g. ASSO.")],
    folder: FolderOption,
    label_fr: Annotated[str, typer.Option(help="Its name in French; else the role's.")] = "",
    label_en: Annotated[str, typer.Option(help="Its name in English; else the role's.")] = "",
    convention: Annotated[
        Path | None,
        typer.Option(help="The convention in force; else the one that a new home begins with."),
    ] = None,
    realm: RealmOption = "civil",
    weeks: Annotated[int, typer.Option(min=2, max=104, help="Weeks that its keys cover.")] = (
        AHEAD_WEEKS
    ),
    reads: Annotated[
        str, typer.Option(help="Event types that its software reads, e.g. `IP,FEEDBACK`; else all.")
    ] = "",
) -> None:
    """Make a partner's keys and a request for the owners.

    `request.json` holds public keys alone, each proved by itself. A second time it is made anew, of
    the keys that are there. A folder is one desk's.

    Example: relais partner new asso-2 --role ASSO --folder asso-2
    """
    from contracts.convention.load import load
    from contracts.conventions import shipped
    from contracts.encoding import digest
    from contracts.errors import UsageError
    from services.operate.joining.request import FILE, make_request
    from services.platform.keys.signatures import read_convention
    from services.platform.ports import now

    check_realm(realm)
    if bool(label_fr) != bool(label_en):
        expected = "`--label-fr` and `--label-en`"
        raise UsageError("label_incomplete", "a name in one language", expected)
    made = make_request(
        folder,
        load(read_convention(convention) if convention else shipped(), str(convention or "")),
        desk=desk.lower(), role=role, label={"fr": label_fr, "en": label_en} if label_fr else {},
        at=now(), weeks=weeks, realm=realm,
        reads=reads.upper().replace(",", " ").split(),
    )  # fmt: skip
    own = digest((folder / FILE).read_bytes())
    asked.print(
        {"request": str(folder / FILE), "digest": own, "desk": made.row.desk},
        f"{folder / FILE} is for the owners; it holds no secret. Tell them its digest `{own}` by "
        "another way, such as by phone",
    )


@command
def answer(
    asked: AtHome,
    request: Annotated[
        Path,
        typer.Argument(metavar="REQUEST", help="The partner's file.", dir_okay=False, exists=True),
    ],
    brokers: Annotated[str, typer.Option(help="Addresses of brokers that the partner reaches.")],
    certificate: Annotated[
        Path | None,
        typer.Option(
            help="PEM, of the request's key (`csr`); else the home's authority certifies it.",
            dir_okay=False, exists=True,
        ),
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option(
            help="PEM: the authority that brokers' certificates are by; with --certificate.",
            dir_okay=False, exists=True,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to send back.")] = Path("answer.json"),
) -> None:  # fmt: skip
    """Check a partner's request, list its desk, answer it.

    Whoever passes the files on could replace them whole: compare the digests that are told, by
    another way.

    In a home whose authority is at hand (`relais keys tls`, `relais up --nodes 3`) the certificate
    is made here, of the request's public key, for 90 days; said again, a next one. In production
    the operators' PKI makes it: take its `csr` there.

    Then, as ever: `relais directory sign`, `relais directory adopt`, `relais kafka apply`. The
    realm's routing secret is in the answer as a seal that the desk's own key alone opens.

    Example: relais partner answer request.json --brokers kafka-1:9093
    """
    import orjson

    from contracts.encoding import digest
    from contracts.vocabulary.schema import short
    from contracts.vocabulary.scopes import REALMS
    from services.operate.home.home import Home
    from services.operate.joining import answer as joining
    from services.operate.joining.request import read_outside, read_request
    from services.platform.process.durable_file import write_durably

    home = Home(asked.home)
    with home.complete():
        data = read_outside(request)
        known = read_request(data, home.convention)
        row, others = known.row, [other for bus in REALMS for other in home.outside(bus)]
        joining.check_name(row, home.partners, others, home.convention)
        if home.agencies.get(row.agency):
            asked.note(
                f"{row.agency} has desks already. Certificate and rights are a whole agency’s: the "
                "partner can overwrite what lies unread in their inbox, and stop their service. "
                "Another institution is better an agency of its own in the next convention"
            )
        own, by = _certified(home.path, known, certificate, authority)
        given = orjson.dumps(
            joining.answer(home, known, brokers, own, by).wire(), option=orjson.OPT_INDENT_2
        )
    listed = home.outside_file(known.realm, short(row.desk))
    listed.parent.mkdir(parents=True, exist_ok=True)
    write_durably(listed, orjson.dumps(row.wire()))
    write_durably(out, given)
    facts = {
        "answer": str(out), "desk": row.desk, "role": row.role, "label": row.label.wire(),
        "reads": list(row.reads or ()), "request_digest": digest(data), "digest": digest(given),
    }  # fmt: skip
    asked.print(
        facts,
        f"{out} is for the partner. {row.desk}, {row.role}, calls itself “{row.label.fr}” in "
        f"French and “{row.label.en}” in English. Compare the digests with the partner by another "
        f"way, such as by phone: the request’s is `{facts['request_digest']}`, the answer’s "
        f"`{facts['digest']}`. Then `relais directory sign`, `relais directory adopt`, `relais "
        "kafka apply`",
    )


def _certified(
    home: Path, request: RequestFile, certificate: Path | None, authority: Path | None
) -> tuple[str, str]:
    """The partner's certificate and whom to trust, as PEM: given, or by the home's own authority.

    Raises:
        UsageError: `certificate_missing`; as `services.play.certificates.ca.certify`.
    """
    from contracts.errors import UsageError

    if certificate and authority:
        return certificate.read_text("ascii", "replace"), authority.read_text("ascii", "replace")
    if certificate or authority or not (home / "tls" / "ca.key").exists():
        got = "one alone" if certificate or authority else "no authority in this home"
        expected = "`--certificate` and `--authority`, from the federation’s PKI"
        raise UsageError("certificate_missing", got, expected)
    from services.play.certificates.ca import certify

    made = certify(home / "tls", request.certificate).decode("ascii")
    return made, (home / "tls" / "ca.pem").read_text("ascii")


@command
def join(
    asked: Asked,
    given: Annotated[
        Path,
        typer.Argument(metavar="ANSWER", help="The owners' file.", dir_okay=False, exists=True),
    ],
    folder: FolderOption,
    told: Annotated[
        str, typer.Option("--digest", help="As the owners told it; another file is refused.")
    ] = "",
) -> None:
    """Take the owners' answer into the partner's folder.

    It is for this desk, its certificate is of this folder's key, its secret opens by it: else
    nothing is written. That it is the owners', and names their keys and brokers, its digest alone
    shows: have them tell it by another way.

    Example: relais partner join answer.json --folder asso-2
    """
    from contracts.encoding import digest
    from contracts.errors import UsageError
    from services.operate.joining import answer as joining
    from services.operate.joining.request import read_outside

    data = read_outside(given)
    own = digest(data)
    if told and told != own:
        got, expected = "another file", "the one whose digest the owners told"
        raise UsageError("answer_differs", got, expected, str(given))
    made = joining.join(folder, data)
    asked.print(
        {"desk": made.desk, "digest": own},
        f"{made.desk} can begin: `examples/README.md` with `--directory {folder}`. The answer’s "
        f"digest is `{own}`: if it is not what the owners told you by another way, begin again "
        f"with another folder. To try the way to the bus: `relais partner check --folder {folder}`",
    )


@command
def check(asked: Asked, folder: FolderOption) -> None:
    """Check a partner's connection to the bus.

    Its own certificate and rights, and the router's answer to the PING that its program has sent.
    It writes nothing.

    Example: relais partner check --folder asso-2
    """
    from services.operate.joining.checking import check_folder

    error = asyncio.run(check_folder(folder))
    if error is None:
        asked.print({"works": True}, "it works: the router took the desk's PING")
        return
    why = {"code": error.code, "got": error.got, "expected": error.expected}
    asked.print({"works": False, **why}, error.describe())
    raise typer.Exit(NOT_SO)
