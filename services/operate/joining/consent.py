"""A desk of other code ends: its consent to the owners' order, signed where its keys lie (log §6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contracts.log.orders.succession import DAY_S, sign_consent, succession
from contracts.vocabulary.schema import desk_urn, short
from services.operate.home.key_life import signers_of_term
from services.operate.joining.partner_settings import settings_of


def consent(folder: Path, heirs: Sequence[str], start: int, days: int) -> str:
    """What the desk of a partner's folder consents to: who follows it, from when, how long mail still comes.

    A signature a line, one by each of its keys.

    Args:
        heirs: short ids.
        start: instant from which the order is to hold, seconds: it must be given before.

    Raises:
        UsageError: those of `settings_of` and `signers_of_term`.
    """
    settings = settings_of(folder)
    realm, name = settings.realm, short(settings.desk)
    signers = signers_of_term(folder / "keys", f"{name}-sig", start)
    urns = [desk_urn(realm, heir) for heir in heirs]
    content = succession(settings.desk, urns, start + days * DAY_S)
    return "\n".join(sign_consent(realm, content, start, *signers))
