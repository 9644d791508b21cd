"""Whether a part is sealed as its scope and its clause ask (rules §5)."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.decision.setting import Setting
from contracts.envelope.event import Head
from contracts.keys.sealing_kinds import HYBRID
from contracts.vocabulary import reasons


def seal_reasons(setting: Setting, head: Head, keep: str) -> Iterator[str]:
    """Why a part may not pass as it is sealed; nothing if it may.

    Args:
        keep: the retention class of the grant.
    """
    key = setting.directory.encryption.get(head.kid)
    if key is None or key.retention != keep:
        yield reasons.WRONG_RETENTION
    if head.cat in setting.convention.hybrid and (key is None or key.alg != HYBRID):
        yield reasons.NOT_HYBRID
