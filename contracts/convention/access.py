"""Whose access to a case is told to whom: a table of the convention (rules §17)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from contracts.convention.file.node_reader import Reader


@dataclass(frozen=True, slots=True)
class AccessTable:
    """The table; without it nobody may look up a case, ask about an access, or is told of one.

    Attributes:
        reference: roles whose desks, where they take part in a case, are its reference services.
        told: clauses by which a desk's first access to a case is told to its reference services.
        flag: whose idea it is, as of clauses; empty without the table.
        note: `fr`, `en`: why it is as it is; may be empty.
    """

    reference: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    flag: str = ""
    note: dict[str, str] = field(default_factory=dict)


def read_access(
    top: Reader, roles: Collection[str], clauses: Collection[str], flags: Collection[str]
) -> AccessTable:
    """The table, if the file has it.

    Args:
        clauses: numbers of the clauses by which desks send to desks.

    Raises:
        ConventionError: `no_reference`, `unknown_role`, `unknown_told`, `unknown_flag`, and those
            of `Reader`.
    """
    if not top.has("access"):
        return AccessTable()
    table = top.reader("access")
    reference = table.words("reference", roles, "unknown_role")
    if not reference:
        table.refuse("no_reference", "none", "at least one role", table.line_of("reference"))
    access = AccessTable(
        reference,
        table.words("told", clauses, "unknown_told"),
        table.word("flag", flags, "unknown_flag"),
        table.texts("note") if table.has("note") else {},
    )
    table.close()
    return access
