"""A routing shard with the test kit's keys, as a process: `python -m tests.kafka.router`."""

from __future__ import annotations

import sys
from functools import partial

from services.platform.service import run_service
from services.platform.settings import RoutingSettings
from services.routing.app import serve
from tests.contracts.log.first_orders import owners
from tests.kafka.kit import router_keys


def main() -> int:
    """Run until SIGTERM; the exit code of the service."""
    return run_service(
        "routing", RoutingSettings,
        lambda settings: partial(serve, settings, router_keys(), owners()),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
