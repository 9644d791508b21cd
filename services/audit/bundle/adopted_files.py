"""Each convention that orders brought, as a file for people, and its signatures (bundle §5).

Both stand in control too, inside the order; who verifies a bundle makes them anew from there.
Directories are megabytes that nobody reads, and stand in control alone.
"""

from __future__ import annotations

from contracts.encoding import canonical
from contracts.log.orders.registry import Registry

FOLDER = "in-force"


def adopted_files(registry: Registry) -> dict[str, bytes]:
    """Name in the bundle -> content."""
    files: dict[str, bytes] = {}
    for order in registry.orders:
        if order.kind != "adopt_convention":
            continue
        version = registry.conventions[order.target].version
        stem = f"{FOLDER}/{registry.realm}-{order.n:04}-convention-{version}"
        files[f"{stem}.yaml"] = str(order.payload["convention"]).encode()
        files[f"{stem}.signatures.json"] = canonical(order.payload.get("signatures", []))
    return files
