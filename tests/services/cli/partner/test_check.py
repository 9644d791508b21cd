"""`relais partner check`: nine rows in both languages, 1 if one cannot, and what to do; no token in any answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

import services
from services.platform.self_test import words
from services.platform.self_test.rows import ROWS, SelfTestRow, cannot, every, read_rows, worked

GOOD = every(worked(name, 1_800_000_000) for name in ROWS)
BAD = every((*GOOD[:1], cannot("tls", 1_800_000_000, "kafka_untrusted"), *GOOD[2:]))


def _service(
    rows: tuple[SelfTestRow, ...], code: str = ""
) -> Callable[[httpx.Request], httpx.Response]:
    """A service that has found these rows; with a code, one that does not take the token."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/check"
        if code and request.method == "POST":
            return httpx.Response(401, json={"code": code})
        return httpx.Response(200, json={"desks": {"crip": [row.document() for row in rows]}})

    return answer


def test_all_nine_work(run: Callable[..., Any]) -> None:
    """Exit 0, each with the instant at which it was seen working."""
    done = run(_service(GOOD), "partner", "check", "CRIP", "--url", "http://test")

    assert done.exit_code == 0
    assert done.stdout.count("seen working at 15") == 9


def test_what_cannot_is_said_with_cause_and_next_step(run: Callable[..., Any]) -> None:
    """Exit 1."""
    done = run(_service(BAD), "partner", "check", "crip", "--url", "http://test")

    assert done.exit_code == 1
    assert "of another authority" in done.stdout
    assert "put the authority of the brokers into RELAIS_TLS_CA." in done.stdout


def test_a_token_that_is_not_the_desks_is_one_row_and_the_others_are_told(
    run: Callable[..., Any],
) -> None:
    """Whoever installs sees what works already; a row that nobody tried is no fault."""
    rows = every(row for row in GOOD if row.name not in ("ping", "clock"))
    done = run(
        _service(rows, "token_unknown"), "partner", "check", "crip", "--url", "http://test", "--format", "json"
    )  # fmt: skip

    shown = {row.name: row for row in read_rows(orjson.loads(done.stdout))["crip"]}
    assert done.exit_code == 1
    assert (shown["token"].state, shown["token"].code) == ("cannot", "token_unknown")
    assert (shown["tls"].state, shown["ping"].state) == ("working", "unused")


@pytest.mark.parametrize("answer", [b"{}", b"[]", b'{"desks":{"crip":[{"row":"canary"}]}}'])
def test_what_is_no_self_test_ends_in_words(run: Callable[..., Any], answer: bytes) -> None:
    """And repeats nothing of it."""
    done = run(
        lambda _request: httpx.Response(200, content=answer),
        "partner", "check", "crip", "--url", "http://test",
    )  # fmt: skip

    assert done.exit_code == 3
    assert "no_service" in done.stderr
    assert "canary" not in done.output


def test_every_code_of_a_row_has_its_cause_and_next_step() -> None:
    """A code that stands in the agency's tests or the greeting of brokers is told in words."""
    root = Path(services.__file__).parent
    files = [
        *(root / "agency" / "self_test").glob("*.py"),
        root / "platform/kafka/connection/broker_probe.py",
    ]
    text = "".join(file.read_text("utf-8") for file in files)

    unsaid = [code for code in words.CODES if f'"{code}"' not in text]

    assert set(unsaid) <= {"not_tried", "token_unknown", "other_desk"}
    for code in words.CODES:
        row = cannot("tls", 1.0, code)
        assert words.cause(row) != code
        assert words.next_step(row)
