"""A pass from the training's first page to a desk of any agency: for ten minutes, signed by what all of them can read."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import Final

LASTS_S: Final = 600
_INSTANT: Final = re.compile(r"[0-9]{1,12}")  # seconds; Python refuses to read very long numbers


def new_pass(key: bytes, desk: str, at: int) -> str:
    """A pass to a desk, given at an instant (seconds)."""
    until = at + LASTS_S
    return f"{desk}.{until}.{_signed(key, desk, until)}"


def desk_of_pass(key: bytes, text: str, at: int) -> str:
    """The desk that a pass opens at an instant; empty if it opens none."""
    desk, _dot, rest = text.partition(".")
    until, _dot, signature = rest.partition(".")
    if not _INSTANT.fullmatch(until) or not at < int(until) <= at + LASTS_S:
        return ""
    good = hmac.compare_digest(signature.encode(), _signed(key, desk, int(until)).encode())
    return desk if good else ""


def _signed(key: bytes, desk: str, until: int) -> str:
    return hmac.new(key, f"relais training {desk} {until}".encode(), sha256).hexdigest()
