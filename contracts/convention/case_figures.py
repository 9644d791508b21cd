"""How many cases a desk may open in an hour, and what counts as one: a table (rules §16)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from contracts.convention.file.node_reader import Reader


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """The table's figures; without it there is no limit.

    Attributes:
        most: role -> how many cases one of its desks may open in an hour; under the empty name,
            that of all other roles.
        case_deliveries: how many deliveries of its own a desk may have on one case before what it
            adds counts as new cases; 0: any number.
        flag: whose idea the figures are, as of clauses; empty if it is not said.
        note: `fr`, `en`: why they are what they are; may be empty.
    """

    most: dict[str, int] = field(default_factory=dict)
    case_deliveries: int = 0
    flag: str = ""
    note: dict[str, str] = field(default_factory=dict)

    def of(self, role: str) -> int | None:
        """How many cases a desk of a role may open in an hour, None without limit."""
        return self.most.get(role, self.most.get(""))


def read_case_figures(top: Reader, roles: Collection[str], flags: Collection[str]) -> CaseFigures:
    """The table, if the file has it.

    Raises:
        ConventionError: `no_new_cases`, `unknown_role`, `unknown_flag`, and those of `Reader`.
    """
    if not top.has("new_cases"):
        return CaseFigures()
    table = top.reader("new_cases")
    most = {"": _figure(table, "default")}
    if table.has("roles"):
        rows = table.reader("roles")
        for role in rows.names():
            if role not in roles:
                rows.refuse("unknown_role", role, "a known one", rows.line_of(role))
            most[role] = _figure(rows, role)
    figures = CaseFigures(
        most,
        _figure(table, "case_deliveries") if table.has("case_deliveries") else 0,
        table.word("flag", flags, "unknown_flag") if table.has("flag") else "",
        table.texts("note") if table.has("note") else {},
    )
    table.close()
    return figures


def _figure(rows: Reader, name: str) -> int:
    """A number of cases or deliveries; none would keep a desk from ever raising an alert."""
    if number := rows.number(name):
        return number
    return rows.refuse("no_new_cases", "0", "at least 1", rows.line_of(name))
