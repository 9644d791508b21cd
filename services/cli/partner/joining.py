"""`relais partner new|answer|join`: how a desk of other code joins; its keys stay where it made them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.common.asked import Asked, AtHome, command
from services.cli.common.output import RealmOption, check_realm
from services.texts import Catalogue

_ = Catalogue(__name__)

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
    weeks: Annotated[int, typer.Option(min=2, max=104, help="Weeks that its keys cover.")] = 16,
) -> None:
    """Make a partner's keys in its own folder, a request for the owners, and the annex in both languages.

    `request.json` holds public keys alone, each proved by itself; `annex.fr.md` and `annex.en.md` say which clauses
    the desk joins under, and what the law asks before it begins. A second time, what is there stays.
    """
    import time

    from contracts.convention.load import load
    from contracts.conventions import fresh
    from contracts.errors import UsageError
    from services.cli.partner.annex import annex
    from services.operate.joining.request import FILE, make_request
    from services.platform.keys.convention_file import read_convention
    from services.platform.process.durable_file import write_durably

    check_realm(realm)
    if bool(label_fr) != bool(label_en):
        raise UsageError(
            "label_incomplete", _("a name in one language"), _("`--label-fr` and `--label-en`")
        )
    text = read_convention(convention) if convention else fresh()
    agreed = load(text, str(convention or ""))
    label = {"fr": label_fr, "en": label_en} if label_fr else {}
    made = make_request(
        folder,
        agreed,
        desk=desk.lower(),
        role=role,
        label=label,
        at=int(time.time()),
        weeks=weeks,
        realm=realm,
    )
    for lang in ("fr", "en"):
        write_durably(folder / f"annex.{lang}.md", annex(made, agreed, lang).encode())
    file = folder / FILE
    asked.print(
        {"request": str(file), "desk": made.row.desk, "sends": list(made.sends), "receives": list(made.receives)},
        _("{file} is for the owners; it holds no secret. Sends by {sends}; receives by {receives}. To sign: `annex.fr.md`, `annex.en.md`"),
        file=file, sends=", ".join(made.sends) or "-", receives=", ".join(made.receives) or "-",
    )  # fmt: skip


@command
def answer(
    asked: AtHome,
    request: Annotated[
        Path, typer.Argument(metavar="REQUEST", help="What the partner sent: `request.json`.")
    ],
    certificate: Annotated[
        Path, typer.Option(help="PEM, of the request's key (`csr`), by the federation's authority.")
    ],
    authority: Annotated[
        Path, typer.Option(help="PEM: the authority that brokers' certificates are by.")
    ],
    brokers: Annotated[str, typer.Option(help="Addresses of brokers that the partner reaches.")],
    out: Annotated[Path, typer.Option(help="The file to send back.")] = Path("answer.json"),
) -> None:
    """Check a partner's request, put its desk among those that the next directory lists, and write the answer.

    Then, as ever: `relais directory sign`, `relais directory adopt`, `relais topics apply`, `relais acl apply`. The
    realm's routing secret is in the answer as a seal that the desk's own key alone opens.
    """
    import orjson

    from contracts.vocabulary.schema import short
    from services.operate.home.home import Home
    from services.operate.joining import answer as joining
    from services.operate.joining.request import read_request
    from services.platform.keys.owners import FILE as OWNERS
    from services.platform.keys.private_files import read_private
    from services.platform.process.clock import FileClock
    from services.platform.process.durable_file import write_durably

    home = Home(asked.home)
    with home.complete():
        known = read_request(request.read_bytes(), home.convention)
        realm, desk = known.file.realm, known.file.row.desk
        made = joining.answer(
            known, home.convention,
            owners=(home.path / OWNERS).read_bytes(),
            routing_secret=read_private(home.keys / realm / "routing.secret"),
            kafka=brokers, at=FileClock(home.clock).now(),
            certificate=certificate.read_text(), authority=authority.read_text(),
        )  # fmt: skip
    row = home.outside_file(realm, short(desk))
    row.parent.mkdir(parents=True, exist_ok=True)
    write_durably(row, orjson.dumps(known.row))
    write_durably(out, orjson.dumps(made, option=orjson.OPT_INDENT_2))
    asked.print(
        {"answer": str(out), "desk": desk, "rights": made["rights"]},
        _("{file} is for the partner. {desk} is listed by the next `relais directory sign`, then `relais directory adopt`, `relais topics apply`, `relais acl apply`"),
        file=out, desk=desk,
    )  # fmt: skip


@command
def join(
    asked: Asked,
    given: Annotated[
        Path, typer.Argument(metavar="ANSWER", help="What the owners sent: `answer.json`.")
    ],
    folder: FolderOption,
) -> None:
    """Take the owners' answer into the partner's folder, once it fits the keys that lie there.

    It is for this desk, its certificate is of this folder's key, its secret opens by it: else nothing is written.
    """
    from services.operate.joining import answer as joining

    made = joining.join(folder, given.read_bytes())
    asked.print(
        {"desk": made["desk"], "settings": made["settings"], "sends": made["sends"], "receives": made["receives"]},
        _("{desk} can begin: `examples/README.md` with `--directory` {folder}; it may send by {sends}"),
        desk=made["desk"], folder=folder, sends=", ".join(one["clause"] for one in made["sends"]) or "-",
    )  # fmt: skip
