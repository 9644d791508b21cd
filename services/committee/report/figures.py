"""A year's figures over a convention: their sums and tables, and the names of what they count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import CIVIL, CRIMINAL
from services.committee.report.published import Cell, Edition, year_of
from services.committee.texts.labels import event_label, reason_text, role_label
from services.texts import Catalogue, Text, all_of, number, series

_ = Catalogue(__name__)
Pair = tuple[str, str]  # issuer and recipient
Acts = dict[Pair, dict[str, Grant]]  # between them, what there is a clause for: `IP.assess`
Rows = list[tuple[str, list[str]]]  # a table's: its head and its figures; a list's: its lines

USED: Final = "used"
REFUSED: Final = "refused"
# What a figure of the grid counts.
KINDS: Final = {
    USED: _("received"), REFUSED: _("refused"), "late": _("late"), "silent": _("silent"),
}  # fmt: skip
_OF_ANSWER: Final = {"late": "late", "later": "late", "silent": "silent"}
_MEASURES: Final = {
    "home": _("home-based support"), "placement": _("placement"),
    "inquiry": _("judicial inquiry (MJIE)"), "open": _("not known to the bus"),
}  # fmt: skip


def permitted(convention: Convention, realm: str) -> Acts:
    """The acts that each pair of roles has a clause for."""
    found: Acts = defaultdict(dict)
    for grant in _clauses(convention, realm):
        for pair in product(grant.issuers, grant.recipients):
            found[pair][f"{grant.event}.{grant.purpose}"] = grant
    return found


def _clauses(convention: Convention, realm: str) -> list[Grant]:
    return [each for each in convention.grants if each.realm == realm and not each.publication]


def _kind(cell: Cell) -> str:
    """What a cell says in the grid; empty: it is of another table."""
    of_table = {"meetings": USED, "refusals": REFUSED, "replies": _OF_ANSWER.get(cell[4], "")}
    return of_table.get(cell[0], "")


class Figures:
    """A year's figures, and two conventions: the one in force and the one proposed, or twice one.

    `_may` and `_would` are the acts that each permits, `_of` has kind -> pair -> figure.
    """

    def __init__(
        self, now: Convention, lang: str, editions: Sequence[Edition], then: Convention
    ) -> None:
        self._lang, self._now, self._then, self._year = lang, now, then, year_of(editions)
        self._times: list[Mapping[Cell, int]] = [*(each.figures for each in editions), self._year]
        self._may, self._would = permitted(now, CIVIL), permitted(then, CIVIL)
        # The first clause of an act names it.
        self._labels = {
            f"{each.event}.{each.purpose}": each.label[lang]
            for each in reversed([*_clauses(now, CIVIL), *_clauses(then, CIVIL)])
        }
        self._of = {kind: self._sum(lambda cell: cell[1:3], kind) for kind in KINDS}

    def tables(self) -> dict[str, Any]:
        """The tables, and the lists of what was refused and of what was not used."""
        used, grants = {cell[3] for cell in self._year if cell[0] == "meetings"}, self._then.grants
        unused = (
            f"{each.id} {self._told(self._roles(each.issuers), each.label[self._lang])}"
            for each in _clauses(self._now, CIVIL) if each.id not in used
        )  # fmt: skip
        return {
            "by_quarter": self._over_time(KINDS, _kind),
            "measures": self._over_time(_MEASURES, lambda cell: cell[4]),
            "refused": self._refused(),
            "unused": series(unused, self._lang),
            "replies": self._by_role("replies", "", ("kept", "late", "later", "silent"), side=2),
            "alerts": self._by_role("followed", "alert", ("yes", "no")),
            "corrected": self._by_role("followed", "refusal", ("yes", "no")),
            "published": all_of([each.id for each in grants if each.publication], self._lang),
            "criminal": all_of([each.id for each in grants if each.realm == CRIMINAL], self._lang),
        }  # fmt: skip

    def _refused(self) -> Rows:
        """By reason: from whom to whom, and what."""
        cells = self._sum(lambda cell: cell, REFUSED).most_common()
        return [
            (self._told(self._word(REFUSED, total), reason_text(reason, self._lang)), [
                self._told(f"{self._between(cell[1:3])}, {self._act(cell[3])}", self._figure(n))
                for cell, n in cells if cell[4] == reason
            ])
            for reason, total in self._sum(lambda cell: cell[4], REFUSED).most_common()
        ]  # fmt: skip

    def _by_role(self, table: str, act: str, outcomes: Iterable[str], side: int = 1) -> Rows:
        of = self._sum(lambda cell: (cell[side], cell[4]) if cell[3] == act else None, table)
        return [
            (self._role(role), [self._figure(of[role, each]) for each in outcomes])
            for role in self._then.roles if any(of[role, each] for each in outcomes)
        ]  # fmt: skip

    def _over_time(self, rows: Mapping[str, Text], key: Callable[[Cell], str]) -> Rows:
        """Sums by quarter and of the year, of the cells whose key a row is named by."""
        return [
            (text.say(self._lang), [
                self._figure(sum(n for cell, n in figures.items() if key(cell) == name))
                for figures in self._times
            ])
            for name, text in rows.items()
        ]  # fmt: skip

    def _sum(self, key: Callable[[Cell], Any], of: str) -> Counter[Any]:
        """Sums of the year's cells of a kind or a table."""
        total: Counter[Any] = Counter()
        for cell, n in self._year.items():
            if of in (_kind(cell), cell[0]):
                total[key(cell)] += n
        return total

    def _act(self, act: str) -> str:
        """An act by a clause's label; of what no clause has, the event."""
        return self._labels.get(act) or event_label(act.split(".")[0], self._lang)

    def _between(self, pair: Pair) -> str:
        return " → ".join(map(self._role, pair))

    def _roles(self, roles: Iterable[str]) -> str:
        return ", ".join(map(self._role, roles))

    def _role(self, role: str) -> str:
        return role_label(role, self._lang, self._then)

    def _short(self, role: str) -> str:
        return self._role(role).partition(" (")[0]

    def _word(self, kind: str, n: int) -> str:
        return f"{number(n, self._lang)} {KINDS[kind].say(self._lang)}"

    def _told(self, name: str, what: str) -> str:
        return _("{name}: {n}").say(self._lang, name=name, n=what)

    def _figure(self, n: int) -> str:
        return number(n, self._lang) if n else _("under 10").say(self._lang)
