"""From the bytes of a convention file to a coherent Convention, or a ConventionError.

The file is read (`yamlfile`, `reading`), built here field by field, then checked as a whole
(`coherence`). Nothing in it is executed, guessed or filled in; what is unknown is refused at its
line. The digest is that of the bytes as they came.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, cast

from contracts.convention.calendar import Calendar
from contracts.convention.checks.bus_clauses import read_system
from contracts.convention.checks.coherence import check
from contracts.convention.checks.promises import Names, check_invariants, read_invariants
from contracts.convention.clauses import Act, DutySpec, Flags, Grant, RoleSpec
from contracts.convention.file.duty_grammar import read_duty
from contracts.convention.file.node_reader import Reader
from contracts.convention.file.yaml_nodes import read_yaml
from contracts.convention.model import Convention
from contracts.encoding import b64u, sha256
from contracts.vocabulary.conditions import CONDITIONS, Condition
from contracts.vocabulary.principals import is_agency
from contracts.vocabulary.scopes import EVENT_TYPES, PURPOSES, REALMS, RETENTION_CLASSES, SCOPES

BUS: Final = "BUS"  # issues the publications; no desk
SECRECY: Final = ("profession", "mission", "statute", "convention", "unbound", "unneeded")
# Whom an event makes take part: nobody but the two that it goes between (`decision`).
ASSIGNEES: Final = ("issuer", "recipient")
ORIGINS: Final = ("law", "practice", "invention")
# A file is loaded before anybody's signature is asked for: what it may cost is bounded first.
MAX_ROLES: Final = 64  # the proposal has 17; as many readers
MAX_GRANTS: Final = 1_000  # 63
MAX_QUESTIONS: Final = 100_000  # about 150
_CLAUSE: Final = re.compile(r"R(?:\d{2}|[1-9]\d{2})\Z")  # R046 would be taken for R46
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
_OFFSETS: Final = {"+01:00": 3600, "+02:00": 7200}


class Known(NamedTuple):
    """The names that a clause may use."""

    roles: dict[str, RoleSpec]
    readers: dict[str, dict[str, str]]
    texts: dict[str, dict[str, str]]
    purposes: tuple[str, ...]


@lru_cache(maxsize=8)  # the same bytes are the same convention, and both realms adopt it
def load(text: bytes, name: str = "") -> Convention:
    """Read, build and check a convention file.

    Args:
        text: the bytes; their SHA-256 is the convention's digest.
        name: file name, for messages.

    Raises:
        ConventionError: with file and line; the codes are those of `yamlfile`, `reading`,
            this module (`unknown_…`, `clause_repeated`, `bad_clause_id`, `bad_digest`,
            `bad_quorum`, `no_parties`, `bad_party`, `too_many_questions`, `no_reference`),
            `bus`, `coherence` and `invariants`.
    """
    top = Reader(read_yaml(text, name), name)
    labels = _parties(top.reader("parties"))
    top.few("roles", len(top.reader("roles").names()), MAX_ROLES)
    roles = _roles(top.reader("roles"), labels)
    readers = _labels(top.reader("readers"))
    top.few("readers", len(readers), MAX_ROLES)
    texts = _texts(top.reader("texts"))
    purposes = _labels(top.reader("purposes")) if top.has("purposes") else {}
    known = Known(roles, readers, texts, tuple(purposes) or PURPOSES)
    grants = _grants(top, known)
    reference = _reference(top, roles)
    convention = Convention(
        id=top.word("id"),
        version=top.number("version"),
        digest=b64u(sha256(text)),
        predecessor=_predecessor(top),
        effective=top.day("effective"),
        parties=tuple(labels),
        grants=grants,
        texts=texts,
        calendar=_calendar(top.reader("calendar")),
        title=top.texts("title"),
        party_labels=labels,
        roles=roles,
        readers=readers,
        scope_labels=_scopes(top.reader("scopes")),
        purposes=purposes,
        off_bus=_labels(top.reader("off_bus")) if top.has("off_bus") else {},
        system=read_system(top.reader("system"), roles, reference),
        file=name,
        quorum=_quorum(top, len(labels)),
        invariants=read_invariants(top, Names(roles, (*readers, BUS), known.purposes)),
        reference=reference,
        repealed=_repealed(top, known.purposes),
        lines=_lines(top),
    )
    for clause in convention.repealed.keys() & convention.by_clause.keys():
        top.refuse("clause_repeated", clause, "each id once", top.line_of("repealed"))
    top.close()
    check(convention, top)
    check_invariants(convention.invariants, convention.grants, name)
    return convention


def _predecessor(top: Reader) -> str:
    digest = top.text("predecessor", empty=True)
    if digest and not _DIGEST.match(digest):
        top.refuse("bad_digest", "other text", "43 characters", top.line_of("predecessor"))
    return digest


def _reference(top: Reader, roles: Collection[str]) -> tuple[str, ...]:
    """Roles whose desks are reference services of a case that they take part in (optional)."""
    if not top.has("access"):
        return ()
    table = top.reader("access")
    reference = table.words("reference", roles, "unknown_role")
    if not reference:
        table.refuse("no_reference", "none", "at least one role", table.line_of("reference"))
    table.close()
    return reference


def _repealed(top: Reader, purposes: Collection[str]) -> dict[str, Act]:
    """Numbers of clauses that are no more, each with its own act (optional table)."""
    acts: dict[str, Act] = {}
    if not top.has("repealed"):
        return acts
    rows = top.reader("repealed")
    for name in rows.names():
        if not _CLAUSE.match(name):
            rows.refuse("bad_clause_id", name, "R01 to R999", rows.line_of(name))
        row = rows.reader(name)
        event = row.word("event", EVENT_TYPES, "unknown_event")
        acts[name] = event, row.word("purpose", purposes, "unknown_purpose")
        row.close()
    return acts


def _lines(top: Reader) -> dict[str, int]:
    """Where tables and their entries stand, for findings about them."""
    lines = {name: top.line_of(name) for name in ("calendar", "title")}
    tables = ("roles", "readers", "texts", "scopes", "parties", "system", "purposes", "off_bus")
    for table in filter(top.has, tables):
        rows = top.reader(table)
        lines[table] = top.line_of(table)
        lines |= {f"{table}.{name}": rows.line_of(name) for name in rows.names()}
    return lines


def _quorum(top: Reader, parties: int) -> int:
    """How many parties must sign; 0 for all, which is also what holds if the file does not say."""
    if not top.has("quorum") or top.text("quorum") == "all":
        return 0
    quorum = top.number("quorum")
    if not 1 <= quorum <= parties:
        line, expected = top.line_of("quorum"), "all, or 1 to the number of parties"
        facts = str(quorum), str(parties)
        top.refuse("bad_quorum", f"{quorum} of {parties}", expected, line, *facts)
    return quorum


def _labels(reader: Reader) -> dict[str, dict[str, str]]:
    return {key: reader.texts(key) for key in reader.names()}


def _scopes(reader: Reader) -> dict[str, dict[str, str]]:
    for scope in reader.names():
        if scope not in SCOPES:
            reader.refuse("unknown_scope", scope, "a known one", reader.line_of(scope))
    return _labels(reader)


def _parties(reader: Reader) -> dict[str, dict[str, str]]:
    """Signatories; an agency is one of them: whoever acts has agreed."""
    if not reader.names():
        reader.refuse("no_parties", "none", "at least one signatory")
    for name in reader.names():
        if not is_agency(name):
            line = reader.line_of(name)
            reader.refuse("bad_party", name, "small letters and _, no name of the bus's own", line)
    return _labels(reader)


def _roles(reader: Reader, parties: Collection[str]) -> dict[str, RoleSpec]:
    names = reader.names()
    return {name: _role(reader.reader(name), names, parties) for name in names}


def _role(role: Reader, names: tuple[str, ...], parties: Collection[str]) -> RoleSpec:
    spec = RoleSpec(
        agency=role.word("agency", parties, "unknown_agency"),
        realms=role.words("realms", REALMS, "unknown_realm"),
        secrecy=role.word("secrecy", SECRECY, "unknown_secrecy"),
        label=role.texts("label"),
        named=role.texts("named"),
        colleague=role.word("colleague", names, "unknown_role", default=""),
    )
    role.close()
    return spec


def _texts(reader: Reader) -> dict[str, dict[str, str]]:
    texts = {}
    codes = frozenset(names := reader.names())
    for code in names:
        row = reader.reader(code)
        successor = ""
        if row.has("successor"):
            successor = row.word("successor", codes, "unknown_basis")
        texts[code] = {
            "fr": row.text("fr"),
            "en": row.text("en"),
            "in_force_from": row.day("from"),
            "in_force_until": row.day("until", empty=True),
            "checked": row.day("checked", empty=True),
            "successor": successor,
        }
        row.close()
    return texts


def _calendar(reader: Reader) -> Calendar:
    if reader.text("zone") != "Europe/Paris":
        reader.refuse("unknown_zone", "another", "Europe/Paris", reader.line_of("zone"))
    first = date.fromisoformat(reader.day("first"))
    last = date.fromisoformat(reader.day("last"))
    days = reader.reader("holidays")
    holidays = [
        (days.as_day(f"{year}-{day}", days.line_of(year)), days.line_of(year))
        for year in days.names()
        for day in days.words(year)
    ]
    changes = reader.reader("offsets")
    offsets = tuple((_instant(changes, key), _offset(changes, key)) for key in changes.names())
    for day, line in holidays:
        if not first <= day <= last:
            reader.refuse("calendar_gap", day.isoformat(), "a day of the table", line)
    reader.close()
    return Calendar(frozenset(day for day, _ in holidays), offsets, first, last)


def _instant(reader: Reader, key: str) -> int:
    try:
        moment = datetime.strptime(key, _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        reader.refuse("bad_date", "text that is no instant", _INSTANT, reader.line_of(key))
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def _offset(reader: Reader, key: str) -> int:
    text = reader.text(key)
    if text not in _OFFSETS:
        reader.refuse("bad_offset", "another", " or ".join(_OFFSETS), reader.line_of(key))
    return _OFFSETS[text]


def _grants(top: Reader, known: Known) -> tuple[Grant, ...]:
    grants: list[Grant] = []
    ids: set[str] = set()
    asked = 0
    for clause in top.readers("clauses"):
        name = clause.word("id")
        if not _CLAUSE.match(name):
            clause.refuse("bad_clause_id", name, "R01 to R999", clause.line_of("id"))
        if name in ids:
            clause.refuse("clause_repeated", name, "each id once", clause.line_of("id"))
        ids.add(name)
        parts = [clause]
        if clause.has("grants"):
            parts = [Reader(node, clause.name, clause) for node in clause.nodes("grants")]
        for number, part in enumerate(parts, 1):
            grant_id = f"{name}.{number}" if clause.has("grants") else name
            top.few("clauses", len(grants) + 1, MAX_GRANTS)
            grant = _grant(part, clause, grant_id, known)
            asked += _questions(part, grant, asked)
            grants.append(grant)
            part.close()
        clause.close()
    return tuple(grants)


def _grant(part: Reader, clause: Reader, grant_id: str, known: Known) -> Grant:
    roles = known.roles
    channel = part.word("channel", ("publication",), "unknown_channel", default="")
    publication = bool(channel)
    return Grant(
        id=grant_id,
        clause=grant_id.split(".")[0],
        realm=part.word("realm", REALMS, "unknown_realm"),
        issuers=_some(part, "issuers", part.words("issuers", {*roles, BUS}, "unknown_role")),
        recipients=_some(
            part, "recipients", part.words("recipients", {*roles, *known.readers}, "unknown_role")
        ),
        event=clause.word("event", EVENT_TYPES, "unknown_event"),
        purpose=clause.word("purpose", known.purposes, "unknown_purpose"),
        scopes=frozenset(_some(part, "scopes", part.words("scopes", SCOPES, "unknown_scope"))),
        traps=frozenset(part.words("traps", SCOPES, "unknown_scope")),
        conditions=cast(
            "tuple[Condition, ...]", part.words("conditions", CONDITIONS, "unknown_condition")
        ),
        duties=_duties(part, roles),
        assigns=part.words("assigns", ASSIGNEES, "unknown_assignee"),
        keep="" if publication else part.word("keep", RETENTION_CLASSES, "unknown_retention"),
        basis=_some(part, "basis", part.words("basis", known.texts, "unknown_basis")),
        flags=_flags(part.reader("flags")),
        label=clause.texts("label"),
        sentence=part.texts("sentence", "missing_sentence"),
        publication=publication,
        line=part.line,
        note=part.texts("note") if part.gives("note") else {},
    )


def _questions(part: Reader, grant: Grant, before: int) -> int:
    """How many questions a grant answers; refused where they and those before are too many."""
    count = len(grant.issuers) * len(grant.recipients)
    if before + count > MAX_QUESTIONS:
        got, expected = f"{before + count} at {grant.id}", f"at most {MAX_QUESTIONS}"
        part.refuse("too_many_questions", got, expected, part.line, grant.id, str(MAX_QUESTIONS))
    return count


def _some(part: Reader, field: str, words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        part.refuse("never_applies", f"no {field}", "at least one", part.line_of(field), field)
    return words


def _flags(reader: Reader) -> Flags:
    values = [reader.word(f, ORIGINS, "unknown_flag") for f in ("flow", "deadline", "categories")]
    reader.close()
    return Flags(*values)  # type: ignore[arg-type]


def _duties(part: Reader, roles: dict[str, RoleSpec]) -> tuple[DutySpec, ...]:
    return tuple(read_duty(reader, roles) for reader in part.readers("duties"))
