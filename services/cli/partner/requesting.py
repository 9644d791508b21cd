"""`relais partner new`: who wants to join makes its desk's keys where they stay, and a request for the owners."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.common.asked import Asked, command
from services.cli.common.output import RealmOption, check_realm

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
            help="Event types that its software reads, e.g. `IP,FEEDBACK`; others are not sent to it. Else all."
        ),
    ] = "",
) -> None:
    """Make a partner's keys and a request for the owners.

    `request.json` holds public keys alone, each proved by itself. A second time it is made anew, of the keys that are
    there, with the name and event types of before where no others are said. A folder is one desk's.

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
