"""A hospital in the real federation, by three files: convention, `partners.json` and its keys."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from contracts.convention.load import load
from contracts.conventions import shipped
from services.operate.home.home import Home
from services.platform.settings import AgencySettings
from services.platform.settings import load as load_settings
from services.play.kafka.fetch import fetch_jars
from tests.contracts.convention.hospital import third
from tests.flows.test_two_partners import CONCERN, INFORMED
from tests.kafka import kit
from tests.patience import PATIENCE, until
from tests.ports import free_port
from tests.shell import at_work, invoke, serving

UMJ = {"desk": "umj", "role": "UMJ", "label": {"fr": "UMJ", "en": "Forensic unit"}}

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def relais(home: Path, *words: object) -> str:
    """A command of a home that must end with 0; what it printed."""
    done = invoke(*words, "--home", home)
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.stdout


def at_desk(home: Path, desk: str, url: str) -> httpx.Client:
    """A desk's software, at its agency's service."""
    headers = {"Authorization": f"Bearer {Home(home).token(desk)}"}
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=PATIENCE)


def until_items(client: httpx.Client, number: int = 1) -> list[Any]:
    """Wait until the desk has so many arrivals."""
    until(lambda: len(client.get("/v1/inbox").json().get("items", ())) >= number)
    items: list[Any] = client.get("/v1/inbox").json()["items"]
    return items


def test_a_partner_joins_under_tls_while_nobody_restarts(tmp_path: Path) -> None:
    """Its key pinned, its convention adopted, its desk, topics, rights: all by command."""
    fetch_jars()
    home = tmp_path / "home"
    up = ("up", "--home", home, "--nodes", "1", "--tls")
    with serving(tmp_path / "up.txt", *up) as facts:
        services = {row["service"]: row["pid"] for row in facts["services"]}
        _join(home, tmp_path / "next.yaml")
        with at_desk(home, "crip", Home(home).addresses["child_welfare"]) as crip:
            with _partner(home, facts, tmp_path) as url, at_desk(home, "umj", url) as umj:
                concern = CONCERN | INFORMED | {"reference": "dossier 7"}
                sent = umj.post("/v1/referrals", json=concern)
                (arrived,) = until_items(crip)
                path = f"/v1/inbox/{arrived['event']}/outcome"
                answered = crip.post(path, json={"code": "help_in_place"})
                (reply,) = until_items(umj)
            relais(home, "kafka", "apply", "--check")
            _leave(home)
            relais(home, "send", "--desk", "edu-s", home / "examples" / "concern.json")
            until_items(crip, 2)
        verdict = orjson.loads(relais(home, "audit", "replay", "--format", "json"))
        ended = [name for name, pid in services.items() if not Path(f"/proc/{pid}").exists()]

    assert at_work(home) == {}
    assert sent.status_code == 202, sent.text
    assert (arrived["from"], arrived["type"]) == ("umj", "IP")
    assert answered.status_code == 202, answered.text
    assert (reply["from"], reply["type"]) == ("crip", "FEEDBACK")
    assert (verdict["clean"], verdict["orders_rejected"]) == (True, {"civil": [], "criminal": []})
    logs = {log.stem: log.read_text() for log in (home / "logs").glob("*.log")}
    assert not ended, [logs[name][-20_000:] for name in ended]
    assert not [name for name, text in logs.items() if "order rejected" in text]
    assert not [name for name, text in logs.items() if '"event":"divergence"' in text]


def _join(home: Path, file: Path) -> None:
    """In the order of docs/how-to/modifier-la-convention.md."""
    own = Home(home).party_file("hospital")
    file.write_bytes(third(shipped()))
    pinned = relais(home, "keys", "new", "--party", "hospital", "--file", own)
    owners = orjson.loads((home / "owners.json").read_bytes())
    owners["parties"].append(orjson.loads(pinned))
    (home / "owners.json").write_bytes(orjson.dumps(owners))
    for party in load(file.read_bytes()).parties:
        key = Home(home).party_file(party)
        relais(home, "convention", "sign", file, "--party", party, "--key", key)
    relais(home, "convention", "adopt", "--check", file)
    relais(home, "convention", "adopt", file)
    for one in (file, *file.parent.glob(f"{file.name}.*.jws")):
        shutil.copy(one, home / one.name.replace(file.name, "convention.yaml"))
    (home / "partners.json").write_bytes(orjson.dumps([UMJ]))
    relais(home, "keys", "new")
    relais(home, "directory", "adopt")
    routed = home / "logs" / "routing-civil-0.log"
    until(lambda: "waiting for an outbox" in routed.read_text())
    relais(home, "kafka", "apply")
    relais(home, "keys", "tls", "hospital")


def _leave(home: Path) -> None:
    """Its desk leaves the directory; its rights go when routers read its outbox no more."""
    inputs = _inputs(home)
    (home / "partners.json").write_bytes(b"[]")
    relais(home, "directory", "sign")
    relais(home, "directory", "adopt")
    until(lambda: _inputs(home) < inputs)
    relais(home, "kafka", "apply", "--prune")
    relais(home, "kafka", "apply", "--check", "--only", "rights")


def _inputs(home: Path) -> int:
    """From how many outbox partitions the civil router said last that it routes."""
    lines = (home / "logs" / "routing-civil-0.log").read_bytes().splitlines()
    told = [orjson.loads(line) for line in lines if b'"event":"routing"' in line]
    return int(told[-1]["inputs"])


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
