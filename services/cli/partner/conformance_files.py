"""The kit's folder on disk: cases out, verdicts in, the report beside them."""

from __future__ import annotations

import re
import secrets
import shlex
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.conventions import FRESH, fresh
from contracts.encoding import digest
from contracts.errors import UsageError
from contracts.keys.directory import SigningKey
from contracts.keys.keyring import read_signing_file, signing_file
from contracts.keys.signers import Signer
from services.conformance.export import (
    DELIVERIES,
    KIT_FILE,
    VERDICTS,
    hook_files,
    issuer_files,
    kit_file,
    recipient_files,
    record_counts,
    table_digest,
)
from services.conformance.federation import make_federation
from services.conformance.issuer import ISSUER
from services.conformance.issuer.check import as_verdicts
from services.conformance.judge import judge, read_verdicts
from services.conformance.page import report_page
from services.conformance.recipient import RECIPIENT
from services.conformance.report import Report, junit, make_report, read_report, sign_report
from services.conformance.systems import SYSTEMS, SystemKind
from services.operate.home.keys import write_secret
from services.platform.keys.private_files import read_private
from services.texts import Catalogue

_ = Catalogue(__name__)

__all__ = [
    "KIT_FILE", "VERDICTS", "SystemKind", "ask_program", "ask_receiver", "key_file", "no_program", "read_kit",
    "read_signed", "write_cases", "write_files", "write_report", "write_verdicts",
]  # fmt: skip

SIGNED: Final = "report.jws"
OWNER: Final = "urn:relais:owner:conformance"
_YEARS: Final = 10 * 365 * 86_400
_SEED: Final = re.compile(r"[0-9a-f]{32}")
_LAST: Final = 1 << 34  # seconds: far in the future, and still an instant


def write_cases(folder: Path, system: SystemKind) -> None:
    """Write what a system is given, of a new federation.

    Raises:
        UsageError: `not_writable`.
    """
    seed, at = secrets.token_hex(16), int(time.time())
    if system is SystemKind.WEBHOOK:
        given = hook_files(seed)
    elif system is SystemKind.HTTP:
        given = {}  # a sandbox, once it runs
    elif system is SystemKind.ISSUER:
        given = issuer_files(make_federation(seed, at), ISSUER)
    else:
        given = recipient_files(make_federation(seed, at), RECIPIENT)
    cases = SYSTEMS[system].cases
    write_files(folder, kit_file(system, cases, seed, at, version("relais")) | given)


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


def ask_program(program: str, folder: Path, within_s: float) -> None:
    """Have the tested system judge the folder; what it prints becomes the verdicts, however it ends.

    Raises:
        UsageError: `program_unknown`.
    """
    try:
        done = subprocess.run(
            [*shlex.split(program), str(folder)],
            stdout=subprocess.PIPE,
            timeout=within_s,
            check=False,
        )
        said = done.stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    except (OSError, ValueError):
        raise no_program() from None
    write_files(folder, {VERDICTS: said})


def no_program() -> UsageError:
    """`program_unknown`: the tested system's command does not start."""
    expected = _("a program and its arguments")
    return UsageError("program_unknown", _("a command that does not start"), expected)


def write_report(folder: Path, verdicts: Path, tested: str, key: Path | None) -> tuple[Report, str]:
    """Judge, and write the report in all its forms; the report, and the digest of the key that signed.

    Raises:
        UsageError: `no_kit`, `other_kit`, `not_readable`, `not_writable`; those of
            `judge.read_verdicts`, `keyring.read_signing_file` and `read_private`.
    """
    kit = read_kit(folder)
    cases = SYSTEMS[SystemKind(kit["system"])].cases
    records = _records(folder) or [(case.id, 1) for case in cases]
    said = _read(verdicts)
    if kit["system"] == SystemKind.ISSUER:
        said = as_verdicts(make_federation(kit["seed"], kit["at"]), ISSUER, said)
    results = judge(cases, read_verdicts(said, records))
    at, signer = int(time.time()), _signer(key or key_file(folder))
    made = make_report(
        results, kit, tested=tested or folder.resolve().name,
        convention=FRESH.removesuffix(".yaml"), at=at, signer=signer,
    )  # fmt: skip
    token = sign_report(made, signer)
    read, fingerprint = read_report(token)
    write_files(folder, {
        SIGNED: token.encode() + b"\n",
        "report.json": orjson.dumps(read, option=orjson.OPT_INDENT_2) + b"\n",
        "junit.xml": junit(read, "en"),
        "report.fr.html": report_page(read, fingerprint, "fr").encode(),
        "report.en.html": report_page(read, fingerprint, "en").encode(),
    })  # fmt: skip
    return read, fingerprint


def read_signed(folder: Path) -> tuple[Report, str]:
    """The signed report of a folder, verified.

    Raises:
        UsageError: `not_readable`; those of `report.read_report`.
    """
    return read_report(_read(folder / SIGNED).decode("ascii", "replace").strip())


def read_kit(folder: Path) -> dict[str, Any]:
    """What `kit.json` says.

    Raises:
        UsageError: `no_kit`, `other_kit`, `not_readable`.
    """
    try:
        kit: dict[str, Any] = orjson.loads(_read(folder / KIT_FILE))
        made = tuple(kit[name] for name in ("cases", "convention", "kit"))
        system = SystemKind(kit["system"])
        at, sound = kit["at"], _SEED.fullmatch(kit["seed"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise _no_kit() from None
    if not sound or not isinstance(at, int) or not 0 < at < _LAST:
        raise _no_kit()
    # What the report will say of itself, under the key of whoever runs the kit, is never the folder's word.
    if made != (table_digest(SYSTEMS[system].cases), digest(fresh()), version("relais")):
        raise UsageError(
            "other_kit", _("cases of another version of the kit"), _("an empty folder, or that version")
        )  # fmt: skip
    return kit


def _no_kit() -> UsageError:
    return UsageError("no_kit", _("another document"), f"`{KIT_FILE}`")


def _records(folder: Path) -> list[tuple[str, int]]:
    """Each case of a folder with the number of its records."""
    paths = (folder / DELIVERIES).glob("*.jsonl")
    return record_counts({f"{DELIVERIES}/{path.name}": _read(path) for path in paths})


def key_file(folder: Path) -> Path:
    """Where the key of a folder's reports lies: beside it, for the tested system is given the folder, or gave it."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-report-key.json")


def _signer(path: Path) -> Signer:
    """The key of a file, which is made if it is missing."""
    if not path.exists():
        private = Ed25519PrivateKey.generate()
        public, now = private.public_key().public_bytes_raw(), int(time.time())
        key = SigningKey("conformance-1", "Ed25519", OWNER, public, now - 3600, now + _YEARS)
        try:
            write_secret(path, signing_file(private, key))
        except OSError:
            raise UsageError("not_writable", str(path), "`--key FILE`") from None
    return read_signing_file(read_private(path))[1]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
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
