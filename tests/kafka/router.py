"""A routing shard with the test kit's keys, as a process: `python -m tests.kafka.router`."""

from __future__ import annotations

import asyncio
import signal
import sys

from services.platform.process import exit_codes, logs
from services.platform.settings import RoutingSettings, load
from services.routing.app import serve
from tests.kafka.kit import owners, router_keys


def dump(_number: int, _frame: object) -> None:
    """Where every task stands, for a test that waits in vain."""
    for task in asyncio.all_tasks(asyncio.get_event_loop()):
        task.print_stack(file=sys.stderr)


def main() -> int:
    """Run until SIGTERM; the exit code of the service."""
    signal.signal(signal.SIGUSR1, dump)
    settings = load(RoutingSettings)
    logs.configure("routing", settings.log_level)
    return exit_codes.run(lambda stop: serve(settings, router_keys(), owners(), stop))


if __name__ == "__main__":
    sys.exit(main())
