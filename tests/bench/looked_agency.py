"""A service that looks where its CPU goes: `python -m tests.bench.looked_agency serve ROLE`."""

from __future__ import annotations

from services.cli.app import app
from tests.bench.where import INTAKE, telling

if __name__ == "__main__":
    with telling(INTAKE):
        app(prog_name="relais")
