"""What goes wrong in a federation is on the console in seconds: what, since when, whom."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final

import httpx
import pytest

from contracts.vocabulary import topics
from services.console.roles import ROLES
from services.console.settings import ACCOUNTS
from services.operate.home.home import Home
from services.operate.home.keys import private_folder, write_secret
from services.platform.browser.sign_in.local_accounts import new_accounts
from services.platform.patience import VARIABLE
from services.platform.process import clock
from services.play.kafka import brokers
from tests.kafka import kit
from tests.kafka.play.test_up import federation, relais, until_arrived
from tests.patience import until

DAY_S: Final = 86_400
CANARY: Final = "Zoe Canari"

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@dataclass
class Watched:
    """A federation with an operator at its console.

    Attributes:
        took: what was done -> seconds until a page said so.
    """

    home: Home
    kafka: str
    pids: dict[str, int]
    browser: httpx.Client
    took: dict[str, float] = field(default_factory=dict)

    def says(self, *words: str, path: str = "/") -> str:
        """The page, tags apart, if it says all of these; else empty."""
        page = self.browser.get(path, params={"lang": "en"})
        text = re.sub(
            r"\s+",
            " ",
            unescape(re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL)),
        )
        return text if all(word in text for word in words) else ""

    def until(self, what: str, *words: str, path: str = "/") -> str:
        """Load a page until it says these words; note how long that took.

        The words of the alert stand there with the instant since when it is so, and with what to
        do.
        """
        began = time.monotonic()
        until(lambda: bool(self.says(*words, path=path)), lambda: words)
        self.took[what] = time.monotonic() - began
        return self.says(*words, path=path)


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    """What is set for this module."""
    with pytest.MonkeyPatch.context() as patched:
        yield patched


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch
) -> Iterator[Watched]:
    """One federation with one broker; what it hurts first is mended before the next."""
    home = tmp_path_factory.mktemp("sees") / "home"
    patch.setenv(VARIABLE, "1")  # as an operator has it
    private_folder(home)
    accounts, passwords = new_accounts(ROLES)
    write_secret(home / ACCOUNTS, accounts)
    with federation(home) as facts:
        urls = {row["service"]: row["url"] for row in facts["services"]}
        pids = {row["service"]: row["pid"] for row in facts["services"]}
        with httpx.Client(base_url=urls["console"], trust_env=False) as browser:
            form = {"account": "operator", "password": passwords["operator"]}
            assert browser.post("/sign-in", data=form).status_code == httpx.codes.SEE_OTHER
            seen = Watched(Home(home), str(facts["kafka"]), pids, browser)
            yield seen
        for what, seconds in seen.took.items():
            sys.stdout.write(f"\n{what}: on the console after {seconds:.1f} s")


def test_garbage_a_lie_an_overdue_duty_a_service_and_a_broker(watched: Watched) -> None:
    """One after the other, each with whom it concerns and what to do."""
    outbox, evidence = topics.outbox("civil", "police"), topics.evidence("civil")
    _calm(watched)

    _write(watched, {"topic": outbox, "partition": 1, "key": b"k", "value": CANARY.encode()})
    since = watched.until(
        "garbage on a topic",
        "Records in quarantine of civil, to be released or discarded: 1",
        "Tell the issuer",
    )
    named = watched.until(
        "... and of whom", "by code and by whose it is", "police", path="/quarantine"
    )

    _write(watched, {"topic": evidence, "partition": 1, "key": b"A" * 43, "value": b"{}"})
    lie = watched.until(
        "a lie planted in the log", "audit has seen what must not be: evidence_altered"
    )

    sent = relais(
        watched.home.path,
        "send",
        "--desk",
        "edu-s",
        str(watched.home.path / "examples" / "concern.json"),
    )
    until_arrived(watched.home.path, "crip")
    clock.set_to(watched.home.clock, int(time.time()) + 20 * DAY_S)
    late = watched.until("a duty that falls overdue", "Duties of CRIP overdue: ")

    os.kill(watched.pids["police"], signal.SIGSTOP)
    silent = watched.until("a service that stands still", "police does not answer")
    os.kill(watched.pids["police"], signal.SIGCONT)
    until(lambda: not watched.says("police does not answer"))

    os.kill(brokers.status(watched.home.kafka).pids["kafka"], signal.SIGKILL)
    dead = watched.until("a broker that was killed", "a Kafka node, does not answer")
    until(lambda: not watched.says("a Kafka node, does not answer"))

    assert sent.returncode == 0, sent.stderr
    assert all(
        re.search(r"\(UTC[+-]\d\d:\d\d\)", page) for page in (since, lie, late, silent, dead)
    )
    assert "docs/how-to/" in since
    assert not [page for page in (since, named, lie, late, silent, dead) if CANARY in page]


def _write(watched: Watched, record: dict[str, Any]) -> None:
    asyncio.run(kit.write(watched.kafka, [record]))


def _calm(watched: Watched) -> None:
    """The console has looked, and nothing of what follows stands on it yet."""
    until(lambda: bool(watched.says("Nothing needs anybody.")))
