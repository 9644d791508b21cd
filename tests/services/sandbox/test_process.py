"""`relais sandbox` as a newcomer starts it."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.patience import PATIENCE
from tests.services.sandbox.dialogue import DESK, Dialogue, concern, statuses
from tests.services.sandbox.process import client, resident, running

MOST_MB: Final = 90  # of 10^6 bytes
ASKED: Final = "edu-s"  # whom the CRIP may ask
DESKS: Final = {"education": ("edu-s", "edu-h-1"), "child_welfare": ("crip", "ase")}


def test_a_school_has_its_whole_conversation_with_it(tmp_path: Path) -> None:
    """The conversation that a test on Kafka has with a federation too, word for word."""
    with running(tmp_path / "home", "--empty") as facts, client(facts, DESK) as http:
        told = f"\nanswered after {facts['took_s']:.1f} s, {facts['cpu_s']:.1f} s of CPU; {resident(facts['pid'])} MB"
        heard = list(statuses(Dialogue(http, lambda *_: None).hold()))
    sys.stdout.write(f"{told}\n")

    assert {status for _asked, status in heard} >= {200, 202, 400, 401, 403, 404, 405, 409, 422}
    assert not [asked for asked, status in heard if status >= 500]


@pytest.mark.parametrize("agency", DESKS)
def test_full_inboxes_are_held_in_so_much_memory(tmp_path: Path, agency: str) -> None:
    """The usual agency's and the one to which most comes, after each of two desks has read all that lies there."""
    with running(tmp_path / "home", "--agency", agency) as facts:
        for desk in DESKS[agency]:
            with client(facts, desk) as http:
                assert http.get("/v1/inbox").json()["items"]
        held = resident(facts["pid"])

    assert held < MOST_MB


def test_it_needs_no_tls_but_for_webhooks(tmp_path: Path) -> None:
    """What is loaded later works without: a desk's page; with a receiver its client is there, and posts."""
    with running(tmp_path / "home", "--empty") as facts, client(facts, DESK) as http:
        token = (Path(facts["tokens"]) / DESK).read_text()
        signed_in = http.post("/desk/sign-in", data={"account": DESK, "password": token})
        page = http.get("/desk/inbox", headers={"Cookie": signed_in.headers["set-cookie"]})
        loaded = Path(f"/proc/{facts['pid']}/maps").read_text()
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        receiver.settimeout(PATIENCE)
        told = f"{ASKED}=http://127.0.0.1:{receiver.getsockname()[1]}/"
        with (
            running(tmp_path / "home", "--empty", "--webhook", told) as facts,
            client(facts, ASKED) as http,
        ):
            http.post("/v1/referrals", json=concern(reference="sandbox:asks"))
            posted = receiver.accept()[0]
            posted.close()

    assert (signed_in.status_code, page.status_code) == (303, 200)
    assert "libssl" not in loaded
