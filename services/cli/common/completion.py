"""What the shell completes by Tab beyond names of commands, options and their fixed values."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from services.cli.common.output import HOME


def agencies(incomplete: str) -> list[str]:
    """Agencies that have a service of their own."""
    from contracts.vocabulary.scopes import AGENCIES

    return [name for name in AGENCIES if name.startswith(incomplete.lower())]


def desks(ctx: typer.Context, incomplete: str) -> list[str]:
    """Desks of the home that was named: those with a token, cheap to list."""
    home = Path(ctx.params.get("home") or os.environ.get("RELAIS_HOME") or HOME)
    names = sorted(file.name for file in (home / "tokens").glob("*"))
    if not names:
        from services.operate.home.partners import PARTNERS

        names = [partner.desk for partner in PARTNERS]
    return [name for name in names if name.startswith(incomplete.lower())]
