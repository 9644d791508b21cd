"""`relais report`: where services meet and where they are held back, on one page.

Each quarter is counted once, by the auditor's replay, 14 days after its end, into a signed file of
the folder; from then on that file is read and the log is not asked again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.errors import UsageError
from services.cli.committee.simulate import LIVE, LogOption, replayed, simulate
from services.cli.committee.which_convention import convention_of
from services.cli.common.asked import AtKafka, command
from services.cli.common.output import LANG, LangOption, print_json

if TYPE_CHECKING:
    from contracts.keys.keyring import Signer
    from services.committee.report.published import Edition

QUARTERS: Final = 4  # of the page's year


@command
def report(
    asked: AtKafka,
    log: LogOption = LIVE,
    folder: Annotated[
        Path | None, typer.Option(help="Where the signed quarters lie; else report/ of the home.")
    ] = None,
    what_if: Annotated[
        Path | None,
        typer.Option(help="Draw what this convention would change.", dir_okay=False, exists=True),
    ] = None,
    recorded: Annotated[
        bool,
        typer.Option("--recorded", help="Count which recorded decisions --what-if would change."),
    ] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="Show an invented year; nothing is read or written.")
    ] = False,
    lang: LangOption = LANG,
) -> None:
    """Show where services meet and where they are held back.

    Example: relais report --sample > report.html
    """
    from services.committee.report.page import page

    proposal = None if what_if is None else convention_of(what_if, asked.home)
    if recorded:
        if proposal is None:
            raise UsageError("option_missing", "no proposal", "--what-if", "report --recorded")
        simulate(asked, log, proposal, lang.value)
        return
    convention = convention_of(None, asked.home)
    if sample:
        from services.cli.committee.report_sample import sample_year

        editions = sample_year(convention, "2026")
    else:
        editions = _editions(asked, log, folder or asked.home / "report", convention.digest)
    year = editions[-QUARTERS:]
    if asked.json:
        print_json({each.quarter: each.rows() for each in year})
        return
    typer.echo(page(convention, lang.value, year, proposal=proposal, sample=sample), nl=False)


def _editions(asked: AtKafka, log: str, folder: Path, convention: str) -> list[Edition]:
    """The quarters that are published, once those that can be were counted."""
    from contracts.vocabulary.scopes import CIVIL
    from services.audit.bundle.manifest import AUDITOR, signer_of
    from services.audit.facts import Facts, due_quarters, end_of
    from services.committee.report.published import publish
    from services.operate.home.keys import ensure_secret, ensure_signing
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    owners = read_owners(asked.home)  # before a key is made: a home there must be
    now, keys = home_clock(asked.home).now(), asked.home / "keys"
    _public, signer = ensure_signing(keys / "auditor-1.json", AUDITOR, now)
    signer_of(signer)  # refuses another key than Ed25519, which `openssl` verifies
    written = _written(folder, signer)
    after = end_of(written[-1].quarter) if written else 0
    if after and not [*due_quarters(after, now)]:
        return written
    facts = Facts()
    until = replayed(asked, log, (CIVIL,), owners, now, facts.take)
    secret = ensure_secret(keys / "report.key")
    for quarter in due_quarters(after or facts.first or until, until):
        written.append(publish(quarter, convention, facts.counts(quarter), secret))
        _write(folder, written[-1], signer)
        asked.note(f"{folder / quarter}.csv is written and signed; it is not counted again")
    return written


def _written(folder: Path, signer: Signer) -> list[Edition]:
    """What was published, each held to its signature."""
    from contracts.keys import ed25519
    from services.audit.facts import end_of, quarter_of
    from services.committee.report.published import read

    editions = []
    for path in sorted(folder.glob("*.csv")):
        text, signed = path.read_bytes(), path.with_suffix(".csv.sig")
        signature = signed.read_bytes() if signed.exists() else b""
        if not ed25519.verifies(signer.public, text, signature):
            raise UsageError("edition_unsigned", "another signature", signer.kid, str(path))
        editions.append(read(text.decode(), path.name))
        wanted = quarter_of(end_of(editions[-2].quarter)) if editions[1:] else path.stem
        if not path.stem == editions[-1].quarter == wanted:
            raise UsageError("edition_misplaced", path.stem, wanted, str(path))
    return editions


def _write(folder: Path, edition: Edition, signer: Signer) -> None:
    """Write a quarter for ever; its signature first, so that none is there without one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from services.platform.process.durable_file import make_folder_durably, write_durably

    make_folder_durably(folder)
    text, path = edition.csv().encode(), folder / f"{edition.quarter}.csv"
    public = Ed25519PublicKey.from_public_bytes(signer.public)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_durably(folder / "auditor.pem", pem)
    write_durably(path.with_suffix(".csv.sig"), signer.sign(text))
    write_durably(path, text)
