"""An agency as witness: what it keeps outlives it, what it cosigned binds it; by which policies."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from structlog.testing import capture_logs

from contracts.errors import ProofError
from contracts.proof.note_keys import open_note
from contracts.proof.tree import consistency_path
from contracts.proof.witness import TWO_HISTORIES, contradiction, log_id, request_of
from services.agency.loops.log_check import log_check_of
from services.agency.witness import CONTRADICTION, NO_WITNESS, LogWitness, witness_of
from services.operate.home.home import Home
from services.platform.keys.policy_file import policy_file, policy_signature
from services.platform.process.clock import SystemClock
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings, load
from services.platform.store.memory import Memory
from tests.contracts.proof.log import ORIGIN
from tests.contracts.proof.test_witness import LOGS, OWN, log_of, path, signed
from tests.services.agency.bench import serving

MEMORY = "memory.sqlite"


def witness_in(folder: Path) -> LogWitness:
    """A witness that has just started."""
    return LogWitness(folder, Memory(folder / MEMORY), OWN, LOGS, SystemClock())


def asked(fork: str, old: int, size: int) -> bytes:
    """What a log asks that goes on as it should."""
    return request_of(old, path(fork, old, size), signed(fork, size))


def test_a_new_start_knows_what_was_cosigned(tmp_path: Path) -> None:
    """A rolled-back log is refused with the size that it had, another history with its proof.

    The note is whole, with the log's signatures and its own; its files are its owner's alone.
    """
    witness_in(tmp_path / "w").add(asked("a", 0, 9))

    note = witness_in(tmp_path / "w").checkpoint(log_id(ORIGIN))
    assert note is not None
    assert len(open_note(note, [*LOGS[ORIGIN], OWN.key])[1]) == 3
    kept = [tmp_path / "w", *(tmp_path / "w").iterdir()]
    assert [stat.S_IMODE(one.stat().st_mode) for one in kept] == [0o700, *[0o600] * (len(kept) - 1)]

    back = witness_in(tmp_path / "w").add(asked("a", 0, 7))
    again = witness_in(tmp_path / "w").add(asked("a", 7, 8))
    forked = witness_in(tmp_path / "w").add(
        request_of(9, consistency_path(9, 12, log_of("b", 12).hashes().subtree), signed("b", 12))
    )

    assert [back.status, again.status, forked.status] == [409, 409, 422]
    assert back.body == again.body == b"9\n"


def test_a_second_history_is_kept_and_told_now_and_after_each_start(tmp_path: Path) -> None:
    """Metric, warning and a log line that names the log and nothing else."""
    witness_in(tmp_path).add(asked("a", 0, 9))
    witness, before = witness_in(tmp_path), Metrics("justice")
    witness.watch(before, ServiceHealth())

    shown = witness.add(request_of(9, (), signed("b", 9)))

    assert shown.code == TWO_HISTORIES
    assert b"relais_witness_two_histories 1.0" in before.page()
    metrics, health = Metrics("justice"), ServiceHealth()
    with capture_logs() as lines:
        witness_in(tmp_path).watch(metrics, health)
    assert b"relais_witness_two_histories 1.0" in metrics.page()
    assert health.report()["warnings"] == [TWO_HISTORIES]
    assert [(line["code"], line["logs"]) for line in lines] == [(TWO_HISTORIES, [ORIGIN])]
    assert (tmp_path / f"{log_id(ORIGIN)}.{CONTRADICTION}").exists()
    assert witness_in(tmp_path).add(asked("a", 9, 12)).status == 403
    (kept,) = witness_in(tmp_path).contradictions()
    assert contradiction(kept.cosigned, kept.contradiction, LOGS[ORIGIN]) is not None


@pytest.mark.parametrize("other", [b"x", b"relais.test/civil-0\n"])
def test_a_memory_of_what_it_did_not_sign_cosigns_nothing(tmp_path: Path, other: bytes) -> None:
    """Whoever wrote it there."""
    witness_in(tmp_path).add(asked("a", 0, 9))
    with Memory(tmp_path / MEMORY).changing() as rows:
        rows.update(dict.fromkeys(rows, other))

    with pytest.raises(ProofError):
        witness_in(tmp_path).add(asked("a", 0, 9))


def test_two_processes_of_one_agency_keep_one_memory(tmp_path: Path) -> None:
    """A second one that was started by mistake does not cosign what the first could not."""
    first, second = witness_in(tmp_path), witness_in(tmp_path)
    first.add(asked("a", 0, 9))

    assert second.add(asked("b", 0, 9)).code == TWO_HISTORIES
    assert first.add(asked("a", 9, 12)).code == TWO_HISTORIES


async def test_a_log_asks_over_http_without_a_token(tmp_path: Path) -> None:
    """As the standard has it: lines, size, statuses; the last checkpoint for monitors."""
    async with serving("justice") as bench:
        bench.parts.witness = witness_in(tmp_path)

        async def post(body: bytes) -> tuple[int, str, bytes]:
            answer = await bench.client.post("/witness/add-checkpoint", content=body)
            return answer.status_code, answer.headers["content-type"], answer.content

        good = await post(asked("a", 0, 9))
        conflict = await post(asked("a", 0, 12))
        refused = [await post(body) for body in (b"", asked("b", 9, 12), b"x" * 70_000)]
        shown = await bench.client.get(f"/witness/{log_id(ORIGIN)}/checkpoint")
        unknown = await bench.client.get(f"/witness/{'0' * 64}/checkpoint")

    assert good[:2] == (200, "text/plain; charset=utf-8")
    open_note(signed("a", 9) + good[2], [OWN.key])
    assert conflict == (409, "text/x.tlog.size", b"9\n")
    assert [status for status, _media, _body in refused] == [400, 422, 413]
    assert {media for _status, media, _body in refused} == {"application/problem+json"}
    open_note(shown.content, [OWN.key])
    assert unknown.status_code == 404


async def test_without_a_memory_or_a_policy_nothing_is_cosigned(tmp_path: Path) -> None:
    """A disk that fails says 503, an agency that is no witness knows no log."""
    (tmp_path / "file").write_text("no folder")
    async with serving("justice") as bench:
        none = await bench.client.post("/witness/add-checkpoint", content=asked("a", 0, 9))
        bench.parts.witness = witness_in(tmp_path / "file")
        lost = await bench.client.post("/witness/add-checkpoint", content=asked("a", 0, 9))
        unread = await bench.client.get(f"/witness/{log_id(ORIGIN)}/checkpoint")

    assert (none.status_code, none.json()["code"]) == (404, "origin_unknown")
    for answer in (lost, unread):
        assert (answer.status_code, answer.json()["code"]) == (503, "witness_unavailable")
        assert answer.headers["retry-after"] == "2"


AT = 1_788_760_800
KEY = "keys/agencies/justice.witness"
ADDRESSES = {"civil": "http://127.0.0.1:9/log", "criminal": "http://127.0.0.1:9/log/"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as it was made."""
    made = Home(tmp_path_factory.mktemp("home") / "relais")
    made.prepare(AT, 1)
    return made.path


def started(home: Path, agency: str = "justice") -> tuple[LogWitness | None, set[str], list[str]]:
    """What an agency starts as, its warnings, and the codes in its log."""
    settings, health = load(AgencySettings, home=home, agency=agency), ServiceHealth()
    with capture_logs() as lines:
        witness = witness_of(settings, Memory(None), settings.clock(), Metrics(agency), health)
    return witness, health.warnings, [line["code"] for line in lines]


def test_each_agency_of_a_home_is_a_witness_of_every_log(home: Path) -> None:
    """Of both realms; a new partner is none before the owners name it, and its service works."""
    assert started(home, "hospital") == (None, {NO_WITNESS}, ["not_in_policy"])
    for agency in Home(home).agencies:
        witness, *told = started(home, agency)
        assert told == [set(), []]
        assert witness is not None
        assert len(witness._logs) == 12


def _lowered(home: Path) -> None:
    file = policy_file(home, "civil")
    file.write_bytes(file.read_bytes().replace(b"agencies 4", b"agencies 1"))


def _no_policy(home: Path) -> None:
    for realm in ("civil", "criminal"):
        policy_file(home, realm).unlink()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_lowered, "policy_not_signed"),
        (lambda home: policy_signature(home, "civil").unlink(), "policy_not_signed"),
        (lambda home: (home / KEY).write_bytes(bytes(32)), "witness_key_differs"),
        (_no_policy, "not_in_policy"),
    ],
)
def test_who_cannot_be_a_witness_says_why_and_works_on(
    home: Path, tmp_path: Path, spoil: Callable[[Path], Any], code: str
) -> None:
    """A warning and a log line; the agency's own work needs no witness."""
    copied = Path(copytree(home, tmp_path / "home"))
    spoil(copied)

    assert started(copied) == (None, {NO_WITNESS}, [code])


def followed(
    home: Path, realms: tuple[str, ...], logs: dict[str, str]
) -> tuple[set[tuple[str, int]], set[str], list[str]]:
    """Which logs an agency follows, its warnings, and what its log says."""
    settings = load(AgencySettings, home=home, agency="police", realms=realms, logs=logs)
    health = ServiceHealth()
    with capture_logs() as lines:
        check = log_check_of(settings, Metrics("police"), health)
    awaited = set(check.awaited)
    check.close()
    return awaited, health.warnings, [str(line.get("code", line["event"])) for line in lines]


def test_it_follows_each_partition_of_its_own_buses_whose_address_it_has(home: Path) -> None:
    """Of another bus nothing; without an address, no warning: nobody has asked for it."""
    both, civil = ("civil", "criminal"), {("civil", number) for number in range(6)}

    assert len(followed(home, both, ADDRESSES)[0]) == 12
    assert followed(home, ("civil",), ADDRESSES) == (civil, set(), [])
    assert followed(home / "none", ("civil",), {}) == (set(), set(), ["no log is followed"])


@pytest.mark.parametrize(
    ("file", "code"), [(policy_signature, "policy_not_signed"), (policy_file, "no_policy")]
)
def test_without_a_policy_to_be_believed_it_warns(
    home: Path, tmp_path: Path, file: Callable[[Path, str], Path], code: str
) -> None:
    """Of the bus without one; the other is followed."""
    copied = Path(copytree(home, tmp_path / "home"))
    file(copied, "civil").unlink()

    awaited, *told = followed(copied, ("civil", "criminal"), ADDRESSES)

    assert {realm for realm, _number in awaited} == {"criminal"}
    assert told == [{"log_not_followed_civil"}, [code]]
