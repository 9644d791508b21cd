"""`python -m tests.simulation --seed 7`: one run told; `--seeds 10000`: so many, failures told.

The same seed gives the same bytes on Kafka, printed as their sum.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import pickle
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryFile
from typing import Any

from tests.simulation.acts import ACTS
from tests.simulation.fates import Fates
from tests.simulation.planted import PLANTS
from tests.simulation.run import Told, run

SAID = {
    "lost": ("accepted and not published", "lost: not decided", "messages lost"),
    "twice": ("published twice", "decided twice", "messages twice or of no record"),
    "gaps": ("gaps in sequences",),
}
SAY_S = 30.0  # between two lines of progress


def apart(work: Callable[[int], Told], seeds: Iterable[int], jobs: int) -> Generator[Told]:
    """Each run in a child, which ends without cleaning up what its dead lives left."""
    running, left = dict[int, tuple[int, Any]](), iter(seeds)
    try:
        while True:
            for seed in islice(left, jobs - len(running)):
                out = TemporaryFile()  # noqa: SIM115  (closed when it was read)
                if (child := os.fork()) == 0:
                    _run_and_end(work, seed, out)
                running[child] = seed, out
            if not running:
                return
            child, status = os.wait()
            seed, out = running.pop(child)
            with out:
                out.seek(0)
                ended = f"exit code {os.waitstatus_to_exitcode(status)}"
                broken = Told(seed, {"broke off": [ended]})
                yield broken if status else pickle.load(out)  # noqa: S301  (our own child's)
    finally:
        for child in running:
            os.kill(child, signal.SIGINT)  # it takes its folder away
            os.waitpid(child, 0)


def _run_and_end(work: Callable[[int], Told], seed: int, out: Any) -> None:
    code = 1
    try:
        pickle.dump(work(seed), out)
        out.flush()
        code = 0
    except Exception:  # noqa: BLE001  (told, and the child ends)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def tell(told: Told) -> None:
    """What a run says; of one that broke off, that alone."""
    if "broke off" in told.findings:
        print(f"seed {told.seed}: broke off: {told.findings['broke off'][0]}")  # noqa: T201
        return
    facts = {name: sum(len(told.findings.get(one, [])) for one in checks)
             for name, checks in SAID.items()}  # fmt: skip
    replay = "clean" if not told.findings.get("alarms of the audit") else "NOT CLEAN"
    said = ", ".join(f"{name} {count}" for name, count in facts.items())
    print(f"seed {told.seed}: {said}, replay {replay}; {told.counts}; {told.digest}")  # noqa: T201
    for line in told.findings_told:
        print(f"  {line}", flush=True)  # noqa: T201


def progress(done: int, bad: list[int], seconds: float) -> None:
    """How far it is, and how fast, to who waits."""
    each, hourly = sum(os.times()[2:4]) / done, done / seconds * 3600
    line = f"{done} runs, {len(bad)} failed; {each:.1f} CPU-seconds each, {hourly:.0f} an hour"
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def written(file: Path, seed: int) -> None:
    """Add a failed seed to those of a file."""
    known = json.loads(file.read_bytes()) if file.exists() else []
    file.write_text(json.dumps(sorted({*known, seed})) + "\n")


def _count(text: str) -> int:
    """At least one: none asked for would be told as none failed."""
    if (count := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"got {text}, expected at least 1")
    return count


def asked() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--seeds", type=_count, default=1, help="so many, from each --seed on")
    parser.add_argument("--jobs", type=_count, default=1, help="so many at once")
    parser.add_argument("--stop", type=_count, default=10, help="end when so many have failed")
    parser.add_argument("--write", type=Path, help="add failed seeds to this file")
    parser.add_argument("--act", action="append", choices=sorted(ACTS), help="else drawn by seed")
    parser.add_argument("--planted", choices=sorted(PLANTS), help="a fault; stop when it is found")
    parser.add_argument("--places", action="store_true", help="tell of each, and where lives ended")
    return parser.parse_args()


def main() -> int:
    """Run; 1 if anything was found."""
    given = asked()
    logging.disable()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends its children, too
    gc.disable()  # a run leaves little, and nothing of a dead life is to be cleaned up
    work = partial(run, names=given.act)
    seeds = [first + number for first in given.seed for number in range(given.seeds)]
    if len(seeds) > given.jobs:  # what all children would load and compute, each for itself
        run(0, Fates(Random(0), late=0.0), 0.0, ())
    began = said = time.monotonic()
    done, bad, deaths = 0, list[int](), Counter[str]()
    most = 1 if given.planted else given.stop
    plant, _ = PLANTS.get(given.planted, (nullcontext, ""))
    with plant(), closing(apart(work, seeds, given.jobs)) as runs:
        for told in runs:
            done += 1
            deaths.update(told.deaths)
            if told.findings_told:
                bad.append(told.seed)
                if given.write:
                    written(given.write, told.seed)
            if len(seeds) == 1 or given.places or told.findings_told:
                tell(told)
            if time.monotonic() > said + SAY_S or done == len(seeds):
                said = time.monotonic()
                progress(done, bad, said - began)
            if len(bad) >= most:
                break
    if given.places:
        for place, count in sorted(deaths.items()):
            print(f"{count:5} {place}")  # noqa: T201
    print(f"{done} runs, {len(deaths)} places of death, {deaths.total()} deaths, "  # noqa: T201
          f"failed: {sorted(bad) or 'none'}")  # fmt: skip
    return bool(bad)


if __name__ == "__main__":
    # Sets are to be in the same order, too, and no setting of a test's to change a bound.
    own = {name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")}
    if own != os.environ or own.get("PYTHONHASHSEED") != "0":
        command = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, command, own | {"PYTHONHASHSEED": "0"})  # noqa: S606
    sys.exit(main())
