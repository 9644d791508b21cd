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
    from services.conformance.systems import SystemKind

_ = Catalogue(__name__)

SHOWN: Final = 20  # failed cases at the terminal
WITHIN_S: Final = 170.0  # for a program that judges all cases

FolderArgument = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="Where the cases lie, or are to lie; and the report."),
]
SystemOption = Annotated[
    str,
    typer.Option(
        "--system", help="What is tested: recipient, issuer, webhook or http.", show_default=False
    ),
]
UrlOption = Annotated[
    str, typer.Option("--url", help="Address of the receiver of webhooks that is tested.")
]
ForOption = Annotated[
    float | None,
    typer.Option("--for", min=1, help="Seconds after which the sandbox of `http` ends; else at Ctrl-C."),
]  # fmt: skip
PortOption = Annotated[
    int | None,
    typer.Option("--port", min=0, max=65535, help="Where the sandbox of `http` answers; else 8420 or a free one."),
]  # fmt: skip
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
    typer.Option("--key", help="File of the key that signs the report; without it one beside the folder, made if it is missing."),
]  # fmt: skip


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
def plan(asked: Asked, system: SystemOption = "") -> None:
    """Print the plan of the tests, in Markdown: each case, what it tries and what must become of it."""
    from importlib.metadata import version

    from services.conformance.plan import markdown, plan_rows
    from services.conformance.systems import SYSTEMS

    chosen = [_system(system)] if system else list(SYSTEMS)
    if asked.json:
        rows = {str(kind): plan_rows(SYSTEMS[kind].cases) for kind in chosen}
        print_json({"kit": version("relais"), "cases": rows})
    else:
        for kind in chosen:
            typer.echo(markdown(SYSTEMS[kind], version("relais"), asked.lang.code))


@command
def run(
    asked: Asked,
    folder: FolderArgument,
    system: SystemOption = "",
    verdicts: VerdictsOption = None,
    program: ProgramOption = "",
    url: UrlOption = "",
    seconds: ForOption = None,
    port: PortOption = None,
    tested: TestedOption = "",
    key: KeyOption = None,
) -> None:
    """Write the cases of a system into a folder, or judge what becomes of them.

    A recipient's folder holds a directory, keys and deliveries of a federation that does not exist. The tested
    system reads each file of `deliveries` as if it had read nothing before, and says a line of JSON a case:
    `case`, `accepted` and, of what it refuses, `reason`.

    An issuer is given drafts: of each file of `drafts` it says what it publishes, as `records`, or that it does not.

    A receiver of webhooks is given the keys in `webhook.json`, and is then asked at its address.

    Who speaks an agency’s HTTP is given a sandbox and records to send; when it has finished, the kit judges it by
    what it asked of the sandbox: at Ctrl-C, after `--for` seconds, or once the program of `--with` has ended.

    Judged, the folder has the report besides: signed, for a build server, and as a page to file.
    """
    from services.cli.partner import conformance_files as files

    if not (folder / files.KIT_FILE).exists():
        files.write_cases(folder, _system(system))
    kind = files.SystemKind(files.read_kit(folder)["system"])
    if url and kind is files.SystemKind.WEBHOOK:
        files.ask_receiver(url, folder)
    elif kind is files.SystemKind.HTTP:
        _before_sandbox(asked, folder, program, seconds, port)
        verdicts = folder / files.VERDICTS  # the kit's own, and no others
    elif program:
        files.ask_program(program, folder, WITHIN_S)
    said = verdicts or folder / files.VERDICTS
    if verdicts is None and not said.exists():
        asked.print(
            {"folder": str(folder)}, _NEXT[kind], folder=str(folder), verdicts=files.VERDICTS
        )
        return
    made, fingerprint = files.write_report(folder, said, tested, key)
    _tell(asked, made, fingerprint)


def _before_sandbox(
    asked: Asked, folder: Path, program: str, seconds: float | None, port: int | None
) -> None:
    """Let the tested system work before a sandbox; the verdicts are written."""
    from services.cli.partner import conformance_files as files
    from services.cli.partner.conformance_http import DESK, TASKS, try_system
    from services.conformance.http.trial import STEPS

    def tell(url: str) -> None:
        if asked.json:
            return
        asked.say(
            _("The sandbox of {desk} answers at {url}; token and records are named in {file}."),
            desk=DESK, url=url, file=str(folder / TASKS),
        )  # fmt: skip
        for number, step in enumerate(STEPS, 1):
            typer.echo(f"{number}. {step.say(asked.lang.code)}")
        if not program:
            asked.say(_("When your system has done this: Ctrl-C, and the kit judges."))

    within = seconds or (WITHIN_S if program else None)
    files.write_verdicts(folder, try_system(folder, program, within, port, tell))


_NEXT: Final = {
    "recipient": _(
        "The cases are in {folder}: write a line a case to `{verdicts}` there, and say the same command again."
    ),
    "issuer": _(
        "The drafts are in {folder}: publish each into `{verdicts}` there, a line a case, and say the same command again."
    ),
    "webhook": _(
        "The keys are in {folder}, `webhook.json`: let your receiver trust them, and say the same command again with `--url`."
    ),
}


def _system(name: str) -> SystemKind:
    """The system that is named, a recipient if none is.

    Raises:
        UsageError: `system_unknown`.
    """
    from contracts.errors import UsageError
    from services.conformance.systems import SystemKind

    try:
        return SystemKind(name or SystemKind.RECIPIENT)
    except ValueError:
        raise UsageError("system_unknown", _("another system"), ", ".join(SystemKind)) from None


@command
def report(asked: Asked, folder: FolderArgument) -> None:
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
        reason = row["verdict"].get("reason", "")
        fault = FAULTS[row["fault"]].say(lang) + (f" ({reason})" if reason else "")
        asked.say(
            _("{case}: {title}: {fault}. {asks} ({section})"),
            case=row["case"], title=row["title"][lang], fault=fault,
            asks=row["asks"][lang], section=row["section"],
        )  # fmt: skip
    if more := len(failed[SHOWN:]):
        asked.say(_("… and {n} more: see the report’s page"), n=more)
    counts = made["counts"]
    asked.say(
        _("{n} cases, {failed} failed; signed with the key {fingerprint}"),
        n=counts["cases"], failed=counts["failed"], fingerprint=fingerprint,
    )  # fmt: skip
