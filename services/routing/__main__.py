"""`python -m services.routing`: one shard of a router."""

import sys
from functools import partial

from services.platform.keys.keystore import router_keys
from services.platform.keys.owners import read_owners
from services.platform.service import Serve, run_service
from services.platform.settings import RoutingSettings
from services.routing.app import serve


def _prepare(settings: RoutingSettings) -> Serve:
    owners = read_owners(settings.home)
    return partial(serve, settings, router_keys(settings.keys_dir, settings.realm), owners)


if __name__ == "__main__":
    sys.exit(run_service("routing", RoutingSettings, _prepare))
