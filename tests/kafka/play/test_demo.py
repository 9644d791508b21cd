"""The stories on a running federation: each ends as it must, no personal text is in the clear."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from contracts.vocabulary.scopes import AGENCIES
from services.console.roles import ROLES, pages_of
from services.platform.process.tether import tethered
from services.play.demo.demo import demo
from services.play.demo.stories import STORIES
from services.play.kafka.fetch import fetch_jars
from tests.kafka.play.played import MARKER, Recorded
from tests.patience import PATIENCE, until
from tests.searching import DEPTH, files_under, leaks
from tests.shell import at_work

# Personal values that have a form of their own and carry no marker.
NEEDLES = (MARKER, "01 99 00 00 00", "1098765432B")
# Of an item of the inbox; all else is content, opened for its reader: `parts`, and the agency's own
# words for them.
METADATA = (
    "realm", "delivered_at", "event", "case", "from", "type", "purpose", "error", "withdrawn",
    "issued_at", "clauses", "owes", "receipt",
)  # fmt: skip

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """The one play of these tests, on one plain broker: once is enough."""
    fetch_jars()
    seen = Recorded(tmp_path_factory.mktemp("canary"))
    seen.played = asyncio.run(
        demo(
            asyncio.Event(), seen.home, show=lambda _line: None,
            say=lambda *step: seen.said.append(step), keep=True,
            marker=MARKER, inspect=seen.inspect, overhear=seen.overhear,
        )
    )  # fmt: skip
    yield seen
    shutil.rmtree(seen.home)


def test_every_outcome_is_the_expected_one(play: Recorded) -> None:
    """Who gets what, what is withheld, who owes what by when: as each story says."""
    wrong = [line.text.say("en") for line in play.played.lines if not line.ok]

    assert wrong == []
    assert play.played.good
    assert sum(line.kind == "story" for line in play.played.lines) == len(STORIES)


def test_the_auditor_finds_nothing(play: Recorded) -> None:
    """The log replays byte by byte, without any decryption key."""
    verdict = play.played.lines[-2]  # the last line has the figures

    assert verdict.kind == "verdict"
    assert verdict.ok
    figures = re.search(r"(\d+) records replayed", play.played.lines[-1].text.say("en"))
    assert figures
    assert int(figures[1]) > 100


def test_every_service_was_a_process_of_its_own(play: Recorded) -> None:
    """Kafka, five agencies, two routers, the auditor, the console: ten processes, none is left."""
    names = {
        "kafka", "education", "police", "justice", "child_welfare", "association",
        "routing-civil-0", "routing-criminal-0", "audit", "console",
    }  # fmt: skip

    assert set(play.pids) == names
    assert len(set(play.pids.values())) == len(names)
    assert at_work(play.home) == {}


def test_no_service_ended_by_itself(play: Recorded) -> None:
    """The supervisor had nothing to start again."""
    assert [what for _, what in play.said if "ended" in what] == []


def test_no_service_told_an_error(play: Recorded) -> None:
    """The services' logs hold no error line, and every line is JSON."""
    for log in (play.home / "logs").glob("*.log"):
        for line in log.read_text().splitlines():
            assert line.startswith("{"), f"{log.name}: {line}"
            assert '"level":"critical"' not in line, f"{log.name}: {line}"


@pytest.mark.nightly
def test_an_interrupted_demo_stops_everything(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a story: exit code 1, no process, no temporary folder."""
    command = tethered((sys.executable, "-m", "services", "demo", "--lang", "en"))
    environment = {**os.environ, "TMPDIR": str(tmp_path), "COLUMNS": "120"}
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment)
    assert process.stdout is not None
    first = next(line for line in process.stdout if "The head teacher →".encode() in line)

    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    code = process.wait(PATIENCE)
    process.stdout.close()

    assert first
    assert b"The auditor replayed" not in rest
    assert code == 1
    assert "no process is left" in (tmp_path / "said").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["said"]


@pytest.mark.nightly
def test_ctrl_c_while_up_starts_leaves_nothing(tmp_path: Path) -> None:
    """Interrupted before it is ready, `relais up` still stops all that it has started."""
    fetch_jars()
    home = tmp_path / "home"
    command = tethered((sys.executable, "-m", "services", "up", "--home", home))
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    until((home / "kafka" / "cluster.json").exists)
    time.sleep(1)

    process.send_signal(signal.SIGINT)

    assert process.wait(PATIENCE) == 0
    assert at_work(home) == {}


def test_the_search_finds_every_form() -> None:
    """Plain, UTF-16, hexadecimal, base64 at any alignment, base64 within base64."""
    plain = f"before {MARKER} after".encode()
    hidden = {
        "plain": plain,
        "utf-16": f"x {MARKER}".encode("utf-16"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        **{f"base64 {n}": base64.b64encode(b"x" * n + plain) for n in range(3)},
        **{f"base64url {n}": base64.urlsafe_b64encode(b"?" * n + plain) for n in range(3)},
        "twice": base64.b64encode(b"y" + base64.b64encode(b"z" + plain)),
        "innocent": b"nothing to see",
    }

    found = leaks(hidden, NEEDLES, DEPTH)

    assert set(found) == set(hidden) - {"innocent"}


def test_the_play_wrote_canaries_and_entitled_desks_read_them(play: Recorded) -> None:
    """There was something to find: desks did read marked texts."""
    read = [body for _, status, body in play.answers if status == 200 and MARKER.encode() in body]

    assert len(read) > 30


def test_only_inbox_answers_hold_personal_text(play: Recorded) -> None:
    """What a desk posted is never repeated to it; a status, a duty or a problem names nobody."""
    others = {
        f"{number} {request.method} {request.url.path} {status}": body
        for number, (request, status, body) in enumerate(play.answers)
        if (request.method, request.url.path) != ("GET", "/v1/inbox")
    }

    assert len(others) > 300
    assert leaks(others, NEEDLES, DEPTH) == {}


def test_an_inbox_answer_holds_it_only_as_content(play: Recorded) -> None:
    """Beside the opened parts and the agency's own words for them, an item holds metadata alone."""
    bare: dict[str, bytes] = {}
    for number, (request, _status, body) in enumerate(play.answers):
        if (request.method, request.url.path) == ("GET", "/v1/inbox"):
            page = orjson.loads(body)
            page["items"] = [
                {name: item[name] for name in METADATA if name in item} for item in page["items"]
            ]
            bare[str(number)] = orjson.dumps(page)

    assert leaks(bare, NEEDLES, DEPTH) == {}


def test_pages_and_errors_hold_none(play: Recorded) -> None:
    """Metrics, /docs, OpenAPI, AsyncAPI, and answers to wrong requests full of markers."""
    assert len(play.errors) > 60
    assert not any(page.startswith(b"2") for page in play.errors.values())
    bodies = [page for name, page in play.errors.items() if name.endswith((" stage", " code"))]
    assert {page[:3] for page in bodies} == {b"422"}, bodies
    assert leaks(play.pages | play.errors, NEEDLES, DEPTH) == {}


def test_no_page_of_the_console_holds_any_nor_a_token(play: Recorded) -> None:
    """As each role, in both languages: every page that a link leads to, after six cases."""
    assert len(play.console) > 2 * sum(len(pages_of(role)) for role in ROLES)
    assert {page[:3] for page in play.console.values()} == {b"200"}
    assert leaks(play.console, NEEDLES, DEPTH) == {}
    assert [
        name for name, page in play.console.items() if re.search(rb"eyJ[\w-]{8,}\.", page)
    ] == []


def test_an_event_that_was_routed_is_found_by_its_id(play: Recorded) -> None:
    """With its verdicts; an unknown id is not."""
    for role in ("auditor", "operator"):
        page = play.looked[f"{role} event"]
        assert b"Whom it reached" in page
        assert b"decided again: the same" in page
        assert b"There is no event of this id" in play.looked[f"{role} nobody"]


def test_no_page_and_no_log_holds_personal_text_or_a_looked_up_id(play: Recorded) -> None:
    """Of console and audit: neither what was sent nor the id, for which a hash stands."""
    logs = {
        name: (play.home / "logs" / f"{name}.log").read_bytes() for name in ("audit", "console")
    }
    accesses = {"accesses": (play.home / "state" / "console-accesses.jsonl").read_bytes()}

    assert leaks(play.looked, NEEDLES, DEPTH) == {}
    assert leaks(logs | accesses, (*NEEDLES, play.event), DEPTH) == {}
    assert b"looked up" in logs["audit"]
    assert accesses["accesses"].count(b"looked_up") >= 4


def test_what_is_told_holds_none(play: Recorded) -> None:
    """The story itself names desks, clauses and instants, never a child."""
    told = {
        str(n): f"{line.text.say('fr')} {line.text.say('en')}".encode()
        for n, line in enumerate(play.played.lines)
    }

    assert leaks(told, (MARKER,), DEPTH) == {}


def test_no_file_holds_any(play: Recorded) -> None:
    """Kafka's own log files, what services keep, services' logs, keys, directories: all on disk."""
    files = files_under(play.home)
    events = _events(play)
    states = {name: data for name, data in files.items() if ".sqlite" in name}
    audits = {name: data for name, data in states.items() if "/audit-" in name}
    inboxes = {name: data for name, data in states.items() if "/inbox-" in name}

    assert any(name.endswith(".log") and "/kafka/node-1/data/" in name for name in files)
    assert leaks(files, events[:1]) != {}, "the search does not see what is there"
    # One that opened nothing, as the first, is known until it expires: a state holds those of
    # cases.
    assert leaks(states, events) != {}, "the search does not see what is in a state"
    assert leaks(audits, events[:1]) != {}, "the search does not see what an auditor keeps"
    assert len({name.partition(".sqlite")[0] for name in inboxes}) == len(AGENCIES)
    assert leaks(inboxes, events[:1]) != {}, "the search does not see what an agency keeps"
    assert {stat.S_IMODE(Path(name).stat().st_mode) for name in states} == {0o600}
    assert leaks(files, NEEDLES) == {}


def test_no_topic_holds_any(play: Recorded) -> None:
    """Values, keys and headers of every topic, aborted records included."""
    assert len(play.records) > 500
    assert leaks(play.records, _events(play)[:1], DEPTH) != {}, "it does not see what is there"
    assert leaks(play.records, NEEDLES, DEPTH) == {}


def _events(play: Recorded) -> list[str]:
    """Events' ids, which are no secret and must be found."""
    return [
        event
        for request, status, body in play.answers
        if request.method == "POST" and status == 202
        for event in orjson.loads(body)["events"]
    ]
