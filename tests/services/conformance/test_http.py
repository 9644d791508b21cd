"""The kit for who speaks HTTP passes a sound system, and names the fault of a broken one, by what it recorded."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import orjson
import pytest
from starlette.middleware import Middleware
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.partner.conformance_http import write_tasks
from services.conformance.http import HTTP, http_cases
from services.conformance.http.kit_desks import KIT_DESKS, USUAL
from services.conformance.http.recording import HttpRecording, RecordedRequest, said_again
from services.conformance.http.trial import FIRST, KitTask, verdicts
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
# Every other desk that may be played; its sound system.
DESKS: Final = tuple(f"desk {desk}" for desk in KIT_DESKS if desk != USUAL)
# How a first answer failed -> the case that names who does not ask again, and what it says.
UNASKED: Final = {
    ("inbox", 0): ("page-cut", "stopped"),
    ("inbox", 502): ("page-by-proxy", "stopped"),
    ("acknowledge", 0): ("acknowledgement-unanswered", "not_said_again"),
    ("withdraw", 0): ("withdrawal-unanswered", "not_said_again"),
}
AT_ONCE: Final = 3  # while they wait: more would be slow enough to seem patient
CANARY: Final = "Exemple"  # in each field of the records that are sent


class Started(NamedTuple):
    """A sandbox that has started, with its tasks, and what is recorded at it."""

    folder: Path
    recorder: SandboxRecorder


async def started(
    opened: contextlib.AsyncExitStack, folder: Path, desk: str, *, empty: bool
) -> Started:
    """A sandbox for who plays a desk."""
    recorder = SandboxRecorder()
    around, first = [Middleware(recorder.around)], None if empty else FIRST
    listening = await opened.enter_async_context(
        sandbox(folder / "home", KIT_DESKS[desk].agency, empty=empty, around=around, first=first)
    )
    recorder.tokens = {desk: listening.home.token(desk) for desk in listening.desks}
    write_tasks(folder, listening.url, desk)
    return Started(folder, recorder)


async def recorded(at: Started, fault: str) -> list[dict[str, object]]:
    """What is recorded of a system that works until it has ended or fails; a careless one sends alone."""
    if fault in CARELESS:
        await careless.CarelessSystem(at.folder, fault).work()
        return at.recorder.lines
    with contextlib.suppress(KeyError, TypeError, speaking.CallRefusedError):
        await speaking.HttpSystem(at.folder, SOUND if fault in DESKS else fault).work()
    return at.recorder.lines


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    """Of each system; keys are made once, and all sandboxes start first: a start would keep the others' clocks waiting."""
    top = tmp_path_factory.mktemp("spoken")

    async def all_of_them() -> list[list[dict[str, object]]]:
        async with sandbox(top / "keys", empty=False):
            pass
        few, light = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)

        async def one(fault: str, at: Started) -> list[dict[str, object]]:
            async with light if fault in CARELESS else few:
                return await recorded(at, fault)

        async with contextlib.AsyncExitStack() as opened:
            places: dict[str, Started] = {}
            for fault in (SOUND, *FAULTS, *CARELESS, *DESKS):
                folder = top / f"{fault in CARELESS:d}-{fault}"
                shutil.copytree(top / "keys", folder / "home")
                desk = fault.removeprefix("desk ") if fault in DESKS else USUAL
                places[fault] = await started(opened, folder, desk, empty=fault in CARELESS)
            return await asyncio.gather(*(one(fault, at) for fault, at in places.items()))

    return dict(zip((SOUND, *FAULTS, *CARELESS, *DESKS), asyncio.run(all_of_them()), strict=True))


def failed(lines: list[dict[str, object]], desk: str = USUAL) -> dict[str, str]:
    """Case -> what is wrong, of those that fail."""
    cases = http_cases(desk)
    said = b"\n".join(map(orjson.dumps, verdicts(cases, HttpRecording.of(lines))))
    return {
        result.case.id: result.verdict.reason for result in failures(cases, said) if result.verdict
    }


def test_a_sound_system_passes(recordings: dict[str, list[dict[str, object]]]) -> None:
    """By the client of the house."""
    assert failed(recordings[SOUND]) == {}


@pytest.mark.parametrize("played", DESKS)
def test_a_sound_system_passes_at_a_desk_of_each_profession(
    recordings: dict[str, list[dict[str, object]]], played: str
) -> None:
    """With the records and arrivals of its trade."""
    assert failed(recordings[played], played.removeprefix("desk ")) == {}


@pytest.mark.parametrize(("act", "status"), UNASKED)
def test_who_does_not_ask_again_is_caught(
    recordings: dict[str, list[dict[str, object]]], act: str, status: int
) -> None:
    """A sound system's recording, but for what it asked after an answer that failed."""
    lines = sorted(recordings[SOUND], key=lambda line: float(str(line["at"])))
    lost = next(
        line
        for line in lines
        if str(line["path"]).endswith(f"/{act}")
        and line["status"] == status
        and (act != "inbox" or line["after"])
    )
    later = lines[lines.index(lost) + 1 :]
    same = [line for line in later if line["path"] == lost["path"]]
    left = [line for line in lines if line not in same]
    case, code = UNASKED[act, status]

    assert failed(left)[case] == code


@pytest.mark.parametrize(("status", "reason"), [(202, ""), (422, ""), (503, "not_said_again")])
def test_what_was_lost_is_said_again_once_it_is_answered(status: int, reason: str) -> None:
    """A refusal is an answer: which arrival comes first is chance, and an ASK is owed a motive that a person gives."""
    lost = RecordedRequest(1, 1, "POST", "/v1/inbox/e1/acknowledge", 0, stage="justified")
    again = replace(lost, at=2, until=2, status=status)
    other = replace(lost, at=3, until=3, status=202, path="/v1/inbox/e2/acknowledge")

    assert said_again(HttpRecording([lost, again, other]).replies("acknowledge")) == reason


def test_who_begins_again_at_a_page_that_broke_off_is_caught(
    recordings: dict[str, list[dict[str, object]]],
) -> None:
    """Every reading behind it without a cursor."""
    lines = sorted(recordings[SOUND], key=lambda line: float(str(line["at"])))
    at = next(place for place, line in enumerate(lines) if line["after"] and not line["status"])
    begun = [line | {"after": ""} for line in lines[at + 1 :]]

    assert failed(lines[: at + 1] + begun)["page-cut"] == "begins_again"


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
