"""A routing shard with the model's keys, as a process: `python -m tests.bench.years.router`."""

from __future__ import annotations

import sys

from contracts.keys.keyring import HeldSigners
from contracts.log.routing.partition_router import RouterKeys
from services.platform.process import exit_codes, logs
from services.platform.settings import RoutingSettings, load
from services.routing.app import serve
from tests.bench.years.parties import ROUTER, owners
from tests.contracts.envelope.kit import ROUTING_SECRET


def main() -> int:
    """Run until SIGTERM; the exit code of the service."""
    settings = load(RoutingSettings)
    logs.configure("routing", settings.log_level)
    keys = RouterKeys(HeldSigners(ROUTER), ROUTING_SECRET)
    return exit_codes.run(lambda stop: serve(settings, keys, owners(), stop))


if __name__ == "__main__":
    sys.exit(main())
