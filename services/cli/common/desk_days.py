"""How long mail for a desk that ends is still delivered to it: the owners say so, and the desk consents."""

from __future__ import annotations

from typing import Annotated, Final

import typer

DAYS: Final = 90
DaysOption = Annotated[
    int,
    typer.Option(
        "--days",
        min=7,
        max=180,
        help="So many days mail for the old desk is still delivered.",
    ),
]
