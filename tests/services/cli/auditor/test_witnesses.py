"""A log that showed a witness two histories: whoever judges that log is told, with exit code 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import orjson
import pytest
from typer.testing import Result

from contracts.proof.signed_policy import sign_policy
from contracts.proof.witness import TWO_HISTORIES, request_of
from services.audit import contradictions, source
from tests.contracts.proof.log import AT, POLICY_TEXT, WITNESSES, MemoryLog
from tests.contracts.proof.test_witness import LOGS, OWN, signed
from tests.services.agency.bench import witness_server
from tests.services.audit.bundle.kit import small_world
from tests.services.cli.auditor.test_evidence import home, run
from tests.services.cli.auditor.test_proofs import RECORDS, sign
from tests.services.cli.auditor.test_proofs import home as published_home
from tests.simulation.planted_log import PlantedLog
from tests.world import realm_keys

__all__ = ["home", "published_home"]

Serve = Callable[[object], None]
EVERYBODY = orjson.dumps({f"w{at}": f"http://w{at}/witness" for at in range(3)}).decode()


@pytest.fixture
def contradicted(tmp_path: Path) -> Iterator[str]:
    """The address of an agency's witness to which the log's keeper has shown two histories."""
    with witness_server(tmp_path / "w0", OWN, LOGS) as address:
        for body in (request_of(0, (), signed("a", 9)), request_of(9, (), signed("b", 9))):
            assert httpx.get(f"{address}/contradictions").json() == {"items": []}
            httpx.post(f"{address}/add-checkpoint", content=body)
        yield address


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Lets every witness serve this document."""

    def serve(document: object) -> None:
        def answer(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=httpx.ByteStream(orjson.dumps(document)))

        transport = httpx.MockTransport(answer)
        monkeypatch.setattr(contradictions, "http_transport", lambda: transport)

    return serve


def with_policy(home: Path) -> Path:
    """The home of a log in memory, whose owners signed a policy of three witnesses."""
    (home / "tlog-policy.civil").write_text(POLICY_TEXT)
    token = sign_policy(POLICY_TEXT.encode(), "civil", AT, realm_keys("civil").keeper)
    (home / "tlog-policy.civil.jws").write_text(token)
    return home


def replayed(home: Path, witnesses: str = EVERYBODY) -> Result:
    """A replay of that log, which asks the witnesses."""
    words = ("--home", with_policy(home), "--realm", "civil", "--witnesses", witnesses)
    return run("replay", *words)


def test_a_replay_finds_two_histories_shown_to_one_witness(home: Path, contradicted: str) -> None:
    """With origin, size and both roots; who did not answer is named, and hides nothing."""
    witnesses = orjson.dumps({"w0": contradicted, "w1": "http://127.0.0.1:1/witness"}).decode()

    done = replayed(home, witnesses)

    assert done.exit_code == 1
    assert "2 alarms; the first: civil bus, partition 0: An institution that" in done.stdout
    assert "two_histories" in done.stdout
    assert "relais.test/civil-0, 9 records: " in done.stdout
    assert "served by w0" in done.stdout
    assert "no answer on two histories from w1, w2" in done.stderr


@pytest.mark.parametrize(("size", "filled", "is_told"), [(9, 0, True), (9, 9, True), (3, 0, False)])
def test_a_replay_finds_a_log_that_is_shorter_than_a_witness_knows(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, size: int, filled: int,
    is_told: bool,
) -> None:  # fmt: skip
    """Its end was cut off, and filled up with anything; an honest one has all by then."""
    topics = {place: [*rows] for place, rows in small_world().topics.items()}
    own = topics["relais.civil.decisions", 0]
    own += [replace(own[-1], offset=own[-1].offset + 1 + at, value=b"{}") for at in range(filled)]
    monkeypatch.setattr(source, "KafkaLog", lambda *_given: PlantedLog(topics))
    with witness_server(tmp_path / "w0", OWN, LOGS) as address:
        httpx.post(f"{address}/add-checkpoint", content=request_of(0, (), signed("a", size)))
        done = replayed(home, orjson.dumps({"w0": address}).decode())

    assert (done.exit_code, "log_behind_witness" in done.stdout) == (int(is_told), is_told)
    assert ("9 records signed for, " in done.stdout) == is_told


def test_a_bundle_verified_live_is_held_to_the_witnesses(home: Path, contradicted: str) -> None:
    """Offline the same bundle is clean: it cannot tell of what was shown elsewhere."""
    out, asked = home / "evidence.zip", ("--witnesses", orjson.dumps({"w0": contradicted}).decode())
    assert run("export", "--home", home, "--out", out, "--realm", "civil").exit_code == 0
    verify = ("verify", out, "--home", with_policy(home))

    offline = run(*verify, *asked)
    live = run(*verify, "--live", "--report", home / "report.html", *asked)

    assert (offline.exit_code, TWO_HISTORIES in offline.stdout) == (0, False)
    assert (live.exit_code, TWO_HISTORIES in live.stdout) == (1, True)
    assert "both signed with the log’s key" in (home / "report.html").read_text("utf-8")


@pytest.mark.parametrize("shown", [True, False])
def test_a_proof_of_two_histories_fails(published_home: Path, serve: Serve, shown: bool) -> None:
    """Where no witness has seen two, or none can be reached, the files decide."""
    home, proof = published_home, published_home / "event.tlog-proof"
    sign(home)
    proof.write_bytes(MemoryLog().add(RECORDS).proof(12).data)
    serve({"items": [{"cosigned": SAME, "contradiction": FORKED}] if shown else []})

    done = run("check", proof, "--home", home, "--witnesses", EVERYBODY)

    assert done.exit_code == (1 if shown else 0)
    assert (f"it does not hold: {TWO_HISTORIES}" in done.stdout) == shown


SAME, FORKED = signed("a", 9).decode(), signed("b", 9).decode()
LIES = {
    "one head": {"cosigned": SAME, "contradiction": SAME},
    "not the log's": {
        "cosigned": SAME, "contradiction": signed("b", 9, WITNESSES[0]).decode(),
    },
    "two sizes": {"cosigned": SAME, "contradiction": signed("b", 12).decode()},
    "one note": {"cosigned": "", "contradiction": SAME},
    "another log": {"cosigned": SAME.replace("civil-0", "civil-1"), "contradiction": SAME},
}  # fmt: skip
NONSENSE: tuple[object, ...] = ([], {"items": 3}, {"items": [{"cosigned": 1, "contradiction": 2}]})
REPEATED = {"items": [{"cosigned": SAME, "contradiction": FORKED}] * 100}


@pytest.mark.parametrize(
    ("document", "alarms", "named"),
    [
        *(pytest.param({"items": [lie]}, 0, False, id=name) for name, lie in LIES.items()),
        *(pytest.param(document, 0, True, id="nonsense") for document in NONSENSE),
        pytest.param(REPEATED, 3, False, id="a hundred copies"),  # one of each witness
    ],
)
def test_a_witness_is_believed_what_the_log_has_signed(
    home: Path, serve: Serve, document: object, alarms: int, named: bool
) -> None:
    """Nobody's word raises an alarm or buries one; who talks nonsense has not answered."""
    serve(document)

    done = replayed(home)

    assert (done.exit_code, done.stdout.count("9 records: ")) == (alarms > 0, alarms)
    assert (TWO_HISTORIES in done.stdout) == (alarms > 0)
    assert ("from w0, w1, w2" in done.stderr) == named


@pytest.mark.parametrize("given", ["w0=x", "[]", '{"w0": "http://127.0.0.1:84200/witness"}'])
def test_an_address_that_is_none_is_wrong_use(home: Path, given: str) -> None:
    """Before anything is read: other text than JSON, and a port that no computer has."""
    done = replayed(home, given)

    assert (done.exit_code, "witnesses_malformed" in done.stderr) == (2, True)
