"""`relais partner check`, from a partner's own folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.operate.joining import checking
from tests.services.operate.joining.test_joining import Joined, joined, relais

__all__ = ["joined"]  # a fixture


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
