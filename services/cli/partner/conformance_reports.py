"""The report of a run on disk: made, signed, read again; and that its evidence is what lies beside it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.conventions import FRESH
from contracts.encoding import digest
from contracts.errors import UsageError
from contracts.keys.directory import SigningKey
from contracts.keys.keyring import read_signing_file, signing_file
from contracts.keys.signers import Signer
from services.cli.partner.conformance_files import (
    PLAN,
    RECORDING,
    VERDICTS,
    read_file,
    read_kit,
    read_plan_file,
    write_files,
)
from services.conformance.export import DELIVERIES, DRAFTS, record_counts
from services.conformance.federation import make_federation
from services.conformance.filed_report import FiledReport, filed_report
from services.conformance.issuer import ISSUER
from services.conformance.issuer.check import as_verdicts
from services.conformance.judge import judge, read_verdicts
from services.conformance.page import report_page
from services.conformance.report import (
    MAX_REPORT,
    Report,
    junit,
    make_report,
    read_report,
    sign_report,
)
from services.conformance.report_form import read_name
from services.conformance.signed_plan import read_plan
from services.conformance.systems import SystemKind, cases_of
from services.operate.home.keys import write_secret
from services.platform.keys.private_files import read_private
from services.texts import Catalogue

_ = Catalogue(__name__)

SIGNED: Final = "report.jws"
OWNER: Final = "urn:relais:owner:conformance"
MAX_EVIDENCE: Final = 64 << 20  # of a file: hundreds of times what a run leaves
_YEARS: Final = 10 * 365 * 86_400


def write_report(folder: Path, verdicts: Path, tested: str, key: Path | None) -> tuple[Report, str]:
    """Judge, and write the report in all its forms; the report, and the digest of the key that signed.

    Args:
        tested: what the system is called; empty: the plan's name, else the folder's.

    Raises:
        UsageError: `no_kit`, `other_kit`, `not_readable`, `not_writable`, `tested_malformed`,
            `plan_of_another_system`; those of `judge.read_verdicts`, `keyring.read_signing_file` and
            `read_private`.
    """
    kit = read_kit(folder)
    name = _name(folder, kit, tested)
    cases = cases_of(SystemKind(kit["system"]), kit.get("desk", ""))
    records = _records(folder) or [(case.id, 1) for case in cases]
    written = said = read_file(verdicts)
    if kit["system"] == SystemKind.ISSUER:
        said = as_verdicts(make_federation(kit["seed"], kit["at"]), ISSUER, said)
    results = judge(cases, read_verdicts(said, records))
    at, signer = int(time.time()), _signer(key or key_file(folder))
    made = make_report(
        results, kit, tested=name, convention=FRESH.removesuffix(".yaml"), at=at, signer=signer,
        evidence=_evidence(folder) | {VERDICTS: digest(written)},
    )  # fmt: skip
    token = sign_report(made, signer)
    read, _form, fingerprint = read_report(token)
    write_files(folder, {
        SIGNED: token.encode() + b"\n",
        "report.json": orjson.dumps(read, option=orjson.OPT_INDENT_2) + b"\n",
        "junit.xml": junit(read, "en"),
        "report.fr.html": report_page(read, fingerprint, "fr").encode(),
        "report.en.html": report_page(read, fingerprint, "en").encode(),
    })  # fmt: skip
    return read, fingerprint


def _name(folder: Path, kit: dict[str, Any], tested: str) -> str:
    """What the tested system is called.

    Raises:
        UsageError: `plan_of_another_system`, `tested_malformed`.
    """
    if "plan" not in kit:
        return read_name(tested or folder.resolve().name)
    ordered = read_plan(read_plan_file(folder / PLAN)).tested
    if tested not in ("", ordered):
        raise UsageError("plan_of_another_system", _("another name"), ordered, "--tested")
    return ordered


def _evidence(folder: Path) -> dict[str, str]:
    """What lies in the folder of what was given and seen: file -> digest."""
    paths = sorted(
        path for kind in (DELIVERIES, DRAFTS) for path in (folder / kind).glob("*.json*")
    )
    named = {f"{path.parent.name}/{path.name}": path for path in paths}
    if (folder / RECORDING).exists():
        named[RECORDING] = folder / RECORDING
    return {name: digest(read_file(path)) for name, path in named.items()}


def read_signed(place: Path) -> tuple[Report, str]:
    """The signed report of a folder, or of a file, verified; beside it no other evidence than its own.

    Raises:
        UsageError: `not_readable`, `evidence_differs`; those of `report.read_report`.
    """
    report, _form, fingerprint = read_report(_token(place))
    _check_evidence(_folder(place), report)
    return report, fingerprint


def read_filed(place: Path, plan: Path | None, owners: Mapping[str, SigningKey]) -> FiledReport:
    """The same beside the plan that ordered it.

    Args:
        plan: the owners' own file; None: that which lies beside the report.

    Raises:
        UsageError: `not_readable`, `evidence_differs`; those of `filed_report`.
    """
    filed = filed_report(_token(place), read_plan_file(plan or _folder(place) / PLAN), owners)
    _check_evidence(_folder(place), filed.report)
    return filed


def _token(place: Path) -> str:
    file = place / SIGNED if place.is_dir() else place
    return read_file(file, MAX_REPORT).decode("ascii", "replace").strip()


def _folder(place: Path) -> Path:
    return place if place.is_dir() else place.parent


def _check_evidence(folder: Path, report: Report) -> None:
    """That what lies beside a report is what it was made of; what is not there shows nothing.

    Raises:
        UsageError: `evidence_differs`.
    """
    for name, told in report["evidence"].items():
        path = folder / name
        if path.exists() and digest(read_file(path, MAX_EVIDENCE)) != told:
            expected = _("the file of the report")
            raise UsageError("evidence_differs", _("another content"), expected, name)


def _records(folder: Path) -> list[tuple[str, int]]:
    """Each case of a folder with the number of its records."""
    paths = (folder / DELIVERIES).glob("*.jsonl")
    return record_counts({f"{DELIVERIES}/{path.name}": read_file(path) for path in paths})


def key_file(folder: Path) -> Path:
    """Where the key of a folder's reports lies: beside it, for the tested system is given the folder, or gave it."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-report-key.json")


def check_key(folder: Path, key: Path | None) -> None:
    """That the reports of a folder will be signed by the key that its plan names, before anything is tried.

    Raises:
        UsageError: `plan_of_another_key`; those of `read_kit`, `read_plan`, `read_private` and `read_signing_file`.
    """
    if "plan" not in read_kit(folder):
        return
    ordered, path = read_plan(read_plan_file(folder / PLAN)).by, key or key_file(folder)
    if not path.exists() or digest(_signer(path).public) != ordered:
        raise UsageError("plan_of_another_key", _("another key"), ordered, "--key")


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
