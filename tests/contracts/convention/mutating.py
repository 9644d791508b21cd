"""Generated versions of the shipped convention: single and several changes, and other orders."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

import yaml
from hypothesis import assume
from hypothesis import strategies as st

from contracts.convention.duty import OPENING
from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import shipped
from contracts.errors import ConventionError
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import PURPOSES, RETENTION_CLASSES, ROLES, SCOPES

Data = dict[str, Any]
LISTS = ("issuers", "recipients", "scopes", "conditions", "basis", "duties", "assigns")
WITHIN = ["15min", "2h", "48h", "day", "1wd", "3wd", "15wd", "8d", "30d", "1mo", "3mo"]
OF_A_DUTY = {
    "within": WITHIN, "urgent_within": WITHIN, "legal": ["true", "false"],
    "start": ["delivery", "transmission", "case_clock"],
    "opened_by": [f"ACK:{stage}" for stage in OPENING], "repeat": ["true"],
}  # fmt: skip


class Plain(yaml.CSafeDumper):
    """Writes every text as it is: `true` and numbers stay plain."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (as the library has it)

    def ignore_aliases(self, data: Any) -> bool:
        """The loader takes none."""
        return True


@cache
def _read() -> Data:
    found: Data = yaml.load(shipped(), Loader=yaml.CBaseLoader)  # noqa: S506 (text alone)
    return found


def plain() -> Data:
    """The shipped file as plain values, every scalar a text."""
    return copy.deepcopy(_read())


def text_of(data: Data) -> bytes:
    """A convention file with these values."""
    written: bytes = yaml.dump(
        data, Dumper=Plain, encoding="utf-8", width=10_000, allow_unicode=True, sort_keys=False
    )
    return written


def loaded(data: Data) -> tuple[bytes, Convention]:
    """The file and what it loads as; a version that does not load is none."""
    text = text_of(data)
    try:
        return text, load(text, "mutated")
    except ConventionError:
        assume(condition=False)
        raise


def parts(data: Data) -> list[tuple[Data, Data]]:
    """(clause, grant) of each grant that addresses desks."""
    found = []
    for clause in data["clauses"]:
        if clause.get("channel") != "publication":
            found += [(clause, grant) for grant in clause.get("grants", [clause])]
    return found


def field(clause: Data, grant: Data, name: str) -> Any:
    """A list of the grant, made its own if the clause holds it for all."""
    return grant[name] if name in grant else clause[name]


@st.composite
def versions(draw: st.DrawFn, least: int = 1, most: int = 4) -> Data:
    """The shipped values with one or several changes of meaning."""
    data = plain()
    for _ in range(draw(st.integers(least, most))):
        draw(st.sampled_from(CHANGES))(draw, data)
    return data


def _toggled(name: str, known: Collection[str]) -> Callable[[st.DrawFn, Data], None]:
    """A word of one grant's list that comes or goes."""

    def change(draw: st.DrawFn, data: Data) -> None:
        items = field(*draw(st.sampled_from(parts(data))), name)
        word = draw(st.sampled_from(sorted(known)))
        (items.remove if word in items else items.append)(word)

    return change


def _dropped(name: str, least: int = 0) -> Callable[[st.DrawFn, Data], None]:
    """A word of one grant's list that goes, if more than so many are there."""

    def change(draw: st.DrawFn, data: Data) -> None:
        held = [items for one in parts(data) if len(items := field(*one, name)) > least]
        items = draw(st.sampled_from(held))
        items.pop(draw(st.integers(0, len(items) - 1)))

    return change


def _keep(draw: st.DrawFn, data: Data) -> None:
    clause, grant = draw(st.sampled_from(parts(data)))
    kept = draw(st.sampled_from(sorted(RETENTION_CLASSES)))
    (grant if "keep" in grant else clause)["keep"] = kept


def _clause(draw: st.DrawFn, data: Data) -> None:
    data["clauses"].pop(draw(st.integers(0, len(data["clauses"]) - 1)))


def _purpose(draw: st.DrawFn, data: Data) -> None:
    clause = draw(st.sampled_from(data["clauses"]))
    again = copy.deepcopy(clause)
    again["id"] = f"R{46 + len(data['clauses'])}"
    again["purpose"] = draw(st.sampled_from(PURPOSES))
    data["clauses"].append(again)


def _number(draw: st.DrawFn, data: Data) -> None:
    clause = draw(st.sampled_from(data["clauses"]))
    clause["id"] = f"R{draw(st.integers(60, 99))}"


def _duty(draw: st.DrawFn, data: Data) -> None:
    owing = [duty for clause, grant in parts(data) for duty in field(clause, grant, "duties")]
    duty = draw(st.sampled_from(owing))
    name, values = draw(st.sampled_from([*OF_A_DUTY.items()]))
    duty[name] = draw(st.sampled_from(values))
    if name == "repeat":
        start = draw(st.sampled_from(["delivery", "transmission"]))
        duty |= {"within": "3mo", "start": start}


def _duties(draw: st.DrawFn, data: Data) -> None:
    clause, grant = draw(st.sampled_from(parts(data)))
    duties = field(clause, grant, "duties")
    if duties and draw(st.booleans()):
        duties.pop(draw(st.integers(0, len(duties) - 1)))
    else:
        stage = draw(st.sampled_from(["received", "accepted", "started"]))
        duties.append(
            {"act": f"ACK:{stage}", "debtor": "recipient", "creditor": "issuer", "within": "5wd"}
        )


CHANGES = [
    *(_toggled(*one) for one in (
        ("scopes", SCOPES), ("conditions", CONDITIONS), ("issuers", ROLES), ("recipients", ROLES),
        ("assigns", ("issuer", "recipient")), ("basis", _read()["texts"]),
    )),
    _dropped("scopes", 1), _dropped("scopes", 1), _dropped("conditions"), _dropped("issuers", 1),
    _dropped("recipients", 1), _keep, _clause, _purpose, _number, _duty, _duty, _duties,
]  # fmt: skip


@st.composite
def rewritten(draw: st.DrawFn) -> Data:
    """The shipped values in another order, with other words, one grant written as two."""
    data = plain()
    random = draw(st.randoms(use_true_random=False))
    for clause in data["clauses"]:
        for part in (clause, *clause.get("grants", ())):
            for name in LISTS:
                if name in part:
                    random.shuffle(part[name])
        if "grants" in clause:
            random.shuffle(clause["grants"])
        clause["label"] = {"fr": "autre intitulé", "en": "another label"}
    _in_two(draw(st.sampled_from([c for c in data["clauses"] if _can_be_two(c)])))
    random.shuffle(data["clauses"])
    for name in ("roles", "readers", "scopes", "texts", "parties"):
        entries = list(data[name].items())
        random.shuffle(entries)
        data[name] = dict(entries)
    data["title"]["fr"] = "Autre titre"
    return data


def _can_be_two(clause: Data) -> bool:
    plain_duties = not any("recipients" in duty for duty in clause.get("duties", ()))
    return "grants" not in clause and len(clause["recipients"]) > 1 and plain_duties


def _in_two(clause: Data) -> None:
    recipients = clause.pop("recipients")
    clause["grants"] = [{"recipients": recipients[:1]}, {"recipients": recipients[1:]}]
