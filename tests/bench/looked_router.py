"""A routing shard that looks where its CPU goes: `python -m tests.bench.looked_router`."""

from __future__ import annotations

import sys

from tests.bench.where import STAGES, telling
from tests.kafka.router import main

if __name__ == "__main__":
    with telling(STAGES):
        code = main()
    sys.exit(code)
