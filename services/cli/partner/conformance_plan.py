"""`relais conformance plan`: what the kit tries, in words; and the owners' order for a run of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.common.asked import AtHome, command
from services.cli.common.output import print_json
from services.texts import Catalogue

if TYPE_CHECKING:
    from services.conformance.systems import SystemKind

_ = Catalogue(__name__)

SystemOption = Annotated[
    str,
    typer.Option(
        "--system", help="What is tested: recipient, issuer, webhook or http.", show_default=False
    ),
]
OrderedOption = Annotated[
    str,
    typer.Option("--tested", help="Name and version of the system for which a run is ordered; else the plan is printed."),
]  # fmt: skip
DeskOption = Annotated[
    str, typer.Option("--desk", help="Desk whose part is played with `http`, such as pol; else edu-h-1.")
]  # fmt: skip
DaysOption = Annotated[
    int, typer.Option("--days", min=1, max=366, help="Within which the report must be made.")
]
ByOption = Annotated[
    str, typer.Option("--by", help="Digest of the key that must sign the report, as an earlier report shows it.")
]  # fmt: skip
RequestOption = Annotated[
    Path | None,
    typer.Option("--request", help="Instead of --by: `request.json` of a partner that joins, whose own key must sign.",
                 dir_okay=False, exists=True),
]  # fmt: skip
OutOption = Annotated[Path, typer.Option("--out", help="The signed plan’s file.")]


@command
def plan(
    asked: AtHome,
    system: SystemOption = "",
    desk: DeskOption = "",
    tested: OrderedOption = "",
    days: DaysOption = 30,
    by: ByOption = "",
    request: RequestOption = None,
    out: OutOption = Path("plan.jws"),
) -> None:
    """Print the plan of the tests, in Markdown: each case, what it tries and what must become of it.

    For one system, `--tested` makes the owners’ order for a run instead: signed with the key that signs directories,
    with a nonce of which the run’s keys are drawn, an end, and the key that must sign the report. A report that was
    made after it (`run --plan`) shows that nobody chose another kit, another part or another system, and whose run it is.
    """
    from importlib.metadata import version

    from services.conformance.plan import markdown, plan_rows
    from services.conformance.systems import SYSTEMS

    if tested:
        _order(asked, system_of(system), desk, tested, days, _signed_by(asked, by, request), out)
        return
    chosen = [system_of(system)] if system else list(SYSTEMS)
    if asked.json:
        rows = {str(kind): plan_rows(SYSTEMS[kind].cases) for kind in chosen}
        print_json({"kit": version("relais"), "cases": rows})
    else:
        for kind in chosen:
            typer.echo(markdown(SYSTEMS[kind], version("relais"), asked.lang.code))


def _signed_by(asked: AtHome, by: str, request: Path | None) -> str:
    """Digest of the key that must sign the report.

    Raises:
        UsageError: `key_unnamed`; those of `read_request`.
        DirectoryError: those of `read_request`.
    """
    from contracts.encoding import digest
    from contracts.errors import UsageError
    from services.operate.home.home import Home
    from services.operate.joining.request import read_outside, read_request

    if bool(by) == (request is not None):
        got = _("both") if by else _("neither")
        raise UsageError("key_unnamed", got, _("`--by` or `--request`"))
    if request is None:
        return by
    known = read_request(read_outside(request), Home(asked.home).convention)
    return digest(known.checked.signing[-1].public)  # the newest


def _order(
    asked: AtHome, system: SystemKind, desk: str, tested: str, days: int, by: str, out: Path
) -> None:
    """Sign a plan with the home's key of the directory's owners."""
    import secrets
    import time
    from importlib.metadata import version

    from contracts.conventions import fresh
    from contracts.encoding import digest
    from services.conformance.signed_plan import make_plan, sign_plan, versions_of
    from services.operate.home.home import Home
    from services.platform.process.durable_file import write_durably
    from services.platform.process.paris_time import when

    home = Home(asked.home)
    home.check()
    made = make_plan(
        tested=tested, system=system, versions=versions_of(system, version("relais"), fresh(), desk), desk=desk,
        at=int(time.time()), days=days, nonce=secrets.token_hex(16), by=by,
    )  # fmt: skip
    token = sign_plan(made, home.owner("directory"))
    write_durably(out, token.encode() + b"\n")
    asked.print(
        {"plan": str(out), "digest": digest(token), **made.wire()},
        _("{file} orders a run for {tested}, until {until}; its digest is {digest}. Whoever runs the kit adds `--plan`"),
        file=out, tested=tested, until=when(made.exp, asked.lang.code), digest=f"`{digest(token)}`",
    )  # fmt: skip


def system_of(name: str) -> SystemKind:
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
