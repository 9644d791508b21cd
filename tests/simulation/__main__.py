"""`python -m tests.simulation --seed 7`: one run told; `--seeds 10000`: so many, failures told.

The same seed gives the same bytes on Kafka, printed as their sum.
"""

from __future__ import annotations

import argparse
import logging
import os
import pickle
import sys
import time
import traceback
from collections import Counter
from contextlib import nullcontext
from typing import Any

from tests.simulation.acts import ACTS
from tests.simulation.planted import PLANTS
from tests.simulation.run import TRAFFIC_S, Told, run

SAID = {
    "lost": ("accepted and not published", "lost: not decided", "messages lost"),
    "twice": ("published twice", "decided twice", "messages twice or of no record"),
    "gaps": ("gaps in sequences",),
}


def run_apart(seed: int, traffic_s: float = TRAFFIC_S, **more: Any) -> Told:
    """Run as `run` does, in a child, which ends without cleaning up what its dead lives left.

    Raises:
        AssertionError: the child ended without telling.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        logging.disable()
        try:
            with os.fdopen(writing, "wb") as out:
                pickle.dump(run(seed, traffic_s=traffic_s, **more), out)
            code = 0
        except BaseException:  # noqa: BLE001  (told, and the child ends)
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as source:
        data = source.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, f"seed {seed} ended with {status}"
    told: Told = pickle.loads(data)  # noqa: S301  (our own child's)
    return told


def tell(told: Told) -> None:
    """What a run says."""
    facts = {name: sum(len(told.findings.get(one, [])) for one in checks)
             for name, checks in SAID.items()}  # fmt: skip
    replay = "clean" if not told.findings.get("alarms of the audit") else "NOT CLEAN"
    said = ", ".join(f"{name} {count}" for name, count in facts.items())
    print(f"seed {told.seed}: {said}, replay {replay}; {told.counts}; {told.digest}")  # noqa: T201
    for line in told.findings_told:
        print(f"  {line}")  # noqa: T201


def main() -> int:
    """Run; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="so many, from --seed on")
    parser.add_argument("--traffic", type=float, default=TRAFFIC_S, help="seconds of virtual time")
    parser.add_argument("--act", action="append", choices=sorted(ACTS), help="else drawn by seed")
    parser.add_argument("--planted", choices=sorted(PLANTS), help="a fault; stop when it is found")
    parser.add_argument("--places", action="store_true", help="tell of each, and where lives ended")
    asked = parser.parse_args()
    began, bad, deaths = time.process_time(), list[int](), Counter[str]()
    for seed in range(asked.seed, asked.seed + asked.seeds):
        with PLANTS.get(asked.planted, nullcontext)():
            told = run_apart(seed, asked.traffic, names=asked.act)
        deaths.update(told.deaths)
        if told.findings_told:
            bad.append(seed)
        if asked.seeds == 1 or asked.places or told.findings_told:
            tell(told)
        if asked.planted and bad:
            break
    if asked.places:
        for place, count in sorted(deaths.items()):
            print(f"{count:5} {place}")  # noqa: T201
    spent = time.process_time() - began + sum(os.times()[2:4])
    print(f"{asked.seeds} runs, {len(deaths)} places of death, {deaths.total()} deaths, "  # noqa: T201
          f"failed: {bad or 'none'}; {spent:.0f} CPU-seconds")  # fmt: skip
    return bool(bad)


if __name__ == "__main__":
    # Sets are to be in the same order, too, and no setting of a test's to change a bound.
    own = {name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")}
    if own != os.environ or own.get("PYTHONHASHSEED") != "0":
        command = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, command, own | {"PYTHONHASHSEED": "0"})  # noqa: S606
    sys.exit(main())
