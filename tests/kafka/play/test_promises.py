"""A sandbox answers as a federation does."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from services.operate.home.home import Home
from tests.kafka.play.test_up import federation
from tests.patience import PATIENCE, until
from tests.services.sandbox import process as sandbox
from tests.services.sandbox.dialogue import DESK, Dialogue

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def client(home: Home, url: str, desk: str) -> httpx.Client:
    """A desk's partner system."""
    headers = {"Authorization": f"Bearer {home.token(desk)}"}
    return httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False)


def test_a_sandbox_answers_a_school_as_a_federation_does(
    tmp_path: Path,
) -> None:
    """One conversation with both, byte for byte: and what leads a sandbox's CRIP leads no other."""
    home = Home(tmp_path / "federation")

    def act(what: str, event: str, body: dict[str, str]) -> None:
        """The CRIP's part, which in a sandbox it does by itself."""
        with client(home, urls["crip"], "crip") as crip:
            until(
                lambda: (
                    crip.post(f"/v1/inbox/{event}/{what}", json=body).status_code
                    == httpx.codes.ACCEPTED
                )
            )

    with federation(home.path) as facts:
        urls = {desk: row["url"] for row in facts["services"] for desk in row["desks"]}
        with client(home, urls[DESK], DESK) as http:
            lived = Dialogue(http, act).hold()
    with (
        sandbox.running(tmp_path / "home", "--empty") as facts,
        sandbox.client(facts, DESK) as http,
    ):
        tried = Dialogue(http, lambda *_: None).hold()

    assert tried == lived
