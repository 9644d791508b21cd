"""The kit's folder on disk: cases out, verdicts in."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.conventions import fresh
from contracts.encoding import digest
from contracts.errors import UsageError
from services.conformance.export import (
    KIT_FILE,
    VERDICTS,
    hook_files,
    issuer_files,
    kit_file,
    recipient_files,
    table_digest,
)
from services.conformance.federation import make_federation
from services.conformance.issuer import ISSUER
from services.conformance.recipient import RECIPIENT
from services.conformance.signed_plan import MAX_PLAN, SignedPlan, read_plan, versions_of
from services.conformance.systems import SystemKind, cases_of
from services.texts import Catalogue

_ = Catalogue(__name__)

__all__ = [
    "KIT_FILE", "PLAN", "RECORDING", "VERDICTS", "SystemKind", "ask_receiver", "read_file", "read_kit", "read_plan_file",
    "write_cases", "write_files", "write_verdicts",
]  # fmt: skip

PLAN: Final = "plan.jws"
RECORDING: Final = "recording.jsonl"
_SEED: Final = re.compile(r"[0-9a-f]{32}")
_LAST: Final = 1 << 34  # seconds: far in the future, and still an instant


def write_cases(folder: Path, system: SystemKind | None, plan: str = "", desk: str = "") -> None:
    """Write what a system is given, of a new federation.

    Args:
        system: None: the plan's, else a recipient.
        plan: token of the owners' plan that orders the run.
        desk: whose part is played over HTTP; empty: the plan's, else the usual one's.

    Raises:
        UsageError: `not_writable`, `plan_malformed`, `plan_of_another_kit`, `plan_of_another_part`,
            `desk_unknown`.
    """
    seed, at = secrets.token_hex(16), int(time.time())
    ordered = read_plan(plan) if plan else None
    kind = _kind(system, ordered)
    if ordered:
        if desk not in ("", ordered.desk or ""):
            raise UsageError("plan_of_another_part", desk, ordered.desk or "-")
        desk = ordered.desk or ""
        _check_kit(ordered)
        seed = ordered.nonce
    cases = cases_of(kind, desk)
    if kind is SystemKind.WEBHOOK:
        given = hook_files(seed)
    elif kind is SystemKind.HTTP:
        given = {}  # a sandbox, once it runs
    elif kind is SystemKind.ISSUER:
        given = issuer_files(make_federation(seed, at), ISSUER)
    else:
        given = recipient_files(make_federation(seed, at), RECIPIENT)
    order = {PLAN: plan.encode() + b"\n"} if plan else {}
    kit = kit_file(kind, cases, seed, at, version("relais"), plan, desk)
    write_files(folder, kit | given | order)


def _kind(system: SystemKind | None, ordered: SignedPlan | None) -> SystemKind:
    if ordered and system not in (None, ordered.system):
        raise UsageError("plan_of_another_part", str(system), str(ordered.system))
    return ordered.system if ordered else system or SystemKind.RECIPIENT


def _check_kit(ordered: SignedPlan) -> None:
    """That this kit is the one that the plan orders."""
    own = versions_of(ordered.system, version("relais"), fresh(), ordered.desk or "")
    if ordered.versions != own:
        expected = _("a plan of this kit: have the owners make another")
        raise UsageError("plan_of_another_kit", ordered.versions.kit, expected)


def ask_receiver(url: str, folder: Path) -> None:
    """Post every case to a receiver of webhooks; how it answers becomes the verdicts.

    Raises:
        UsageError: `no_kit`, `other_kit`, `not_writable`; those of `conformance_posts.ask`.
    """
    from services.cli.partner.conformance_posts import ask

    write_verdicts(folder, ask(url, read_kit(folder)["seed"]))


def write_verdicts(folder: Path, said: Sequence[dict[str, Any]]) -> None:
    """Write what the kit itself has seen of each case.

    Raises:
        UsageError: `not_writable`.
    """
    write_files(folder, {VERDICTS: b"".join(orjson.dumps(line) + b"\n" for line in said)})


def read_kit(folder: Path) -> dict[str, Any]:
    """What `kit.json` says.

    Raises:
        UsageError: `no_kit`, `other_kit`, `not_readable`.
    """
    try:
        kit: dict[str, Any] = orjson.loads(read_file(folder / KIT_FILE))
        made = tuple(kit[name] for name in ("cases", "convention", "kit"))
        system = SystemKind(kit["system"])
        at, sound = kit["at"], _SEED.fullmatch(kit["seed"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise _no_kit() from None
    if not sound or not isinstance(at, int) or not 0 < at < _LAST:
        raise _no_kit()
    if "plan" in kit and kit["plan"] != digest(read_plan_file(folder / PLAN)):
        raise UsageError("other_kit", _("another plan"), _("an empty folder, or that plan"))
    # What the report will say of itself, under the key of whoever runs the kit, is never the folder's word.
    if made != (
        table_digest(cases_of(system, kit.get("desk", ""))),
        digest(fresh()),
        version("relais"),
    ):
        raise UsageError(
            "other_kit", _("cases of another version of the kit"), _("an empty folder, or that version")
        )  # fmt: skip
    return kit


def _no_kit() -> UsageError:
    return UsageError("no_kit", _("another document"), f"`{KIT_FILE}`")


def read_plan_file(path: Path) -> str:
    """The token of a plan.

    Raises:
        UsageError: `not_readable`.
    """
    return read_file(path, MAX_PLAN).decode("ascii", "replace").strip()


def read_file(path: Path, most: int = -1) -> bytes:
    """A file's bytes, of one that is too long a little more than is taken.

    Raises:
        UsageError: `not_readable`.
    """
    try:
        with path.open("rb") as file:
            return file.read(most + 1 if most > 0 else -1)
    except OSError:
        raise UsageError("not_readable", str(path), _("a file that can be read")) from None


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write files of the kit's folder, by their names.

    Raises:
        UsageError: `not_writable`.
    """
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():  # who made the folder would choose which file is written
                path.unlink()
            path.write_bytes(content)
    except OSError:
        raise UsageError("not_writable", str(folder), _("a folder that can be written")) from None
