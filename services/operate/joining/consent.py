"""A desk of other code ends: its consent to the owners' order, signed where its keys lie (log §6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from contracts.errors import UsageError
from contracts.log.succession import DAY_S, sign_consent, succession
from contracts.vocabulary.schema import desk_urn, short
from services.operate.joining.request import SETTINGS
from services.platform.keys.private_files import read_private
from services.platform.keys.signers import read_signer
from services.texts import Catalogue

_ = Catalogue(__name__)

FILE: Final = "consent.jws"


def consent(folder: Path, heirs: Sequence[str], start: int, days: int) -> str:
    """What the desk of a partner's folder consents to: who follows it, from when, how long mail still comes.

    Args:
        heirs: short ids.
        start: instant from which the order is to hold, seconds: it must be given before.

    Raises:
        UsageError: `key_file_missing`, those of `read_private` and `read_signer`.
    """
    settings = orjson.loads(read_private(folder / SETTINGS))
    realm, name = settings["realm"], short(settings["desk"])
    files = sorted((folder / "keys").glob(f"{name}-sig-*.json"), key=lambda file: len(file.stem))
    if not files:
        raise UsageError("key_file_missing", _("none"), f"{name}-sig-1.json", str(folder / "keys"))
    _key, signer = read_signer(files[-1])
    urns = [desk_urn(realm, heir) for heir in heirs]
    content = succession(settings["desk"], urns, start + days * DAY_S)
    return sign_consent(realm, content, start, signer)
