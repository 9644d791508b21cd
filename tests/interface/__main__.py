"""`python -m tests.interface`: what breaks the callers of the last release, exit 1 if anything does.

`--keep` writes the kept documents anew: with a release, and never to make a test green.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.interface.kept import AGENCIES_KEPT, compared, keep


async def main(*, keep_now: bool) -> int:
    """Compare, or keep."""
    if keep_now:
        for agency in AGENCIES_KEPT:
            await keep(agency)
        return 0
    lines = [f"{agency}: {line}" for agency in AGENCIES_KEPT for line in await compared(agency)]
    print("\n".join(lines) or "nothing breaks")  # noqa: T201 (a command)
    return 1 if lines else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.interface", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="write the kept documents anew")
    sys.exit(asyncio.run(main(keep_now=parser.parse_args().keep)))
