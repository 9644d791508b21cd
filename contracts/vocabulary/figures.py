"""STAT.counts: figures that are published by month, and never sealed (rules R44, R45)."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.vocabulary.fields import Month
from contracts.vocabulary.schema import Digest
from contracts.vocabulary.schema_faults import fault
from contracts.vocabulary.sealed_body import Body

CELL: Final = 10  # smallest figure that may be published (R44, R45)
Table = Literal["acts", "measures", "law", "receipts", "overdue", "refused_reason"]
CellCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.:|-]{0,63}$")]


class LogHead(Body):
    """A partition's record: number and leaf."""

    partition: Annotated[int, Field(ge=0, le=1023)]
    index: Annotated[int, Field(ge=0, le=2**53 - 1)]
    leaf: Digest


class Cell(Body):
    """One published figure: at least 10, or suppressed."""

    table: Table
    row: CellCode
    column: CellCode
    count: Annotated[int, Field(ge=CELL, le=2**53 - 1)] | None = None
    suppressed: Literal[True] | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.count is None) == (self.suppressed is None):
            raise fault("contradiction", "count or suppressed, one of them")
        return self


class Counts(Body):
    """STAT.counts: a month's suppressed aggregates (R44, R45); published, never sent to a desk.

    Attributes:
        heads: the last record that counts in each partition that has one, by which an auditor finds
            again what was counted.
        convd: digest of the convention under which the last of them was decided.
    """

    period: Month
    convd: Digest
    heads: Annotated[tuple[LogHead, ...], Field(min_length=1, max_length=1024)]
    cells: Annotated[tuple[Cell, ...], Field(min_length=1, max_length=500)]
