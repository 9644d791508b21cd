"""The shipped second version with a few texts replaced: roles, clauses and duties put into it."""

from __future__ import annotations

from functools import cache
from typing import Final

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SECOND, read
from contracts.errors import ConventionError
from tests.contracts.convention.kit import Edit, edited, refused

SECOND_TEXT: Final = read(SECOND).decode()
RECEIVED: Final = "      - {act: ACK:received, debtor: recipient, creditor: issuer, within: 1wd}\n"
_ROLES_END: Final = "\n# Readers of published"
_CLAUSES_END: Final = "# The bus's own events:"
# What a clause, and a grant of it, says if nothing else is given.
_CLAUSE: Final = {
    "label": "{fr: envoi, en: event}", "flags": "{flow: law, deadline: law, categories: invention}",
}  # fmt: skip
_GRANT: Final = {
    "realm": "civil", "scopes": "[FACTS]", "traps": "[]", "conditions": "[]", "duties": "[]",
    "assigns": "[]", "keep": "P30", "basis": "[CONVENTION]",
    "sentence": "{fr: Envoi., en: Event.}",
}  # fmt: skip
_SEPTEMBER: Final = ("effective: 2026-10-01", "effective: 2026-09-01")


def amended(*edits: Edit) -> bytes:
    """The file with each old text replaced by a new one."""
    return edited(SECOND_TEXT, *edits).encode()


@cache
def of(*edits: Edit) -> Convention:
    """The same, loaded."""
    return load(amended(*edits), "amended.yaml")


def refusal(*edits: Edit) -> ConventionError:
    """The error with which the file, so amended, does not load."""
    return refused(amended(*edits))


def looked_up() -> bytes:
    """The second version, under which cases are looked up, from the tests' September."""
    return amended(_SEPTEMBER)


@cache
def second() -> Convention:
    """The second version as it ships."""
    return load(read(SECOND), SECOND)


def role(name: str, agency: str) -> Edit:
    """The edit that adds a role to an agency."""
    row = (
        f"  {name}:\n    agency: {agency}\n    realms: [civil]\n    secrecy: mission\n"
        f"    label: {{fr: Nouveau rôle {name}, en: New role {name}}}\n"
        f"    named: {{fr: le nouveau rôle {name}, en: the new role {name}}}\n"
    )
    return _ROLES_END, f"{row}{_ROLES_END}"


def clause(name: str, issuer: str, recipient: str, **fields: str) -> Edit:
    """The edit that adds a clause; it lets FACTS pass as feedback if nothing else is given."""
    row = {
        "event": "FEEDBACK", "purpose": "close_loop", **_CLAUSE, "issuers": f"[{issuer}]",
        "recipients": f"[{recipient}]", **_GRANT, **fields,
    }  # fmt: skip
    lines = "".join(f"    {name}: {value}\n" for name, value in row.items())
    return _CLAUSES_END, f"  - id: {name}\n{lines}\n{_CLAUSES_END}"


def grouped(name: str, *grants: dict[str, str], event: str, purpose: str) -> Edit:
    """The edit that adds a clause of several grants, each by what it has of its own."""
    row = {"event": event, "purpose": purpose, **_CLAUSE}
    lines = [f"  - id: {name}", *(f"    {key}: {row[key]}" for key in row), "    grants:"]
    for grant in grants:
        row = _GRANT | grant
        lines.append("      - " + "\n        ".join(f"{key}: {row[key]}" for key in row))
    text = "\n".join(lines)
    return _CLAUSES_END, f"{text}\n\n{_CLAUSES_END}"
