"""`python3 -m services.platform.process.container_healthcheck`: 0 if ready.

The standard library alone: it runs every few seconds, in every container.
"""

from __future__ import annotations

import os
from http.client import HTTPConnection, HTTPException
from typing import Final

LIMIT_S: Final = 4.0


def ready(port: int) -> bool:
    """Whether the service on a port of this machine says that it is ready."""
    connection = HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    raise SystemExit(not ready(int(os.environ.get("RELAIS_HTTP_PORT", "8080"))))
