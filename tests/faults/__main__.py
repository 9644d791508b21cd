"""`python -m tests.faults`: one campaign, a table on the screen, `faults-<desks>.json`.

RELAIS_FAULTS: how many faults (500). RELAIS_SEED: which (1). RELAIS_MINUTES: at most how long (40).
RELAIS_DESKS: how many desks (16), schools beyond those of the stories.
Ends with 0 only if nothing was lost, doubled, misplaced or stuck, and the target was reached; of
500
faults, no kind may be missing: who may not mount a small disk for a broker is told so with 2 before
    it begins.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from services.platform.process import logs
from tests import samples
from tests.faults.brokers import may_mount
from tests.faults.campaign import Report, campaign

WHOLE: Final = 500  # faults, from which every kind must be among them
SHOWN: Final = 5  # findings of one check


def main() -> int:
    """Run one campaign; the exit code."""
    target = int(os.environ.get("RELAIS_FAULTS", "500"))
    seed = int(os.environ.get("RELAIS_SEED", "1"))
    minutes = float(os.environ.get("RELAIS_MINUTES", "40"))
    desks = int(os.environ.get("RELAIS_DESKS", len(samples.DESKS)))
    console = Console()
    path = Path(tempfile.mkdtemp(prefix="relais-faults-"))
    if target >= WHOLE and not may_mount(path / "disk"):
        console.print(
            f"{target} faults are of every kind, full disks among them: run it as root, in a "
            f"container "
            f"with --privileged; fewer than {WHOLE} go without (RELAIS_FAULTS)"
        )
        return 2
    logs.configure("faults", "ERROR", (path / "campaign.log").open("a"))
    console.print(
        f"{target} faults, {desks} desks, seed {seed}, at most {minutes:g} minutes; home {path}"
    )
    work = campaign(
        path, seed=seed, target=target, limit_s=minutes * 60, say=console.print,
        schools=desks - len(samples.DESKS),
    )  # fmt: skip
    report = asyncio.run(_ending_in_order(work))
    Path(f"faults-{desks}.json").write_bytes(
        orjson.dumps(asdict(report), option=orjson.OPT_INDENT_2) + b"\n"
    )
    show(console, report)
    if not (wrong := _wrong(report, target)):
        shutil.rmtree(path, ignore_errors=True)
        return 0
    console.print(f"{wrong}; logs stay in {path}/logs")
    return 1


def _wrong(report: Report, target: int) -> str:
    """Why a campaign does not count; empty if it does."""
    if not report.good:
        return "NOT GOOD"
    if sum(report.faults.values()) < target:
        return "short of the target"
    if target >= WHOLE and report.never:
        return f"never happened: {', '.join(report.never)}"
    return ""


async def _ending_in_order(work: Coroutine[Any, Any, Report]) -> Report:
    """End by SIGTERM as by Ctrl-C: processes, brokers and the small disk are taken down."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def show(console: Console, report: Report) -> None:
    """The report as a table."""
    table = Table(
        "what",
        "number",
        title=f"faults, {report.desks:,} desks, seed {report.seed}, {report.seconds:.0f} s",
    )
    for kind, count in report.faults.items():
        table.add_row(kind, f"{count:,}")
    table.add_row("faults in all", f"{sum(report.faults.values()):,}", end_section=True)
    for name, count in report.events.items():
        table.add_row(name, f"{count:,}")
    for name, seconds in report.stops.items():
        table.add_row(name, f"{seconds:,.3f} s")
    table.add_section()
    for name, found in report.findings.items():
        table.add_row(name, str(len(found)), style="red" if found else "")
    console.print(table)
    for name, found in report.findings.items():
        for one in found[:SHOWN]:
            console.print(f"{name}: {one}", markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
