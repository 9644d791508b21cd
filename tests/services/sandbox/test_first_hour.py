"""What the documents tell a newcomer to type is true of the sandbox that he has."""

from __future__ import annotations

import asyncio
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.platform.process.clock import FileClock
from services.sandbox.app import Listening
from services.sandbox.records import write_example
from tests.patience import PATIENCE
from tests.services.sandbox.started import client, sandbox

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not shutil.which("curl"), reason="needs curl"),
]
USUAL = "http://127.0.0.1:8420"
STATUS = "-w '\\n%{http_code} %{url_effective}\\n'"
DESK = "edu-s"


async def page(listening: Listening, path: str) -> str:
    """A page of the sandbox's."""
    async with client(listening, DESK) as asking:
        return (await asking.get(path)).text


def blocks(text: str, kind: str = "") -> list[str]:
    """What stands in `pre` of a class."""
    found = re.findall(rf"<pre{kind}>(.*?)</pre>", text, re.DOTALL)
    return [html.unescape(one) for one in found]


async def typed(commands: str, folder: Path) -> str:
    """What a shell says that stops at the first command that fails."""
    script = "set -eu\n" + commands.replace("curl -sS", f"curl -sS {STATUS}")
    done = await asyncio.to_thread(
        subprocess.run, ["bash", "-c", script], cwd=folder, capture_output=True, text=True,
        check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def statuses(said: str) -> list[tuple[int, str]]:
    """Of each answer its status and what was asked."""
    found = re.findall(r"^(\d{3}) \S+?:\d+(/\S*)$", said, re.MULTILINE)
    return [(int(status), path) for status, path in found]


async def test_the_first_hour_goes_as_its_page_says(tmp_path: Path) -> None:
    """Each command in its order, with bash and curl, against what `relais sandbox` starts."""
    home = tmp_path / ".relais-sandbox"
    async with sandbox(home, empty=False) as listening:
        write_example(home, FileClock(listening.home.clock).now())
        text = await page(listening, "/docs/first-hour")
        commands = "\n".join(blocks(text, ' class="run"')).replace(USUAL, listening.url)
        said = await typed(commands, tmp_path)

    assert blocks(text) == ["relais sandbox"]
    assert "<script" not in text
    assert [status for status, _ in statuses(said)] == [
        200, 200, 200, 202, 202, 200, 200, 202, 200, 422, 200, 200, 202, 202, 200,
    ]  # fmt: skip
    first, again = re.findall(r'^\{"outcome":"published".*"dry_run":false.*$', said, re.MULTILINE)[
        :2
    ]
    assert first == again
    assert '"stage":"received"' in said.partition(f"/v1/referrals/{event_of(first)}")[0]


def event_of(sent: str) -> str:
    """The event of an answer."""
    found: str = json.loads(sent)["events"][0]
    return found
