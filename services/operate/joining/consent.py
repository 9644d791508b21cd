"""A desk of other code ends: its consent to the owners' order, signed where its keys lie (log §6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contracts.log.succession import DAY_S, sign_consent, succession
from contracts.vocabulary.schema import desk_urn, short
from services.operate.joining.request import settings_of
from services.platform.keys.keystore import newest_signer


def consent(folder: Path, heirs: Sequence[str], start: int, days: int) -> str:
    """What the desk of a partner's folder consents to: who follows it, from when, how long mail still comes.

    Args:
        heirs: short ids.
        start: instant from which the order is to hold, seconds: it must be given before.

    Raises:
        UsageError: those of `settings_of` and `newest_signer`.
    """
    settings = settings_of(folder)
    realm, name = settings["realm"], short(settings["desk"])
    signer = newest_signer(folder / "keys", f"{name}-sig")
    urns = [desk_urn(realm, heir) for heir in heirs]
    content = succession(settings["desk"], urns, start + days * DAY_S)
    return sign_consent(realm, content, start, signer)
