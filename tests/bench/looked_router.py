"""A routing shard that looks where its CPU goes: `python -m tests.bench.looked_router`.

SIGUSR2 writes what was counted since the last one to the file that LOOKED names.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from tests.bench.where import STAGES, looking
from tests.kafka.router import main

if __name__ == "__main__":
    with looking(STAGES, by_cpu=True) as found:

        def tell(_number: int, _frame: object) -> None:
            """Write the counts, in one step, and begin anew."""
            path = Path(os.environ["LOOKED"])
            part = path.with_suffix(".part")
            part.write_text(json.dumps(found))
            part.replace(path)
            found.clear()

        signal.signal(signal.SIGUSR2, tell)
        code = main()
    sys.exit(code)
