"""Processes are started, told of, watched and stopped; none is left, whatever happens to us."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from services.operate.home.home import Home
from services.platform.process.exit_codes import UnreachableError
from services.play.run.launch import Federation
from services.play.run.plan import Plan, plan_services
from services.play.run.prepare import console_accounts
from services.play.run.summary import lines
from services.play.run.supervisor import Program, Supervisor
from tests.patience import PATIENCE, eventually, until
from tests.shell import at_work

# Writes its process id to the file it is given, then lives for as long as a test may need.
DUMMY = """
import os, signal, sys, time
mode, path = sys.argv[1:]
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(path, "a") as file:
    file.write(f"{os.getpid()} {os.environ.get('RELAIS_NAME', '')}\\n")
if mode.isdigit():
    sys.exit(int(mode))
if mode == "late" and len(open(path).readlines()) == 1:  # Kafka did not answer in time
    sys.exit(3)
time.sleep(300)
"""


def program(folder: Path, name: str, mode: str = "steady", **environment: str) -> Program:
    """A dummy service that is ready once it has left its mark."""
    mark = folder / f"{name}.pids"

    async def ready() -> bool:
        return mark.exists()

    command = (sys.executable, "-c", DUMMY, mode, str(mark))
    return Program(name, command, environment, ready)


def marks(folder: Path, name: str) -> list[list[str]]:
    """Of each start the process id, and RELAIS_NAME if there is one."""
    path = folder / f"{name}.pids"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


Said = list[tuple[str, str]]


@asynccontextmanager
async def started(folder: Path, *programs: Program) -> AsyncIterator[tuple[Supervisor, Said]]:
    """Programs once they are ready, until the end of the block; what is said of each."""
    said: Said = []
    pids = folder / "pids"
    async with Supervisor(folder / "logs", pids, lambda *told: said.append(told)) as supervised:
        await supervised.start(programs)
        yield supervised, said


async def never() -> bool:
    """A program that is not ready."""
    return False


async def test_takes_foreign_settings_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A RELAIS_ variable of the caller's shell never reaches a service; its own does."""
    monkeypatch.setenv("RELAIS_NAME", "stray")
    plain, own = program(tmp_path, "plain"), program(tmp_path, "own", RELAIS_NAME="own")

    async with started(tmp_path, plain, own):
        pass

    assert marks(tmp_path, "plain")[0][1:] == []
    assert marks(tmp_path, "own")[0][1:] == ["own"]


async def test_starts_an_ended_program_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, it comes back within a second; killed again and again, after ten at the most."""
    pauses, sleep = list[float](), asyncio.sleep

    def hurried(seconds: float) -> Awaitable[None]:
        pauses.append(seconds)
        return sleep(min(seconds, 0.05))

    def ran(times: int) -> bool:
        return len(marks(tmp_path, "one")) == times

    async with started(tmp_path, program(tmp_path, "one")) as (supervised, said):
        with monkeypatch.context() as patched:
            patched.setattr("services.play.run.supervisor.asyncio.sleep", hurried)
            for starts in range(2, 10):
                os.kill(supervised.pids["one"], signal.SIGKILL)
                await eventually(partial(ran, starts))

    assert len({pid for (pid,) in marks(tmp_path, "one")}) == 9
    assert not at_work(tmp_path)
    assert [what for _, what in said[:2]] == [
        "ended with signal 9; starts again in 1 s",
        f"started again, process {marks(tmp_path, 'one')[1][0]}",
    ]
    assert said[-2][1] == "ended with signal 9; starts again in 10 s"
    assert max(pauses) == 10


async def test_a_fenced_router_comes_back_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 4 twice means another owner writes: starting again would fight for it."""
    monkeypatch.setattr("services.play.run.supervisor.FENCED_S", (0.1, 0.2))
    async with started(tmp_path, program(tmp_path, "router", "4")) as (_, said):
        await eventually(lambda: len(said) == 3)
        await asyncio.sleep(1)

    assert len(marks(tmp_path, "router")) == 2
    assert [what for _, what in said] == [
        "ended with exit code 4 (fenced by another owner); starts again in 1 s",
        f"started again, process {marks(tmp_path, 'router')[1][0]}",
        "ended with exit code 4 (fenced by another owner), and is not started again",
    ]


async def test_says_which_program_did_not_start(tmp_path: Path) -> None:
    """A program that ends before it is ready fails the start with its name and its log."""
    broken = replace(program(tmp_path, "broken", "2"), ready=never)

    with pytest.raises(UnreachableError) as caught:
        async with started(tmp_path, program(tmp_path, "one"), broken):
            pass

    assert caught.value.code == "service_not_ready"
    assert "broken ended with exit code 2" in caught.value.got
    assert caught.value.place == str(tmp_path / "logs" / "broken.log")
    assert not at_work(tmp_path)


async def test_who_had_no_answer_at_the_start_is_started_again(tmp_path: Path) -> None:
    """Exit 3 before it was ready, on a slow machine: `relais up` goes on, and says so."""

    async def ready() -> bool:
        return len(marks(tmp_path, "routing")) == 2

    late = replace(program(tmp_path, "routing", "late"), ready=ready)
    async with started(tmp_path, late) as (supervised, said):
        os.kill(supervised.pids["routing"], signal.SIGKILL)  # watched as any other
        await eventually(lambda: len(marks(tmp_path, "routing")) == 3)
        assert marks(tmp_path, "routing")[0][0] not in at_work(tmp_path)

    assert "exit code 3" in said[0][1]
    assert said[1][1].startswith("started again, process ")


async def test_a_damaged_log_is_its_routers_own_affair(tmp_path: Path) -> None:
    """One that ends with 5 is told and not started again; the others start and run."""
    damaged = replace(program(tmp_path, "routing", "5"), ready=never)
    async with started(tmp_path, damaged, program(tmp_path, "police")) as (supervised, said):
        await eventually(lambda: bool(said))
        assert [*supervised.pids] == ["police"]

    assert [name for name, _ in said] == ["routing"]
    assert "exit code 5" in said[0][1]
    assert len(marks(tmp_path, "routing")) == 1


SUPERVISING = """
import asyncio, sys
from pathlib import Path
from services.play.run.supervisor import Supervisor
from services.platform.process.exit_codes import run
from tests.services.play.run.test_supervisor import program

async def main(stop):
    folder = Path(sys.argv[1])
    async with Supervisor(folder / "logs", folder / "pids") as supervisor:
        await supervisor.start([program(folder, "one"), program(folder, "two", "stubborn")])
        (folder / "started").touch()
        await stop.wait()

sys.exit(run(main))
"""


def supervising(folder: Path) -> subprocess.Popen[bytes]:
    """A process of its own that supervises two programs."""
    started = subprocess.Popen([sys.executable, "-c", SUPERVISING, str(folder)])
    until((folder / "started").exists)
    until(lambda: all(marks(folder, name) for name in ("one", "two")))
    return started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end the supervisor cleanly; a second one hurries it."""
    ours = supervising(tmp_path)

    ours.send_signal(number)
    time.sleep(0.5)
    ours.send_signal(number)

    assert ours.wait(PATIENCE) == 0
    until(lambda: not at_work(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_services_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    """SIGKILL leaves us no last word: the kernel asks them to end."""
    ours = supervising(tmp_path)
    pids = {name: marks(tmp_path, name)[0][0] for name in ("one", "two")}

    ours.kill()
    ours.wait(PATIENCE)

    until(lambda: pids["one"] not in at_work(tmp_path))
    os.kill(int(pids["two"]), signal.SIGKILL)


def test_desks_are_named_in_words_and_passwords_are_told_once(tmp_path: Path) -> None:
    """And how new ones are made each time."""
    home = Home(tmp_path)
    home.prepare(at=1_800_000_000, weeks=1)
    services = plan_services(home, "localhost:1", Plan())
    supervisor = Supervisor(tmp_path / "logs", tmp_path / "pids")
    first, again = (
        Federation(home, Plan(), "localhost:1", services, supervisor, console_accounts(home))
        for _ in range(2)
    )

    told, later = ([*lines(one)] for one in (first, again))
    (renewed,) = (line for line in later if " rm " in line)
    Path(renewed.partition(" rm ")[2].split()[0]).unlink()

    assert "    edu-h-1     Head of school A" in told
    assert (len(told) - len(later), "shown once" in "".join(later)) == (2, False)
    assert console_accounts(home).keys() == first.passwords.keys()
