"""`relais conformance`: whether somebody's own implementation keeps the specification."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.common.asked import Asked, command
from services.cli.common.output import print_json
from services.cli.partner.at_desk import REFUSED
from services.texts import Catalogue

if TYPE_CHECKING:
    from services.conformance.report import Report

_ = Catalogue(__name__)

SHOWN: Final = 20  # failed cases at the terminal
WITHIN_S: Final = 170.0  # for a program that judges all cases

FolderOption = Annotated[
    Path,
    typer.Option("--offline", help="Folder for the cases; with verdicts in it they are judged."),
]
VerdictsOption = Annotated[
    Path | None,
    typer.Option("--verdicts", help="The tested system’s verdicts; else `verdicts.jsonl` of the folder."),
]  # fmt: skip
ProgramOption = Annotated[
    str,
    typer.Option("--with", metavar="COMMAND", help="Program that is given the folder and prints verdicts."),
]  # fmt: skip
TestedOption = Annotated[
    str, typer.Option("--tested", help="Name of the tested system, for the report.")
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", help="File of the key that signs the report; made if it is missing."),
]  # fmt: skip
ReportArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the report lies.")]


def register(app: typer.Typer) -> None:
    """Add the group `conformance`."""
    group = typer.Typer(
        help="Whether an implementation keeps the specification.", no_args_is_help=True
    )
    group.command("plan")(plan)
    group.command("run")(run)
    group.command("report")(report)
    app.add_typer(group, name="conformance")


@command
def plan(asked: Asked) -> None:
    """Print the plan of the tests, in Markdown: each case, what it tries and what must become of it."""
    from importlib.metadata import version

    from services.conformance.plan import markdown, plan_rows
    from services.conformance.recipient import RECIPIENT

    if asked.json:
        print_json({"kit": version("relais"), "cases": plan_rows(RECIPIENT)})
    else:
        typer.echo(markdown(RECIPIENT, version("relais"), asked.lang.code))


@command
def run(
    asked: Asked,
    folder: FolderOption,
    verdicts: VerdictsOption = None,
    program: ProgramOption = "",
    tested: TestedOption = "",
    key: KeyOption = None,
) -> None:
    """Write the cases of a recipient into a folder, or judge what the tested system says of them.

    The folder holds a directory, keys and deliveries of a federation that does not exist. The tested
    system reads each file of `deliveries` as if it had read nothing before, and says a line of JSON a case:
    `case`, `accepted` and, of what it refuses, `reason`.

    Judged, the folder has the report besides: signed, for a build server, and as a page to file.
    """
    from services.cli.partner import conformance_files as files

    if not (folder / files.KIT_FILE).exists():
        files.write_cases(folder)
        if not program:
            _written(asked, folder)
            return
    if program:
        files.ask_program(program, folder, WITHIN_S)
    said = verdicts or folder / files.VERDICTS
    if verdicts is None and not said.exists():
        _written(asked, folder)
        return
    made, fingerprint = files.write_report(folder, said, tested, key)
    _tell(asked, made, fingerprint)


def _written(asked: Asked, folder: Path) -> None:
    asked.print(
        {"folder": str(folder)},
        _("The cases are in {folder}: write a line a case to `{verdicts}` there, and say the same command again."),
        folder=str(folder), verdicts="verdicts.jsonl",
    )  # fmt: skip


@command
def report(asked: Asked, folder: ReportArgument) -> None:
    """Check the signature of a report and say what it says."""
    from services.cli.partner import conformance_files as files

    _tell(asked, *files.read_signed(folder))


def _tell(asked: Asked, made: Report, fingerprint: str) -> None:
    """The report in short; exit 1 if a case has failed."""
    if asked.json:
        print_json({**made, "fingerprint": fingerprint})
    else:
        _say(asked, made, fingerprint)
    if not made["passed"]:
        raise typer.Exit(REFUSED)


def _say(asked: Asked, made: Mapping[str, Any], fingerprint: str) -> None:
    from services.conformance.judge import FAULTS

    lang = asked.lang.code
    failed = [row for row in made["cases"] if row["fault"]]
    for row in failed[:SHOWN]:
        asked.say(
            _("{case}: {title}: {fault}. {asks} ({section})"),
            case=row["case"], title=row["title"][lang], fault=FAULTS[row["fault"]].say(lang),
            asks=row["asks"][lang], section=row["section"],
        )  # fmt: skip
    if more := len(failed[SHOWN:]):
        asked.say(_("… and {n} more: see the report’s page"), n=more)
    counts = made["counts"]
    asked.say(
        _("{n} cases, {failed} failed; signed with the key {fingerprint}"),
        n=counts["cases"], failed=counts["failed"], fingerprint=fingerprint,
    )  # fmt: skip
