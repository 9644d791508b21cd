"""A run in a process of its own, which ends without cleaning up what its dead lives left."""

from __future__ import annotations

import logging
import os
import pickle
import sys
import traceback
from typing import Any

from tests.simulation.run import TRAFFIC_S, Told, run


def run_apart(seed: int, traffic_s: float = TRAFFIC_S, **more: Any) -> Told:
    """Run as `run` does, in a child.

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
