"""`relais partner check`: a desk's PING by its service, or a partner's own folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from services.cli.partner import check
from services.operate.joining import checking
from tests.services.cli.partner.conftest import Run
from tests.services.operate.joining.test_joining import Joined, joined, relais

__all__ = ["joined"]  # a fixture
EVENT = "01939e3a-0000-7000-8000-000000000001"
ASKED = ("partner", "check", "crip", "--url", "http://test", "--format", "json")


def _service(
    state: str = "decided", *, code: str = "", status: int = 401
) -> Callable[[httpx.Request], httpx.Response]:
    """A service whose router comes to this state; with a code, one that refuses the PING."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            assert request.url.path == f"/v1/referrals/{EVENT}"
            return httpx.Response(200, json={"state": state})
        assert request.url.path == "/check"
        if code:
            return httpx.Response(status, json={"code": code})
        return httpx.Response(202, json={"events": [EVENT]})

    return answer


@pytest.mark.parametrize(
    ("service", "told"),
    [
        (_service(), {"works": True}),
        (_service(code="token_unknown"), {"code": "token_unknown"}),
        (_service("refused"), {"code": "ping_refused"}),
        (_service("published"), {"code": "ping_unanswered"}),
    ],
)
def test_a_desk_whose_ping_comes_back_is_connected(
    run: Run, monkeypatch: pytest.MonkeyPatch, service: Any, told: dict[str, Any]
) -> None:
    """What does not work is told by its code; the exit code is 1."""
    monkeypatch.setattr(check, "PING_S", 0)

    done = run(service, *ASKED)

    assert done.exit_code == ("code" in told)
    assert told.items() <= json.loads(done.stdout).items()


@pytest.mark.parametrize("answer", [b"{}", b"[]", b'{"code":"\\u001b[2Jcanary"}', b"canary"])
def test_what_is_no_service_ends_in_words(run: Run, answer: bytes) -> None:
    """And repeats nothing of it."""
    done = run(
        lambda request: httpx.Response(401 if request.method == "POST" else 200, content=answer),
        *ASKED,
    )

    assert done.exit_code == 3
    assert "no_service" in done.stderr
    assert "canary" not in done.output


def test_a_folder_that_is_not_ready_is_told_what_it_lacks(joined: Joined, tmp_path: Path) -> None:
    """Brokers, an answer, a certificate, which is not made anew."""
    own, new = Path(shutil.copytree(joined.partner, tmp_path / "own")), tmp_path / "new"
    settings = json.loads((own / "settings.json").read_bytes())
    relais("partner", "new", "asso-3", "--role", "ASSO", "--folder", new)
    kept = (own / "client.pem").rename(tmp_path / "client.pem")

    assert "no_answer_yet" in relais("partner", "check", "--folder", new, code=2)
    assert "client.pem" in relais("partner", "check", "--folder", own, code=2)
    assert not (own / "client.pem").exists()
    kept.rename(own / "client.pem")
    (own / "settings.json").write_text(json.dumps(settings | {"kafka": "127.0.0.1:9"}))
    assert "kafka_unreachable" in relais("partner", "check", "--folder", own, code=3)


def test_a_right_too_many_is_found(joined: Joined, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another agency's inbox, or the log, is shown to us."""

    async def registry(*_: object, **_more: object) -> object:
        desks = {"crip": SimpleNamespace(agency="child_welfare")}
        directories = {"": SimpleNamespace(desks=desks)}
        return SimpleNamespace(in_force=lambda _at: ("", ""), directories=directories)

    async def visible(_kafka: str, names: list[str], _client: object) -> frozenset[str]:
        return frozenset(names)

    monkeypatch.setattr(checking, "read_registry", registry)
    monkeypatch.setattr(checking, "visible", visible)

    said = relais("partner", "check", "--folder", joined.partner, code=1)

    assert "not_refused" in said
    assert "relais.civil.inbox.child_welfare" in said
