"""`relais convention …`: lint, matrix, explain, diff and the rest, for its owners.

All but `sign` and `adopt`, which need a FILE, read the one that is named; if none is, the
convention in force as far as it can be known, and they say which that was (`which_convention.py`).
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.committee.sign import numbers_fault, predecessor
from services.cli.committee.which_convention import InForceArgument, asked_in_force, convention_of
from services.cli.common.asked import AtHome, Document, command
from services.cli.common.output import Lang, LangOption, print_json, print_json_lines, print_table
from services.texts import Catalogue

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.convention.rows import Row
    from contracts.errors import ConventionError

_ = Catalogue(__name__)
FOUND: int = 1  # exit code: a check found something; a version opens what was closed
_CHECKED: Final = _.ngettext("{n} point checked: {found}", "{n} points checked: {found}")
_PROBLEMS: Final = _.ngettext("{n} problem", "{n} problems")
_NOTES: Final = _.ngettext("{n} note", "{n} notes")
_COLUMNS: Final = ("clause", "who", "act", "what", "conditions", "owes", "kept")
_FORGOTTEN: Final = _(
    "version {new} does not name the other file (version {old}) as the version before: "
    "`predecessor` should be {digest}"
)


class MatrixFormat(StrEnum):
    """The forms of the matrix."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


@command
def lint(
    asked: AtHome,
    file: InForceArgument = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Check a convention; exit 1 if a problem is found.

    A file that does not load is told in English.

    Example: relais convention lint my-convention.yaml --lang fr
    """
    from contracts.errors import ConventionError
    from services.committee.lint.run import PROBLEM
    from services.committee.lint.run import lint as check

    convention: Convention | None = None
    problems, notes = 1, 0
    try:
        convention = convention_of(file, asked.home)
    except ConventionError as error:
        told = [_refused(error)]
    else:
        findings = check(convention)
        told = [finding.wire(lang.value) for finding in findings]
        problems = sum(finding.level == PROBLEM for finding in findings)
        notes = len(findings) - problems
        before = predecessor(convention, asked.home, file)
        if (fault := numbers_fault(before, convention)) is not None:
            told.insert(0, _refused(fault))
            problems += 1
    if asked.json:
        print_json_lines(told)
    else:
        _tell(told, lang.value)
        if convention is not None:
            _sum_up(convention, problems, notes, lang.value)
    if problems:
        raise typer.Exit(FOUND)


def _sum_up(convention: Convention, problems: int, notes: int, lang: str) -> None:
    """Numbers; then version and digest, which the next version names as its predecessor."""
    found = ", ".join((_PROBLEMS.say(lang, n=problems), _NOTES.say(lang, n=notes)))
    typer.echo(_CHECKED.say(lang, n=len(convention.by_question), found=found))
    digest = _("version {version}, digest {digest}")
    typer.echo(digest.say(lang, version=convention.version, digest=convention.digest))


def _tell(findings: list[dict[str, object]], lang: str) -> None:
    """Where and what, then what would mend it where that is not said already."""
    for finding in findings:
        problem = finding["level"] == "problem"
        level = (_("problem") if problem else _("note")).say(lang)
        code = f"{finding['code']}: " if problem else ""  # a note is for reading
        typer.echo(f"{level:8} {finding['file']}:{finding['line']} {code}{finding['what']}")
        if finding["mend"]:
            typer.echo(f"{'':8} {finding['mend']}")


def _refused(error: ConventionError) -> dict[str, object]:
    """A file that does not load or may not follow the one before, as `Finding.wire` says it."""
    from services.committee.lint.finding import PROBLEM
    from services.committee.texts.file_errors import told

    return {
        "code": error.code, "level": PROBLEM, "file": error.file, "line": error.line,
        "what": told(error), "mend": "",
    }  # fmt: skip


@command
def matrix(
    asked: Document,
    file: InForceArgument = None,
    desk: Annotated[str, typer.Option(help="Rows that send to or from this role.")] = "",
    output: Annotated[
        MatrixFormat, typer.Option("--format", help="A table, JSON, or one HTML page.")
    ] = MatrixFormat.TABLE,
) -> None:
    """Show who may send what to whom.

    Example: relais convention matrix --desk CRIP --format html > matrix.html
    """
    from contracts.convention.clauses import BUS
    from services.committee.explain.explain import code_of
    from services.committee.matrix.page import page, rows

    if file is None:
        convention, adopted = asked_in_force(asked.home)
    else:  # of a file alone nobody knows whether an order put it into force
        convention, adopted = convention_of(file, asked.home), False
    if desk:
        known = (*convention.roles, *convention.readers, BUS)
        desk = code_of(desk, known, "unknown_role", "desk")
    if output is MatrixFormat.JSON:
        print_json_lines(row.wire() for row in rows(convention, desk))
    elif output is MatrixFormat.HTML:
        typer.echo(page(convention, asked.lang.value, desk, adopted=adopted), nl=False)
    else:
        print_table(_COLUMNS, [_cells(row) for row in rows(convention, desk)])


def _cells(row: Row) -> tuple[str, ...]:
    """A row in codes, in the order of `_COLUMNS`."""
    from contracts.convention.rows import in_order

    owed = (f"{row.party(duty.debtor)} {duty.act} {duty.within}" for duty in row.duties)
    return (
        row.grant.id,
        f"{row.issuer} → {row.recipient}",
        f"{row.grant.event} {row.grant.purpose}",
        " ".join(in_order(row.grant.scopes)),
        " ".join(row.grant.conditions) or "-",
        "; ".join(owed) or "-",
        row.grant.keep or "-",
    )


@command
def explain(
    asked: Document,
    issuer: Annotated[str, typer.Option(help="Role that would send.")],
    event: Annotated[str, typer.Option(help="Event type, e.g. IP.")],
    recipient: Annotated[str, typer.Option(help="Role that would receive.")],
    file: InForceArgument = None,
    purpose: Annotated[str, typer.Option(help="One purpose; else each is answered.")] = "",
    categories: Annotated[
        str, typer.Option(help="Categories or scopes, with commas: facts,health.vital.")
    ] = "",
) -> None:
    """Explain whether something may be sent, and why.

    Example: relais convention explain --issuer EDU-H --event IP --recipient CRIP
    """
    from services.committee.explain.explain import explain as answer
    from services.committee.explain.voices import told

    convention = convention_of(file, asked.home)
    found = answer(convention, issuer, event, recipient, purpose, categories.split(","))
    text = told(found, asked.lang.value)
    if asked.json:
        print_json_lines([{**found.wire(), "text": text}])
    else:
        typer.echo(text)


class DiffFormat(StrEnum):
    """The forms of a comparison."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


@command
def diff(
    asked: Document,
    old: Annotated[
        Path,
        typer.Argument(
            help="The version before; alone: the new one, compared with the one in force.",
            dir_okay=False,
            exists=True,
        ),
    ],
    new: Annotated[
        Path | None, typer.Argument(help="The new version.", dir_okay=False, exists=True)
    ] = None,
    output: Annotated[
        DiffFormat, typer.Option("--format", help="Text for people, JSON, or one HTML page.")
    ] = DiffFormat.TEXT,
) -> None:
    """Compare two versions; exit 1 if the new one opens more.

    Example: relais convention diff old.yaml new.yaml --lang en
    """
    from services.committee.diff.compare import diff as compare
    from services.committee.diff.page import page, text, wire

    before, after = (None, old) if new is None else (old, new)
    old_one, new_one = (convention_of(file, asked.home) for file in (before, after))
    change = compare(old_one, new_one)
    named = change.new.predecessor == change.old.digest
    if not named and change.new.version > change.old.version:
        terms = {"old": change.old.name, "new": change.new.name}
        typer.echo(_FORGOTTEN.say(asked.lang, digest=change.old.digest, **terms), err=True)
    if output is DiffFormat.JSON:
        print_json({**wire(change), "predecessor": named})
    elif output is DiffFormat.HTML:
        typer.echo(page(change, asked.lang.value), nl=False)
    else:
        typer.echo(text(change, asked.lang.value))
    if change.opens:
        raise typer.Exit(FOUND)
