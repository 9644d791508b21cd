"""`relais keys new|list|rotate|destroy|tls`: keys in files that only their owner reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.vocabulary.scopes import AHEAD_WEEKS
from services.cli.common.asked import Asked, AtHome, command
from services.cli.common.output import print_json, print_json_lines, print_table
from services.cli.operator.layout import PartitionsOption
from services.texts import counted

GONE: str = "destroyed"  # use of a key that is no more


@command
def new(
    asked: AtHome,
    weeks: Annotated[
        int, typer.Option(min=1, max=104, help="Weeks that keys cover.")
    ] = AHEAD_WEEKS,
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day (UTC); else today."),
    ] = None,
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
    at = now() if start is None else int(start.replace(tzinfo=UTC).timestamp())
    folder = Home(asked.home)
    folder.choose_partitions(partitions)
    before = len(_files(folder.keys))
    asked.note(f"making keys for {weeks} weeks in {asked.home} …")
    folder.prepare(at, weeks)
    made, tokens = len(_files(folder.keys)) - before, asked.home / "tokens"
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


@command
def list_(asked: AtHome) -> None:
    """Show who holds which keys, and until when; --format json: each key.

    Example: relais keys list
    """
    from services.operate.home.home import Home

    Home(asked.home).check()
    rows = [_facts(path, asked.home / "keys") for path in _files(asked.home / "keys")]
    if asked.json:
        print_json_lines(rows)
    else:
        print_table(["owner", "use", "keys", "covered until"], _by_owner(rows))


def _by_owner(rows: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """One row a holder: its keys' uses, how many, and the day a first use has none left."""
    from datetime import date

    from services.texts import day

    held: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        if row["use"] == GONE:
            continue
        held.setdefault(row["owner"], {}).setdefault(row["use"], []).append(row["until"])
    return [
        [
            owner,
            ", ".join(_use(use) for use in sorted(uses, key=_shortest_first)),
            str(sum(map(len, uses.values()))),
            day(date.fromisoformat(min(max(until) for until in uses.values())), "en"),
        ]
        for owner, uses in sorted(held.items())
    ]


def _use(use: str) -> str:
    what, _space, retention = use.partition(" ")
    text = "seal {retention}" if what == "seal" else "sign"
    return text.format(retention=retention)


def _shortest_first(use: str) -> tuple[str, int]:
    """`sign` behind the classes of retention, these by their days."""
    what, _space, retention = use.partition(" ")
    return what, int(retention[1:] or 0)


def _files(keys: Path) -> list[Path]:
    """Those in use: not what stood under an id before a theft (`<id>.<n>.json`)."""
    return sorted(path for path in keys.rglob("*.json") if "." not in path.stem)


def _facts(path: Path, keys: Path) -> dict[str, Any]:
    """A key file's public half; it is read as privately as by a service."""
    import orjson

    from contracts.keys.keyring import destroyed_at, read_encryption_file, signing_key_of
    from services.platform.keys.private_files import read_private

    data = read_private(path)
    if (since := destroyed_at(data)) is not None:
        return {
            "file": str(path.relative_to(keys)),
            "kid": path.stem,
            "use": GONE,
            "destroy": _day(since),
        }
    facts: dict[str, Any] = {"file": str(path.relative_to(keys))}
    if orjson.loads(data).get("use") == "enc":
        key, _secret = read_encryption_file(data)
        facts |= {"use": f"seal {key.retention}", "destroy": _day(key.destroy_at)}
        shared: Any = key
    else:
        shared, _signer = signing_key_of(data)
        facts["use"] = "sign"
    span = {"from": _day(shared.not_before), "until": _day(shared.not_after)}
    owner = shared.owner.removeprefix("urn:relais:")
    return facts | {"kid": shared.kid, "owner": owner} | span


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
