"""`relais audit export|verify`: one file gives a stranger the same verdict, offline."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.auditor.proofs import LogOption, own_log
from services.cli.auditor.readings import (
    SUPERVISION,
    DecisionsOption,
    OwnersOption,
    PurposeOption,
    RealmOption,
    kafka_log,
    note_reading,
    realms_of,
)
from services.cli.auditor.telling import REPLAYED, progress_of, tell
from services.cli.auditor.witnesses import WitnessesOption, two_histories
from services.cli.common.asked import Asked, AtHome, AtKafka, command
from services.cli.common.output import LANG, LangOption
from services.texts import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contracts.errors import ProofError
    from contracts.log.orders.order import Owners
    from services.audit.bundle.export import ExportRequest
    from services.audit.bundle.manifest import Manifest, Realm

UNWRITABLE: Final = "report_unwritable"


@command
def export(
    asked: AtKafka,
    out: Annotated[Path, typer.Option("--out", help="The bundle to write.")],
    realm: RealmOption = "",
    log: LogOption = "",
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Your signing key, made if missing; else auditor-1 of the "
        "home."),
    ] = None,
    purpose: PurposeOption = SUPERVISION,
) -> None:  # fmt: skip
    """Write the evidence into one signed file.

    It holds all that a verdict follows from, and no sealed content.

    Example: relais audit export --out evidence.zip
    """
    from contracts.encoding import b64u
    from services.audit.bundle.export import export as export_bundle

    request = _request(asked, realms_of(realm), log, key, purpose)
    was_there = out.exists()
    with progress_of("exporting", "{done} records") as progress:
        records = export_bundle(request, out, lambda done: progress(done, 0))
    if was_there:
        asked.note(f"{out} was there before, and is replaced")
    asked.print(
        {"file": str(out), "records": records, "auditor": b64u(request.signer.public)},
        counted(
            (
                "{n} record in {file}, signed; who verifies it asks for --auditor {auditor}",
                "{n} records in {file}, signed; who verifies it asks for --auditor {auditor}",
            ),
            n=records,
            file=out,
            auditor=b64u(request.signer.public),
        ),
    )


def _request(
    asked: AtKafka,
    realms: tuple[Realm, ...],
    log: str,
    key: Path | None,
    purpose: str,
) -> ExportRequest:
    """What is asked for, with the checkpoints that are published now."""
    from importlib.metadata import version

    from services.audit.bundle.export import ExportRequest
    from services.audit.bundle.manifest import AUDITOR
    from services.operate.home.keys import ensure_signing
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    now, place = home_clock(asked.home).now(), key or asked.home / "keys" / "auditor-1.json"
    places = {name: log or own_log(asked.home, name) for name in realms}
    owners = read_owners(asked.home)
    note_reading(asked, "export", realms, purpose)
    heads = _heads(asked, owners, places)
    kafka = kafka_log(asked, realms)
    _public, signer = ensure_signing(place, AUDITOR, now)
    program = f"relais {version('relais')}"
    return ExportRequest(kafka, realms, owners, signer, now, program, heads)


def _heads(asked: AtKafka, owners: Owners, places: Mapping[Realm, str]) -> dict[str, bytes]:
    """The checkpoints published now, before a record is read, by names in a bundle.

    Args:
        places: realm -> where its logs lie.
    """
    from services.audit.bundle.checkpoints import published_heads
    from services.operate.home.home import Home

    def left_out(realm: str, number: int, error: ProofError) -> None:
        asked.note(
            f"{realm}, partition {number}: what is published is no checkpoint of its log "
            f"({error.code}); it is left out"
        )

    partitions = Home(asked.home).partitions
    heads: dict[str, bytes] = {}
    for realm, log in places.items():
        heads |= published_heads(log, asked.home, realm, partitions, owners, left_out)
    if not heads:
        asked.note("no published checkpoint was reached: the bundle has none")
    return heads


@command
def verify(
    asked: AtHome,
    file: Annotated[Path, typer.Argument(help="What export wrote.")],
    owners: OwnersOption = None,
    auditor: Annotated[
        str | None, typer.Option("--auditor", help="The public key that must have signed it.")
    ] = None,
    after: Annotated[
        Path | None,
        typer.Option("--after", help="An earlier bundle, whose records this one must begin with."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page for lawyers here (HTML).")
    ] = None,
    decisions: DecisionsOption = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the witnesses for two histories of the log too.")
    ] = False,
    witnesses: WitnessesOption = "",
    lang: LangOption = LANG,
) -> None:
    """Replay a bundle from its file; exit 1 at a divergence.

    Example: relais audit verify evidence.zip --owners owners.json
    """
    from contracts.errors import UsageError
    from services.audit.bundle.source import open_bundle
    from services.audit.bundle.verify import judge
    from services.audit.decision_rows import decision_table
    from services.platform.keys.owners import read_owners
    from services.platform.process.durable_file import opened_first, unwritable
    from services.platform.process.exit_codes import sigterm_raises
    from services.platform.process.progress import be_rare

    if auditor == "":  # a variable that was never set
        raise UsageError("bundle_foreign", "no key", "the auditor’s key", "--auditor")
    pinned = read_owners(asked.home, owners)
    be_rare()
    with ExitStack() as stack:
        stack.enter_context(sigterm_raises())  # what was laid aside does not stay
        page = stack.enter_context(opened_first(report, UNWRITABLE)) if report else None
        with progress_of("reading", "{done} of {total} bytes") as looked:
            bundle = stack.enter_context(open_bundle(file, auditor or "", looked))
        table = stack.enter_context(decision_table(decisions))
        rows = None if decisions is report is None else table.take
        with progress_of("replaying", REPLAYED) as progress:
            told = two_histories(asked, bundle.manifest.realms, pinned, witnesses) if live else ()
            judged = judge(bundle, pinned, progress, rows, after, told)
        if not auditor:
            _tell_signer(asked, bundle.manifest)
        if report and page:
            from services.audit.bundle.archive import sha256_of
            from services.cli.auditor import report as reports

            facts = reports.ReportFacts(
                judged, bundle.manifest, file.name, sha256_of(file), bool(auditor), table
            )
            try:
                page.write(reports.report(facts, lang).encode())
            except OSError as error:
                raise unwritable(report, UNWRITABLE, error) from None
        tell(asked, judged.verdict)
    raise typer.Exit(0 if judged.verdict.clean else 1)


def _tell_signer(asked: Asked, manifest: Manifest) -> None:
    """Whose word the bundle is, where nobody said whose it must be."""
    from services.audit.bundle.manifest import AUDITOR

    owner = "the auditor" if manifest.signer.owner == AUDITOR else manifest.signer.owner
    asked.note(
        f"signed by {owner} with the key {manifest.signer.x}; nobody has said that it must be "
        "this one: give `--auditor`"
    )
