"""The cases of a recipient, step by step of envelope §8: name of a file -> its cases."""

from __future__ import annotations

from typing import Final

from tests.vectors.conformance.recipient import parts, records, tokens

TABLES: Final = {
    "sound": records.SOUND,
    "shells": records.SHELLS,
    "headers": tokens.HEADERS,
    "tokens": tokens.TOKENS,
    "agreement": tokens.AGREEMENT,
    "parts": parts.PARTS,
    "sealed": parts.SEALED,
    "order": records.ORDER,
    "notices": records.NOTICES,
}
