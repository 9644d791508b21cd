"""Whoever runs `make faults` is told what the machine lacks before anything starts, and what to do."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.faults import __main__ as command
from tests.faults import needs


@pytest.fixture(autouse=True)
def _nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with neither libfaketime nor any tool for disks."""
    monkeypatch.setattr(needs, "has_own_clocks", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda _tool: None)


def test_what_is_missing_says_what_it_costs_and_how_to_get_it() -> None:
    """Got, expected, which faults go without, and the one script that installs it."""
    clock, disks = map(str, needs.lacks())

    assert clock.startswith(
        "got no libfaketimeMT.so.1, expected Debian's libfaketime; without it no "
    )
    assert "mkfs.ext4, e2fsck" in disks
    assert clock.endswith(needs.SETUP)
    assert disks.endswith(needs.SETUP)


def test_a_user_who_may_not_mount_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools alone are not enough."""
    monkeypatch.setattr(shutil, "which", lambda tool: tool)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert "got user 1000, expected root" in str(needs.lacks()[-1])


def test_a_whole_campaign_does_not_begin_without_its_means(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """500 faults are of every kind: 2 at once, instead of `never happened` after half an hour."""
    monkeypatch.setenv("RELAIS_FAULTS", str(command.WHOLE))

    assert command.main() == 2
    assert capsys.readouterr().out.count("this machine lacks: ") == 2
