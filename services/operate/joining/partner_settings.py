"""`settings.json` of a partner's folder: its desk, bus, agency and, once known, brokers.

A partner's own program may keep members of its own there: they stay.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from contracts.errors import UsageError
from contracts.vocabulary.schema import Code, DeskUrn, Realm
from services.platform.keys.private_files import read_private
from services.platform.process.durable_file import write_durably

SETTINGS: Final = "settings.json"
_ADDRESS: Final = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}"
BROKERS: Final = rf"^{_ADDRESS}(, *{_ADDRESS})*$"
Brokers = Annotated[str, StringConstraints(pattern=BROKERS)]


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
        UsageError: `settings_malformed`; those of `read_private`.
    """
    data, expected = read_private(folder / SETTINGS), "`desk`, `realm` and `agency`, as JSON"
    try:
        return PartnerSettings.model_validate_json(data)
    except ValidationError:
        raise UsageError("settings_malformed", "another content", expected, SETTINGS) from None


def write_settings(folder: Path, **members: str) -> None:
    """Write these members; the others stay.

    Raises:
        UsageError: as `settings_of`.
    """
    file = folder / SETTINGS
    before = settings_of(folder).model_dump(exclude_unset=True) if file.exists() else {}
    write_durably(file, orjson.dumps(before | members))
