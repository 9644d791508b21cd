"""From the bytes of a convention file to a coherent Convention, or a ConventionError.

The file is read as texts, lists and dicts (`yaml_nodes`), then by pydantic as the values that
decide (`model`), then checked as a whole (`coherence`). Nothing in it is executed, guessed or
filled in; what is unknown is refused at its line. The digest is that of the bytes as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cache, lru_cache, partial
from typing import Final

from pydantic import TypeAdapter, ValidationError

from contracts.convention.checks.coherence import check
from contracts.convention.clauses import BUS
from contracts.convention.file.faults import Path, first, refusal
from contracts.convention.file.field_types import Names
from contracts.convention.file.yaml_nodes import Fields, Items, Node, read_yaml
from contracts.convention.model import Convention
from contracts.encoding import b64u, sha256
from contracts.errors import ConventionError
from contracts.vocabulary.scopes import PURPOSES, STANDING_EVENTS, SYSTEM_EVENTS

# A file is loaded before anybody's signature is asked for: what it may cost is bounded first.
MAX_ROLES: Final = 64  # the proposal has 17; as many readers
MAX_GRANTS: Final = 1_000  # 63
# Fields that stand at the clause, whatever its grants are; and those that may stand at either.
_OF_CLAUSES: Final = frozenset({"id", "event", "purpose", "label", "grants"})
_OF_GRANTS: Final = frozenset({
    "realm", "issuers", "recipients", "scopes", "traps", "conditions", "duties", "assigns",
    "basis", "flags", "sentence", "channel", "keep", "note",
})  # fmt: skip
_LONGEST: Final = 100  # of an id, by which grants are named before it is judged
Refuse = Callable[..., ConventionError]  # `refusal` of this file


@cache
def _reader() -> TypeAdapter[Convention]:
    return TypeAdapter(Convention)


@lru_cache(maxsize=8)  # the same bytes are the same convention, and both realms adopt it
def load(text: bytes, name: str = "") -> Convention:
    """Read, build and check a convention file.

    Args:
        text: the bytes; their SHA-256 is the convention's digest.
        name: file name, for messages.

    Raises:
        ConventionError: with file and line; the codes are those of `yaml_nodes`, `faults`, the
            types of the fields, this module (`clause_repeated`, `field_given_twice`) and
            `coherence`.
    """
    top = read_yaml(text, name)
    refuse = partial(refusal, top, file=name)
    for table in ("roles", "readers"):
        _few(top.get(table), MAX_ROLES, (table,), refuse)
    if isinstance(top.get("clauses"), Items):
        top["clauses"] = _grants(top["clauses"], refuse)
    own = {"digest": b64u(sha256(text)), "file": name, "lines": _lines(top)}
    _check_known(top, top.keys() - own, (), refuse)  # what is added here, no file can give
    top |= own
    try:
        convention = _reader().validate_python(top, context=_names(top))
    except ValidationError as error:
        raise first(error, top, name) from None
    check(convention, top)
    return convention


def _few(node: Node | None, most: int, path: Path, refuse: Refuse) -> None:
    """Refuse a list or a table that is longer than any that is meant, before it is read."""
    if isinstance(node, Items | Fields) and len(node) > most:
        got, expected, facts = str(len(node)), f"at most {most}", (str(path[-1]), str(most))
        raise refuse(path, "too_many_items", got, expected, *facts)


def _check_known(fields: Fields, known: Collection[str], path: Path, refuse: Refuse) -> None:
    """Refuse other fields before they are copied to each grant: a small file makes many."""
    for field in fields:
        if field not in known:
            got = ascii(field)[1:-1][:40]
            raise refuse((*path, field), "unknown_field", got, "a known field")


def _grants(clauses: Items, refuse: Refuse) -> Items:
    """Every grant with the fields of its clause."""
    _few(clauses, MAX_GRANTS, ("clauses",), refuse)
    grants = Items(clauses.line)
    ids: set[str] = set()
    for place, clause in enumerate(clauses):
        path = "clauses", place
        if not isinstance(clause, Fields):
            grants.append(clause)
            continue
        name = str(clause.get("id", place))[:_LONGEST]
        if name in ids:
            raise refuse((*path, "id"), "clause_repeated", name, "each id once")
        ids.add(name)
        _check_known(clause, _OF_CLAUSES | _OF_GRANTS, path, refuse)
        grants.extend(_parts(clause, name, path, refuse))
        _few(grants, MAX_GRANTS, ("clauses",), refuse)
    return grants


def _parts(clause: Fields, name: str, path: Path, refuse: Refuse) -> Iterator[Fields]:
    """The grants of a clause; itself, if it does not hold several."""
    if "grants" not in clause:
        clause |= {"grant": name, "line": clause.line}
        yield clause
        return
    parts, path = clause["grants"], (*path, "grants")
    if not isinstance(parts, Items):
        raise refuse(path, "wrong_type", "something else", "a list", key=False)
    _few(parts, MAX_GRANTS, path, refuse)
    if not parts:
        raise refuse(path, "never_applies", "no grants", "at least one", "grants")
    for place, part in enumerate(parts):
        at = *path, place
        if not isinstance(part, Fields):
            raise refuse(at, "wrong_type", "something else", "a mapping", key=False)
        for field in filter(clause.__contains__, part):
            got, expected = field, "clause or grant"
            raise refuse((*at, field), "field_given_twice", got, expected, key=False)
        _check_known(part, _OF_GRANTS, at, refuse)
        # What every grant of a clause lacks is missing at the clause.
        grant = Fields(part.line if clause.keys() >= _OF_CLAUSES else clause.line)
        grant |= {field: value for field, value in clause.items() if field != "grants"} | part
        grant.lines = clause.lines | part.lines
        grant |= {"grant": f"{name}.{place + 1}", "line": part.line}
        yield grant


def _names(top: Fields) -> Names:
    """The codes that the file's tables define, whether or not their rows are well written."""
    tables = {name: table for name, table in top.items() if isinstance(table, Fields)}
    rows = tables.get("roles", {}).items()
    agencies = {role: row.get("agency", "") for role, row in rows if isinstance(row, Fields)}
    roles, readers = frozenset(tables.get("roles", ())), frozenset(tables.get("readers", ()))
    return Names(
        agencies={role: agency for role, agency in agencies.items() if isinstance(agency, str)},
        events=SYSTEM_EVENTS if "access" in top else STANDING_EVENTS,
        roles=roles,
        issuers=roles | {BUS},
        recipients=roles | readers,
        debtors=roles | {"issuer", "recipient"},
        anybody=roles | readers | {BUS},
        parties=tables.get("parties", ()),
        texts=tables.get("texts", ()),
        purposes=tuple(tables.get("purposes", ())) or PURPOSES,
    )


def _lines(top: Fields) -> dict[str, int]:
    """Where fields and the entries of tables stand, for findings about them."""
    tables = {name: rows.lines for name, rows in top.items() if isinstance(rows, Fields)}
    return top.lines | {
        f"{table}.{name}": line for table, lines in tables.items() for name, line in lines.items()
    }
