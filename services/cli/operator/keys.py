"""`relais keys new`: keys in files that only their owner reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contracts.vocabulary.scopes import AHEAD_WEEKS
from services.cli.common.asked import Asked, AtHome, command
from services.cli.common.output import print_json
from services.cli.operator.layout import PartitionsOption
from services.texts import counted


@command
def new(
    asked: AtHome,
    weeks: Annotated[
        int, typer.Option(min=1, max=104, help="Weeks that keys cover.")
    ] = AHEAD_WEEKS,
    partitions: PartitionsOption = None,
    party: Annotated[
        str, typer.Option(help="Only a party's signing key, e.g. education; prints what to pin.")
    ] = "",
    file: Annotated[
        Path | None, typer.Option(help="Of --party: the key file to make; kept if it is there.")
    ] = None,
) -> None:
    """Make missing keys, secrets, tokens and directories.

    With `--party` the one key by which a party signs conventions.

    Example: relais keys new
    """
    from services.operate.home.home import Home
    from services.platform.ports import now

    if party or file is not None:
        _party(asked, party, file)
        return
    folder = Home(asked.home)
    folder.choose_partitions(partitions)
    before = sum(1 for _ in folder.keys.rglob("*.json"))
    asked.note(f"making keys for {weeks} weeks in {asked.home} …")
    folder.prepare(now(), weeks)
    made, tokens = sum(1 for _ in folder.keys.rglob("*.json")) - before, asked.home / "tokens"
    asked.print(
        {"made": made, "keys": str(folder.keys), "tokens": str(tokens)},
        counted(
            (
                "{n} key file made; tokens of desks in {tokens}",
                "{n} key files made; tokens of desks in {tokens}",
            ),
            n=made,
            tokens=tokens,
        ),
    )


def _party(asked: Asked, name: str, file: Path | None) -> None:
    """Make a party's signing key and print what to pin.

    Raises:
        UsageError: `bad_party`, `party_not_owner`.
    """
    from contracts.convention.signing import party_urn
    from contracts.errors import UsageError
    from contracts.vocabulary.principals import is_agency
    from services.operate.home.keys import ensure_signing
    from services.platform.keys.owners import public_row
    from services.platform.ports import now

    if not is_agency(name) or file is None:
        raise UsageError("bad_party", "another use", "--party, of a convention, with --file")
    key, _made = ensure_signing(file, party_urn(name), now())
    if key.owner != party_urn(name):
        raise UsageError("party_not_owner", "another owner's key", party_urn(name), str(file))
    if not asked.json:
        asked.note("to be pinned in `parties` of owners.json:")
    print_json(public_row(key))
