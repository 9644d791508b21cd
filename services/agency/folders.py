"""Which agencies have words of their own: those with a folder that holds them.

Such an agency is a folder `services/<agency>` with `records.py` (`KINDS`) and `words.py` (`WORDS`).
It is found by that, and named nowhere else in the code.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import services

PARTNER: Final = "partner"  # the service of agencies without words of their own


@cache
def agencies() -> tuple[str, ...]:
    """The agencies that have words of their own, sorted."""
    folders = [folder for path in services.__path__ for folder in Path(path).iterdir()]
    own = {folder.name for folder in folders if (folder / "words.py").is_file()}
    return tuple(sorted(own - {PARTNER}))
