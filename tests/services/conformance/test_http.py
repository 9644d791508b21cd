"""The kit for who speaks HTTP passes a sound system, and names the fault of a broken one, by what it recorded."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from pathlib import Path
from typing import Final

import httpx
import orjson
import pytest
from starlette.middleware import Middleware
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from relais.client import CallRefusedError
from services.cli.app import app
from services.cli.partner.conformance_http import write_tasks
from services.conformance.http import HTTP
from services.conformance.http.recording import HttpRecording
from services.conformance.http.trial import KitTask, verdicts
from services.sandbox.recorder import SandboxRecorder
from services.sandbox.steering import steering_of
from tests.services.conformance import careless, speaking
from tests.services.conformance.careless import CARELESS
from tests.services.conformance.folder import failures
from tests.services.sandbox.started import sandbox

# A fault of a system -> the case that names it, and what it says of it.
FAULTS: Final = {
    "new_key": ("answer-lost", "another_key"),
    "impatient": ("retry-after", "too_soon"),
    "repeats": ("refused-request", "sent_again"),
    "no_door": ("door", "no_door"),
    "token_in_url": ("token-in-header", "token_in_address"),
    "acknowledges_twice": ("acknowledged-once", "acknowledged_again"),
    "acknowledges_acks": ("acknowledgement-left", "not_an_arrival"),
    "dies": ("without-content", "stopped"),
    "loses_cursor": ("cursor-kept", "begins_again"),
    "stops_at_410": ("cursor-too-old", "stopped"),
}
# Part of a path that somebody never asks for -> cases that name it.
LEFT_OUT: Final = {
    "/withdraw": ["taken-back"],
    "/acknowledge": ["acknowledged"],
    "/referrals/": ["refused-by-bus", "taken-back"],
}
SOUND: Final = ""
AT_ONCE: Final = 3  # while they wait: more would be slow enough to seem patient
CANARY: Final = "Exemple"  # in each field of the records that are sent


async def carelessly(top: Path, fault: str) -> list[dict[str, object]]:
    """What is recorded of a system that sends alone, before empty inboxes."""
    folder = top / f"b-{fault}"
    recorder = SandboxRecorder()
    around = [Middleware(recorder.around)]
    async with sandbox(folder / "home", around=around) as listening:
        recorder.tokens = {desk: listening.home.token(desk) for desk in listening.desks}
        write_tasks(folder, listening.url)
        await careless.CarelessSystem(folder, fault).work()
    return recorder.lines


async def recorded(folder: Path, fault: str) -> list[dict[str, object]]:
    """What is recorded of a system that works until it has ended or fails."""
    recorder = SandboxRecorder()
    around = [Middleware(recorder.around)]
    async with sandbox(folder / "home", empty=False, around=around) as listening:
        recorder.tokens = {desk: listening.home.token(desk) for desk in listening.desks}
        write_tasks(folder, listening.url)
        with contextlib.suppress(KeyError, TypeError, CallRefusedError):
            await speaking.HttpSystem(folder, fault).work()
    return recorder.lines


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    """Of each system; keys are made once."""
    top = tmp_path_factory.mktemp("spoken")

    async def all_of_them() -> list[list[dict[str, object]]]:
        async with sandbox(top / "keys"):
            pass
        for fault in (SOUND, *FAULTS):
            shutil.copytree(top / "keys", top / f"a-{fault}" / "home")
        for fault in CARELESS:
            shutil.copytree(top / "keys", top / f"b-{fault}" / "home")
        few, light = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)

        async def one(fault: str) -> list[dict[str, object]]:
            if fault in CARELESS:
                async with light:
                    return await carelessly(top, fault)
            async with few:
                return await recorded(top / f"a-{fault}", fault)

        return await asyncio.gather(*map(one, (SOUND, *FAULTS, *CARELESS)))

    return dict(zip((SOUND, *FAULTS, *CARELESS), asyncio.run(all_of_them()), strict=True))


def failed(lines: list[dict[str, object]]) -> dict[str, str]:
    """Case -> what is wrong, of those that fail."""
    said = b"\n".join(map(orjson.dumps, verdicts(HTTP, HttpRecording.of(lines))))
    return {
        result.case.id: result.verdict.reason for result in failures(HTTP, said) if result.verdict
    }


def test_a_sound_system_passes(recordings: dict[str, list[dict[str, object]]]) -> None:
    """By the client of the house."""
    assert failed(recordings[SOUND]) == {}


@pytest.mark.parametrize("fault", [*FAULTS, *CARELESS])
def test_a_fault_is_caught_by_the_case_that_names_it(
    recordings: dict[str, list[dict[str, object]]], fault: str
) -> None:
    """And by what was seen, not because it was never tried."""
    case, code = (FAULTS | CARELESS)[fault]

    assert failed(recordings[fault])[case] == code


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_what_is_left_out_fails(
    recordings: dict[str, list[dict[str, object]]], left_out: str
) -> None:
    """Of a sound system's recording."""
    lines = [line for line in recordings[SOUND] if left_out not in str(line["path"])]

    assert set(LEFT_OUT[left_out]) <= failed(lines).keys()


def test_who_gives_up_or_has_one_key_fails(
    recordings: dict[str, list[dict[str, object]]],
) -> None:
    """The first try of each record alone; every record under the same key."""
    lines = recordings[SOUND]
    first = {line["body"]: line for line in reversed(lines) if line["method"] == "POST"}

    for case in ("busy", "too-much", "answer-lost"):
        assert failed(list(first.values()))[case] == "not_sent_again"
    assert failed([line | {"key": "k"} for line in lines]) == {"key-of-its-own": "key_of_another"}


def test_who_does_nothing_passes_nothing() -> None:
    """Silence proves nothing."""
    assert set(failed([]).values()) == {"not_tried"}
    assert len(failed([])) == len(HTTP)


def test_a_recording_holds_no_content(recordings: dict[str, list[dict[str, object]]]) -> None:
    """Neither of what was sent nor of what came, and no token."""
    text = orjson.dumps(recordings["token_in_url"]).decode()

    assert CANARY not in text
    assert '"parts"' not in text
    assert "token=" not in text


@pytest.mark.anyio
@pytest.mark.parametrize("said", ["true", "1", "True"])
async def test_a_dry_run_is_no_sending(said: str) -> None:
    """However it is written, nobody has sent anything by it."""
    recorder = SandboxRecorder()

    async def answers(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b'{"events":[]}'})

    transport = httpx.ASGITransport(recorder.around(answers))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as http:
        for params in ({"dry_run": said}, {}):
            await http.post("/v1/referrals", params=params, json={"reference": "sandbox: # sent"})

    assert len(HttpRecording.of(recorder.lines).sent("sent")) == 1


def test_each_reference_is_one_of_the_sandbox() -> None:
    """The table of the kit and that of the sandbox are apart."""
    tasks = {case.id: case.make() for case in HTTP}

    for name, task in tasks.items():
        if isinstance(task, KitTask):
            assert steering_of(task.reference(name)) is not None


def test_the_command_runs_a_program_before_a_sandbox(tmp_path: Path) -> None:
    """It is told where, does its tasks, and the report stands beside what was recorded."""
    program = f"{sys.executable} -m {speaking.__name__}"
    words = ["conformance", "run", str(tmp_path / "kit"), "--system", "http", "--port", "0"]
    done = CliRunner().invoke(app, [*words, "--with", program, "--lang", "en"])

    assert done.exit_code == 0, done.output
    assert f"{len(HTTP)} cases, 0 failed" in done.output
    assert "issuer and reader of an inbox" in (tmp_path / "kit/report.en.html").read_text()
    assert (tmp_path / "kit/recording.jsonl").stat().st_size
