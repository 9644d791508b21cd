"""`relais conformance`: whether somebody's own implementation keeps the specification."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.common.asked import Asked, AtHome, command
from services.cli.common.output import print_json
from services.cli.partner.at_desk import REFUSED
from services.cli.partner.conformance_plan import DeskOption, SystemOption, plan, system_of
from services.texts import Catalogue

if TYPE_CHECKING:
    from services.cli.partner.conformance_program import ProgramEnd
    from services.conformance.report import Report

_ = Catalogue(__name__)

SHOWN: Final = 20  # failed cases at the terminal
WITHIN_S: Final = 170.0  # for a program that judges all cases

FolderArgument = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="Where the cases lie, or are to lie; and the report."),
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

PlanOption = Annotated[
    Path | None,
    typer.Option("--plan", help="The owners’ plan that orders the run: what `plan --tested` has made.")
]  # fmt: skip
PlaceArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The folder of a run, or its `report.jws` alone.")
]
OwnersOption = Annotated[
    Path | None,
    typer.Option("--owners", help="The owners file that pins who signs plans; else the home’s."),
]
PageOption = Annotated[
    Path | None, typer.Option("--page", help="File for the page, made anew of what was checked.")
]


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
def run(
    asked: Asked,
    folder: FolderArgument,
    system: SystemOption = "",
    desk: DeskOption = "",
    ordered: PlanOption = None,
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
    from contracts.errors import UsageError
    from services.cli.partner import conformance_files as files
    from services.cli.partner.conformance_program import ask_program
    from services.cli.partner.conformance_reports import check_key, write_report

    _begin(folder, system, desk, ordered)
    check_key(folder, key)
    kind, ended = files.SystemKind(files.read_kit(folder)["system"]), None
    if url and kind is files.SystemKind.WEBHOOK:
        files.ask_receiver(url, folder)
    elif kind is files.SystemKind.HTTP:
        ended = _before_sandbox(asked, folder, program, seconds, port)
        verdicts = folder / files.VERDICTS  # the kit's own, and no others
    elif program:
        ended = ask_program(program, folder, WITHIN_S)
    said = verdicts or folder / files.VERDICTS
    if verdicts is None and not said.exists():
        asked.print(
            {"folder": str(folder)}, _NEXT[kind], folder=str(folder), verdicts=files.VERDICTS
        )
        return
    try:
        made, fingerprint = write_report(folder, said, tested, key)
    except UsageError:
        _tell_end(asked, ended)
        raise
    if not made["passed"]:
        _tell_end(asked, ended)
    _tell(asked, made, fingerprint)


def _begin(folder: Path, system: str, desk: str, ordered: Path | None) -> None:
    """Write the cases, unless they are there already.

    Raises:
        UsageError: `other_kit`: the folder's are of another plan, system or desk; those of `write_cases`.
    """
    from contracts.encoding import digest
    from contracts.errors import UsageError
    from services.cli.partner import conformance_files as files
    from services.conformance.http.kit_desks import USUAL

    plan = files.read_plan_file(ordered) if ordered else ""
    kind = system_of(system) if system else None
    if not (folder / files.KIT_FILE).exists():
        files.write_cases(folder, kind, plan, desk)
        return
    kit = files.read_kit(folder)
    if plan and kit.get("plan") != digest(plan):
        raise UsageError("other_kit", _("cases of another plan, or of none"), _("an empty folder"))
    if kind not in (None, kit["system"]) or desk not in ("", kit.get("desk", USUAL)):
        raise UsageError("other_kit", _("cases of another system or desk"), _("an empty folder"))


def _tell_end(asked: Asked, ended: ProgramEnd | None) -> None:
    """Say how the tested program failed, if it did: its exit code and its last words."""
    if ended is None or ended.code == 0:
        return
    if ended.code is None:
        asked.note(_("The program was ended by the kit: its time was over."))
    else:
        asked.note(_("The program ended with {code}."), code=ended.code)
    for line in ended.words:
        asked.note(_("  its last words: {line}"), line=line)


def _before_sandbox(
    asked: Asked, folder: Path, program: str, seconds: float | None, port: int | None
) -> ProgramEnd | None:
    """Let the tested system work before a sandbox; the verdicts are written."""
    from services.cli.partner import conformance_files as files
    from services.cli.partner.conformance_http import TASKS, try_system
    from services.conformance.http.kit_desks import USUAL
    from services.conformance.http.trial import STEPS

    def tell(url: str) -> None:
        if asked.json:
            return
        asked.say(
            _("The sandbox of {desk} answers at {url}; token and records are named in {file}."),
            desk=desk, url=url, file=str(folder / TASKS),
        )  # fmt: skip
        for number, step in enumerate(STEPS, 1):
            typer.echo(f"{number}. {step.say(asked.lang.code)}")
        if not program:
            asked.say(_("When your system has done this: Ctrl-C, and the kit judges."))

    desk = files.read_kit(folder).get("desk", USUAL)
    within = seconds or (WITHIN_S if program else None)
    said, ended = try_system(folder, desk, program, within, port, tell)
    files.write_verdicts(folder, said)
    return ended


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


@command
def report(
    asked: AtHome,
    place: PlaceArgument,
    plan: PlanOption = None,
    owners: OwnersOption = None,
    page: PageOption = None,
) -> None:
    """Check a report: its signature, that it adds up, that what lies beside it is what it was made of.

    With the owners’ plan also that it is of this run: made after it, for its system, by its kit, in its time and
    under the key that it names. What does not fit is refused by name.
    """
    from services.cli.partner.conformance_reports import read_filed, read_signed
    from services.conformance.page import report_page
    from services.operate.home.home import Home
    from services.platform.keys.owners import read_owners_file
    from services.platform.process.durable_file import write_durably
    from services.platform.process.paris_time import when

    if plan or owners:
        pinned = read_owners_file(owners) if owners else Home(asked.home).owners
        filed = read_filed(place, plan, pinned.directory)
        made, fingerprint, ordered = filed.report, filed.fingerprint, filed.plan
    else:
        made, fingerprint = read_signed(place)
        ordered = None
    if page:
        write_durably(page, report_page(made, fingerprint, asked.lang.code, ordered).encode())
    if ordered is None:
        asked.note(
            _("Who ordered this run was not asked: the owners’ plan (`--plan`) would show it.")
        )
    elif not asked.json:
        day, until = when(ordered.iat, asked.lang.code), when(ordered.exp, asked.lang.code)
        asked.say(
            _("It follows the owners’ plan of {day}, good until {until}, for {tested}."),
            day=day, until=until, tested=ordered.tested,
        )  # fmt: skip
    _tell(asked, made, fingerprint)


def _tell(asked: Asked, made: Report, fingerprint: str) -> None:
    """The report in short; exit 1 if a case has not passed."""
    if asked.json:
        print_json({**made, "fingerprint": fingerprint})
    else:
        _say(asked, made, fingerprint)
    if not made["passed"]:
        raise typer.Exit(REFUSED)


def _say(asked: Asked, made: Mapping[str, Any], fingerprint: str) -> None:
    from services.conformance.judge import FAULTS
    from services.conformance.report import by_result

    lang = asked.lang.code
    failed, silent = by_result(made)
    faulty = [*failed, *silent]
    for row in faulty[:SHOWN]:
        reason = row["verdict"].get("reason", "")
        fault = FAULTS[row["fault"]].say(lang) + (f" ({reason})" if reason else "")
        asked.say(
            _("{case}: {title}: {fault}. {asks} ({section})"),
            case=row["case"], title=row["title"][lang], fault=fault,
            asks=row["asks"][lang], section=row["section"],
        )  # fmt: skip
    if more := len(faulty[SHOWN:]):
        asked.say(_("… and {n} more: see `{page}`"), n=more, page=f"report.{lang}.html")
    text = _("{n} cases, {failed} failed; signed with the key {fingerprint}")
    if silent:
        text = _(
            "{n} cases, {failed} failed, {silent} without a verdict; signed with the key {fingerprint}"
        )
    asked.say(
        text, n=made["counts"]["cases"], failed=len(failed), silent=len(silent), fingerprint=fingerprint
    )  # fmt: skip
