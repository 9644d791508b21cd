"""How a secret that two services share is shown: by a header, in one form for whoever asks and whoever answers.

Authorization: Bearer b64u(32 bytes)
"""

from __future__ import annotations

from contracts.encoding import b64u


def bearer(secret: bytes) -> dict[str, str]:
    """The header by which a secret is shown."""
    return {"Authorization": f"Bearer {b64u(secret)}"}
