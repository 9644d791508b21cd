"""Sizes that are checked before anything is parsed, and the `typ` of every token.

A cover of 16 addressees with 64 parts and all references filled takes about 60 KB as a token.
"""

from __future__ import annotations

from typing import Final

COVER: Final = "referral-cover+jwt"
SLIP: Final = "referral-slip+jwt"
PART: Final = "referral-part+jwe"
RECEIPT: Final = "referral-receipt+jwt"
NOTICE: Final = "referral-notice+jwt"

MAX_COVER: Final = 128 << 10  # characters of a token, as are the next four
MAX_SLIP: Final = 32 << 10
MAX_PART: Final = 256 << 10
MAX_RECEIPT: Final = 128 << 10
MAX_NOTICE: Final = 256 << 10
PAD_TO: Final = 512  # a plaintext's length is a multiple of this, bytes

MAX_HEADERS: Final = 16  # Kafka headers of one record
MAX_HEADER_BYTES: Final = 4096  # names and values of all of them together
