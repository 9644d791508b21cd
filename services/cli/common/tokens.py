"""A command to which a case's token or a digest can be given as it was printed."""

from __future__ import annotations

import re
from typing import Any, Final

from typer.core import TyperCommand

# 32 bytes in base64url: every 64th begins with a hyphen, which is no option's.
_DASHED: Final = re.compile(r"-[A-Za-z0-9_-]{42}")


class TakesTokens(TyperCommand):
    """Takes such a word for an argument; without one, a mistyped option is told as that."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words of a command line."""
        ctx.ignore_unknown_options = any(map(_DASHED.fullmatch, args))
        return super().parse_args(ctx, args)
