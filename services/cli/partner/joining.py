"""`relais partner new|answer|join`: make keys at home, the owners answer, take it in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import Asked, AtHome, command
from services.cli.common.output import RealmOption, check_realm

if TYPE_CHECKING:
    from cryptography import x509


FolderOption = Annotated[
    Path, typer.Option("--folder", help="The partner's own folder, which never leaves it.")
]
_MADE: Final = (
    "{file} is for the owners; it holds no secret. Tell them its digest {digest} "
    "by another way, such as by phone"
)


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
    weeks: Annotated[int, typer.Option(min=2, max=104, help="Weeks that its keys cover.")] = 16,
    reads: Annotated[
        str,
        typer.Option(
            help="Event types that its software reads, e.g. `IP,FEEDBACK`; others are not sent "
            "to it. Else all."
        ),
    ] = "",
) -> None:
    """Make a partner's keys and a request for the owners.

    `request.json` holds public keys alone, each proved by itself. A second time it is made anew, of
    the keys that are there, with the name and event types of before where no others are said. A
    folder is one desk's.

    Example: relais partner new asso-2 --role ASSO --folder asso-2
    """
    import time

    from contracts.convention.load import load
    from contracts.conventions import fresh
    from contracts.encoding import digest
    from contracts.errors import UsageError
    from services.operate.joining.request import FILE, make_request
    from services.platform.keys.signatures import read_convention

    check_realm(realm)
    if bool(label_fr) != bool(label_en):
        raise UsageError(
            "label_incomplete", "a name in one language", "`--label-fr` and `--label-en`"
        )
    text = read_convention(convention) if convention else fresh()
    agreed = load(text, str(convention or ""))
    label, now = {"fr": label_fr, "en": label_en} if label_fr else {}, int(time.time())
    made = make_request(
        folder, agreed, desk=desk.lower(), role=role, label=label, at=now, weeks=weeks, realm=realm,
        reads=reads.upper().replace(",", " ").split(),
    )  # fmt: skip
    file = folder / FILE
    told = digest(file.read_bytes())
    asked.print(
        {"request": str(file), "digest": told, "desk": made.row.desk},
        _MADE.format(file=file, digest=f"`{told}`"),
    )


DigestOption = Annotated[
    str,
    typer.Option(
        "--digest", help="Of ANSWER, as the owners told it by another way; another file is refused."
    ),
]

_SHARED: Final = (
    "{agency} has desks already. Certificate and rights are a whole agency’s: "
    "the partner can overwrite what lies unread in their inbox, and stop their "
    "service by writing under its name. Another institution is better an agency "
    "of its own in the next convention"
)


@command
def answer(
    asked: AtHome,
    request: Annotated[
        Path,
        typer.Argument(
            metavar="REQUEST",
            help="What the partner sent: `request.json`.",
            dir_okay=False,
            exists=True,
        ),
    ],
    brokers: Annotated[str, typer.Option(help="Addresses of brokers that the partner reaches.")],
    certificate: Annotated[
        Path | None,
        typer.Option(
            help=(
                "PEM, of the request's key (`csr`), by the federation's authority; else the "
                "home's own certifies it."
            ),
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option(
            help="PEM: the authority that brokers' certificates are by; with --certificate.",
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to send back.")] = Path("answer.json"),
) -> None:
    """Check a partner's request, list its desk, answer it.

    Whoever passes the files on could replace them whole: compare the digests that are told, by
    another way.

    In a home whose authority is at hand (`relais keys tls`, `relais up --nodes 3`) the
    certificate is made here, of the request's public key, for 90 days; said again, a next one.
    In earnest the operators' PKI makes it: take its `csr` there.

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
    from services.platform.keys.owners import FILE as OWNERS
    from services.platform.keys.private_files import read_private
    from services.platform.process.clock import FileClock
    from services.platform.process.durable_file import write_durably

    home = Home(asked.home)
    with home.complete():
        data = read_outside(request)
        known = read_request(data, home.convention)
        realm, desk = known.file.realm, known.file.row.desk
        others = [row for bus in REALMS for row in home.outside(bus)]
        joining.check_name(known.file.row, {partner.desk for partner in home.partners}, others)
        if home.agencies.get(known.file.row.agency):
            asked.note(_SHARED.format(agency=known.file.row.agency))
        own, by = _certified(home.path, known.csr, certificate, authority)
        made = joining.answer(
            known, home.convention,
            owners=(home.path / OWNERS).read_bytes(),
            routing_secret=read_private(home.keys / realm / "routing.secret"),
            kafka=brokers, at=FileClock(home.clock).now(),
            certificate=own, authority=by,
        )  # fmt: skip
    row = home.outside_file(realm, short(desk))
    row.parent.mkdir(parents=True, exist_ok=True)
    write_durably(row, orjson.dumps(known.file.row.wire()))
    given = orjson.dumps(made.wire(), option=orjson.OPT_INDENT_2)
    write_durably(out, given)
    digests = {"request_digest": digest(data), "digest": digest(given)}
    label = known.file.row.label.wire()
    asked.print(
        {
            "answer": str(out),
            "desk": desk,
            "role": known.file.row.role,
            "label": label,
            "reads": list(known.file.row.reads or ()),
            **digests,
        },
        (
            "{file} is for the partner. {desk}, {role}, calls itself “{label}”. Compare "
            "the digests with the partner by another way, such as by phone: the "
            "request’s is {asked}, the answer’s {given}. Then `relais directory sign`, "
            "`relais directory adopt`, `relais kafka apply`"
        ).format(
            file=out,
            desk=desk,
            role=known.file.row.role,
            label=label["en"],
            asked=f"`{digests['request_digest']}`",
            given=f"`{digests['digest']}`",
        ),
    )


def _certified(
    home: Path,
    request: x509.CertificateSigningRequest,
    certificate: Path | None,
    authority: Path | None,
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

    return certify(home / "tls", request).decode("ascii"), (home / "tls" / "ca.pem").read_text(
        "ascii"
    )


@command
def join(
    asked: Asked,
    given: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWER",
            help="What the owners sent: `answer.json`.",
            dir_okay=False,
            exists=True,
        ),
    ],
    folder: FolderOption,
    told: DigestOption = "",
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
        (
            "{desk} can begin: `examples/README.md` with `--directory` {folder}. The "
            "answer’s digest is {digest}: if it is not what the owners told you by another "
            "way, begin again with another folder. The way to the bus tries `relais "
            "partner check --folder` {folder}"
        ).format(desk=made.desk, folder=folder, digest=f"`{own}`"),
    )
