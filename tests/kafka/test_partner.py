"""A hospital in the real federation, by three files: convention, `partners.json` and its keys."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.convention.load import load
from contracts.conventions import shipped
from services.operate.home.home import Home
from services.platform.settings import AgencySettings
from services.platform.settings import load as load_settings
from tests.contracts.convention.hospital import third
from tests.flows.test_two_partners import CONCERN, INFORMED
from tests.kafka import kit
from tests.kafka.play.test_up import arrivals, ask, federation, relais, until_arrived
from tests.patience import PATIENCE, until
from tests.ports import free_port

UMJ = {"desk": "umj", "role": "UMJ", "label": {"fr": "UMJ", "en": "Forensic unit"}}

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def test_a_partner_joins_under_tls_while_nobody_restarts(tmp_path: Path) -> None:
    """Its key pinned, its convention adopted, its desk, topics, rights: all by command."""
    home, next_file = tmp_path / "home", tmp_path / "next.yaml"
    with federation(home, "--nodes", "1", "--tls") as facts:
        services = {row["service"]: row["pid"] for row in facts["services"]}
        joined_by = _join(home, next_file)
        with _partner(home, facts, tmp_path) as url:
            concern = CONCERN | INFORMED | {"reference": "dossier 7"}
            sent = ask(home, "umj", "POST", "/v1/referrals", url, json=concern)
            until_arrived(home, "crip")
            (arrived,) = arrivals(home, "crip")
            path = f"/v1/inbox/{arrived['event']}/outcome"
            answered = ask(home, "crip", "POST", path, json={"code": "help_in_place"})
            inbox = partial(ask, home, "umj", "GET", "/v1/inbox?desk=UMJ", url)
            until(lambda: inbox().json().get("items"))
            (reply,) = inbox().json()["items"]
        drift = relais(home, "kafka", "apply", "--check")
        left_by = _leave(home)
        relais(home, "send", "--desk", "edu-s", str(home / "examples" / "concern.json"))
        until_arrived(home, "crip", 2)
        audit = relais(home, "audit", "replay", "--format", "json")
        ended = [name for name, pid in services.items() if not Path(f"/proc/{pid}").exists()]

    commands = [*joined_by, *left_by]
    assert [(done.args[3:5], done.stderr) for done in commands if done.returncode] == []
    assert sent.status_code == 202, sent.text
    assert (arrived["from"], arrived["type"]) == ("umj", "IP")
    assert answered.status_code == 202, answered.text
    assert (reply["from"], reply["type"]) == ("crip", "FEEDBACK")
    assert drift.returncode == 0, drift.stdout
    verdict = orjson.loads(audit.stdout)
    assert (verdict["clean"], verdict["orders_rejected"]) == (True, {"civil": [], "criminal": []})
    logs = {log.stem: log.read_text() for log in (home / "logs").glob("*.log")}
    assert not ended, [logs[name][-20_000:] for name in ended]
    assert not [name for name, text in logs.items() if "order rejected" in text]
    assert not [name for name, text in logs.items() if '"event":"divergence"' in text]
    assert "waiting for an outbox" in logs["routing-civil-0"]


def _join(home: Path, file: Path) -> list[subprocess.CompletedProcess[str]]:
    """In the order of docs/how-to/modifier-la-convention.md."""
    own = Home(home).party_file("hospital")
    file.write_bytes(third(shipped()))
    parties = load(file.read_bytes()).parties
    done = [relais(None, "keys", "new", "--party", "hospital", "--file", str(own))]
    _pin(home / "owners.json", orjson.loads(done[0].stdout))
    for party in parties:
        key = str(Home(home).party_file(party))
        done.append(relais(None, "convention", "sign", str(file), "--party", party, "--key", key))
    done.append(relais(home, "convention", "adopt", "--check", str(file)))
    done.append(relais(home, "convention", "adopt", str(file)))
    for one in (file, *file.parent.glob(f"{file.name}.*.jws")):
        shutil.copy(one, home / one.name.replace(file.name, "convention.yaml"))
    (home / "partners.json").write_bytes(orjson.dumps([UMJ]))
    steps = (
        ("keys", "new"), ("directory", "adopt"), ("kafka", "apply"),
        ("keys", "tls", "hospital"),
    )  # fmt: skip
    done.extend(relais(home, *words) for words in steps)
    return done


def _leave(home: Path) -> list[subprocess.CompletedProcess[str]]:
    """Its desk leaves the directory; its rights go when routers read its outbox no more."""
    inputs = _inputs(home)
    (home / "partners.json").write_bytes(b"[]")
    done = [relais(home, "directory", "sign"), relais(home, "directory", "adopt")]
    until(lambda: _inputs(home) < inputs)
    done.append(relais(home, "kafka", "apply", "--prune"))
    return [*done, relais(home, "kafka", "apply", "--check", "--only", "rights")]


def _inputs(home: Path) -> int:
    """From how many outbox partitions the civil router said last that it routes."""
    lines = (home / "logs" / "routing-civil-0.log").read_bytes().splitlines()
    told = [orjson.loads(line) for line in lines if b'"event":"routing"' in line]
    return int(told[-1]["inputs"])


def _pin(file: Path, row: dict[str, Any]) -> None:
    owners = orjson.loads(file.read_bytes())
    owners["parties"].append(row)
    file.write_bytes(orjson.dumps(owners))


@contextmanager
def _partner(home: Path, facts: dict[str, Any], folder: Path) -> Iterator[str]:
    """`relais serve partner` for the hospital, with its own certificate; its address."""
    own, port = Home(home).certificate("hospital"), free_port()
    given = load_settings(
        AgencySettings, agency="hospital", kafka=facts["kafka"], home=home, http_port=port,
        tls_ca=own.ca, tls_cert=own.cert, tls_key=own.key,
    )  # fmt: skip
    process = kit.start(given, folder / "hospital.log", "services", "serve", "partner")
    try:
        asyncio.run(kit.ready(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
