"""A body of figures, with one cell."""

from __future__ import annotations

from typing import Any

_HASH = "A" * 43


def figures(**told: Any) -> dict[str, Any]:
    """A month in which one cell is told so: `count=10`, `suppressed=True`."""
    return {
        "period": "2026-12",
        "convd": _HASH,
        "heads": [{"partition": 0, "index": 7, "leaf": _HASH}],
        "cells": [{"table": "acts", "row": "IP.assess", "column": "EDU-S", **told}],
    }
