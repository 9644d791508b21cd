"""`settings.json` of a partner's folder: its desk, bus, agency and, once known, brokers.

A partner's own program may keep members of its own there: they stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from contracts.errors import UsageError
from contracts.vocabulary.schema import Code, DeskUrn, Realm
from services.platform.keys.private_files import TOO_OPEN, read_private
from services.platform.process.durable_file import write_durably

SETTINGS: Final = "settings.json"
_ADDRESS: Final = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}"
_BROKERS: Final = rf"^{_ADDRESS}(, *{_ADDRESS})*$"
Brokers = Annotated[str, StringConstraints(pattern=_BROKERS)]


class PartnerSettings(BaseModel):
    """What the file says.

    Attributes:
        kafka: addresses of brokers; missing until the owners' answer was taken.
        ahead: seconds by which a play federation's clock is ahead.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    desk: DeskUrn
    realm: Realm
    agency: Code
    kafka: Brokers | None = None
    ahead: Annotated[int, Field(ge=-(1 << 32), le=1 << 32)] = 0


def settings_of(folder: Path) -> PartnerSettings:
    """A partner's settings.

    Raises:
        UsageError: `key_file_missing`: there are none; `settings_malformed`; those of
            `read_private`.
    """
    data, expected = read_private(folder / SETTINGS), "`desk`, `realm` and `agency`, as JSON"
    try:
        return PartnerSettings.model_validate_json(data)
    except ValidationError:
        raise UsageError("settings_malformed", "another content", expected, SETTINGS) from None


def are_brokers(text: object) -> bool:
    """Whether it is an address of a broker, `host:port`, or several with commas."""
    return isinstance(text, str) and re.fullmatch(_BROKERS, text) is not None


def kept_settings(folder: Path) -> PartnerSettings | None:
    """A partner's settings as far as they can be kept: None if there are none, or broken.

    Raises:
        UsageError: `key_file_too_open`: they may well say something, and their owner gives them
            their mode back.
    """
    try:
        return settings_of(folder)
    except UsageError as error:
        if error.code == TOO_OPEN:
            raise
        return None


def write_settings(folder: Path, told: Mapping[str, str]) -> None:
    """Write what a desk's folder is for; of what the file said of this desk already the rest stays.

    Raises:
        UsageError: as `kept_settings`.
    """
    before = kept_settings(folder)
    is_ours = before is not None and before.desk == told["desk"]
    kept = before.model_dump(exclude_unset=True) if before and is_ours else {}
    write_durably(folder / SETTINGS, orjson.dumps({**kept, **told}))
