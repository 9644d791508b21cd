"""The page on where services meet: a convention's matrix with a year's figures laid over it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain, combinations, product
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.vocabulary.reasons import NO_CLAUSE
from contracts.vocabulary.scopes import CIVIL, CRIMINAL
from services.committee.report.published import Cell, Edition, year_of
from services.committee.texts.labels import event_label, reason_text, role_label
from services.pages import render
from services.texts import Catalogue, Text, all_of, day, number, series

_ = Catalogue(__name__)
FIRST: Final = 3  # rows of a summary, and whatever ties with the last
Pair = tuple[str, str]  # issuer and recipient
Acts = dict[Pair, dict[str, Grant]]  # between them, what there is a clause for: `IP.assess`
Rows = list[tuple[str, list[str]]]  # a table's: its head and its figures

USED: Final = "used"
REFUSED: Final = "refused"
OWED: Final = ("late", "silent")  # of answers that did not come in time
# What a figure of the grid counts.
_KINDS: Final = {
    USED: _("received"), REFUSED: _("refused"), "late": _("late"), "silent": _("silent"),
}  # fmt: skip
_OF_ANSWER: Final = {"late": "late", "later": "late", "silent": "silent"}
_MORE: Final = _.ngettext("{n} more kind of sending", "{n} more kinds of sending")
_FEWER: Final = _.ngettext("{n} kind of sending fewer", "{n} kinds of sending fewer")
# The families of the first table: three are an agency's, the second has all other agencies.
_FAMILIES: Final = {
    "education": _("National education"), "": _("Child protection"),
    "police": _("Police"), "justice": _("Justice"),
}  # fmt: skip
_STAYS: Final = _(
    "With the proposal, {opened} of {all} refusals without a clause would have one, on its "
    "conditions. Still shut: {shut}. Refused for unmet conditions, as before: {unmet}."
)
_MEASURES: Final = {
    "home": _("home-based support"), "placement": _("placement"),
    "inquiry": _("judicial inquiry (MJIE)"), "open": _("not known to the bus"),
}  # fmt: skip


def page(
    convention: Convention,
    lang: str,
    editions: Sequence[Edition],
    *,
    proposal: Convention | None = None,
    sample: bool = False,
) -> str:
    """The whole page.

    Args:
        editions: of the year's quarters, in their order.
        proposal: another convention: what it would open and close is drawn too.
        sample: the figures are invented, and the page says so.
    """
    laid = _Laid(convention, lang, editions, proposal)
    return render(
        "services.committee", "report/page.html", lang, convention=convention, proposal=proposal,
        sample=sample, from_date=day(date.fromisoformat((proposal or convention).effective), lang),
        quarters=[_("Q{1} {0}").say(lang, *each.quarter.split("-")) for each in editions],
        **laid.compared(), **laid.counted(), **laid.led_to(),
    )  # fmt: skip


def _permitted(convention: Convention, realm: str) -> Acts:
    found: Acts = defaultdict(dict)
    for grant in _clauses(convention, realm):
        for pair in product(grant.issuers, grant.recipients):
            found[pair][f"{grant.event}.{grant.purpose}"] = grant
    return found


def _clauses(convention: Convention, realm: str) -> list[Grant]:
    return [each for each in convention.grants if each.realm == realm and not each.publication]


def _leading(ranked: Counter[Any]) -> list[tuple[Any, int]]:
    """The first rows, with those that tie with the last of them."""
    rows = ranked.most_common()
    return [row for row in rows if row[1] >= rows[:FIRST][-1][1]]


def _kind(cell: Cell) -> str:
    """What a cell says in the grid; empty: it is of another table."""
    of_table = {"meetings": USED, "refusals": REFUSED, "replies": _OF_ANSWER.get(cell[4], "")}
    return of_table.get(cell[0], "")


class _Laid:
    """A year's figures over a convention, as the template shows them."""

    def __init__(
        self,
        convention: Convention,
        lang: str,
        editions: Sequence[Edition],
        proposal: Convention | None,
    ) -> None:
        self._lang, self._year = lang, year_of(editions)
        self._times: list[Mapping[Cell, int]] = [*(each.figures for each in editions), self._year]
        self._names = proposal or convention
        self._now, self._new = _permitted(convention, CIVIL), _permitted(self._names, CIVIL)
        self._apart = _permitted(self._names, CRIMINAL).keys()
        self._clauses = _clauses(convention, CIVIL)
        # The first clause of an act names it where two services have none for it.
        self._named = {f"{each.event}.{each.purpose}": each for each in reversed(self._clauses)}
        self._of = {kind: self._sum(lambda cell: cell[1:3], kind) for kind in _KINDS}

    def compared(self) -> dict[str, Any]:
        """The summary and the grid."""
        opened = self._changed(self._new, self._now)
        closed = self._changed(self._now, self._new)
        known = {*self._now, *self._new}.union(*self._of.values())
        roles = [role for role in self._names.roles if any(role in pair for pair in known)]
        refused = self._sum(lambda cell: (cell[1:3], cell[4] == NO_CLAUSE), REFUSED)
        owed = self._of["late"] + self._of["silent"]
        return {
            "refusals": [self._refused(*row) for row in _leading(refused)],
            "waiting": [self._owed(pair) for pair, _n in _leading(owed)],
            "changes": [
                *(self._in_short(*row, _FEWER) for row in closed.items()),
                *(self._in_short(*row, _MORE) for row in opened.items()),
            ][:FIRST],
            "stays": self._stays(),
            "opened": [self._in_full(*row) for row in opened.items()],
            "closed": [self._in_full(*row) for row in closed.items()],
            "grid": [(self._role(one), [self._cell((one, to)) for to in roles]) for one in roles],
            **self._families(roles),
        }

    def _families(self, roles: Iterable[str]) -> dict[str, Any]:
        """The grid by families, each cell the sum of its own; and how any two of them meet."""
        of: dict[str, list[str]] = {family: [] for family in _FAMILIES}
        for role in roles:
            of.get(self._names.roles[role].agency, of[""]).append(role)
        names = [text.say(self._lang) for text in _FAMILIES.values()]
        rows = [[self._cell(*product(one, to)) for to in of.values()] for one in of.values()]
        two = [
            (" – ".join(names), self._cell(*product(a, b), *product(b, a)))
            for names, (a, b) in zip(
                combinations(names, 2), combinations(of.values(), 2), strict=True
            )
        ]
        two.sort(key=lambda row: -row[1]["met"])
        return {
            "sides": [*zip(names, rows, strict=True)],
            "meetings": [
                self._told(name, cell["words"].get(USED) or cell["none"] or self._figure(0))
                for name, cell in two
            ] if self._year else [],
        }  # fmt: skip

    def _stays(self) -> str:
        """What the proposal leaves of the refusals, in sums of published cells."""
        left = self._sum(
            lambda cell: cell[4] == NO_CLAUSE and (self._permits(cell) or cell[1:3]), REFUSED
        )
        opened, unmet = left.pop(True, 0), left.pop(False, 0)
        shut = [self._told(self._between(pair), self._figure(n)) for pair, n in left.most_common()]
        counts = {"all": opened + left.total(), "opened": opened, "unmet": unmet}
        figures = {name: self._figure(n) for name, n in counts.items()}
        figures["shut"] = series(shut, self._lang) or self._figure(0)
        return _STAYS.say(self._lang, **figures)

    def _permits(self, cell: Cell) -> bool:
        """Whether the proposal has a clause for an attempt, which need not say for what."""
        acts = self._new[cell[1:3]]
        return cell[3] in {*acts, *(each.partition(".")[0] + "." for each in acts)}

    def _refused(self, of: tuple[Pair, bool], n: int) -> str:
        said = _("{n} refused, no clause") if of[1] else _("{n} refused, conditions not met")
        return self._told(self._between(of[0]), said.say(self._lang, n=n))

    def _owed(self, pair: Pair) -> str:
        """How late a pair's answers are; whoever owed them is the second of the two."""
        to, by = map(self._role, pair)
        words = (self._word(kind, self._of[kind][pair]) for kind in OWED if self._of[kind][pair])
        return _("by: {by}, to: {to} ({n})").say(self._lang, by=by, to=to, n=", ".join(words))

    def _changed(self, more: Acts, less: Acts) -> dict[str, dict[Pair, int]]:
        """What one convention has and the other has not: act -> pairs, with how often refused."""
        found: dict[str, dict[Pair, int]] = defaultdict(dict)
        for pair, acts in [*more.items()]:
            for act in acts.keys() - less[pair].keys():
                asked = act, act.partition(".")[0] + "."  # an attempt need not say for what
                tried = (self._year.get(("refusals", *pair, each, NO_CLAUSE), 0) for each in asked)
                found[acts[act].label[self._lang]][pair] = sum(tried)
        rows = sorted(found.items(), key=lambda row: (-sum(row[1].values()), -len(row[1]), row[0]))
        return dict(rows)

    def _in_short(self, label: str, pairs: Mapping[Pair, int], ways: Text) -> str:
        text, tried = ways.say(self._lang, n=len(pairs)), sum(pairs.values())
        if tried:
            said = _("{ways} ({refused} this year)")
            text = said.say(self._lang, ways=text, refused=self._word(REFUSED, tried))
        return self._told(label, text)

    def _in_full(self, label: str, pairs: Iterable[Pair]) -> str:
        to: dict[str, list[str]] = defaultdict(list)
        for issuer, recipient in sorted(pairs):
            to[issuer].append(recipient)
        of: dict[str, list[str]] = defaultdict(list)
        for issuer, recipients in to.items():
            of[self._roles(recipients)].append(issuer)
        ways = [f"{self._roles(issuers)} → {names}" for names, issuers in of.items()]
        return self._told(label, series(ways, self._lang))

    def _cell(self, *pairs: Pair) -> dict[str, Any]:
        """How a pair's cell looks, where it leads and what it says; of many, their sums."""
        sums = {kind: sum(of[pair] for pair in pairs) for kind, of in self._of.items()}
        now, new = (
            {(pair, act) for pair in pairs for act in acts.get(pair, ())}
            for acts in (self._now, self._new)
        )
        looks = {
            "may": len(now), "met": sums[USED], "braked": sum(sums.values()) - sums[USED],
            "opens": len(new - now), "closes": len(now - new), "apart": len(self._apart & {*pairs}),
        }  # fmt: skip
        none = _("civil bus: no clause") if looks["apart"] else _("no clause")
        leads = (now or new or any(sums.values())) and not pairs[1:]
        return looks | {
            "id": "-".join(pairs[0]) if leads else "",
            "none": "" if now else none.say(self._lang),
            "look": " ".join(name for name, n in looks.items() if n),
            "words": {kind: self._word(kind, n) for kind, n in sums.items() if n},
        }

    def counted(self) -> dict[str, Any]:
        """The lists and the tables."""
        used = {cell[3] for cell in self._year if cell[0] == "meetings"}
        tried = Counter({cell: n for cell, n in self._year.items() if cell[4] == NO_CLAUSE})
        grants = self._names.grants
        return {
            "by_quarter": self._over_time(_KINDS, _kind),
            "measures": self._over_time(_MEASURES, lambda cell: cell[4]),
            "unused": [
                (each.id, self._told(self._roles(each.issuers), each.label[self._lang]))
                for each in self._clauses if each.id not in used
            ],
            "without_clause": [
                (self._between(cell[1:3]), [self._act(cell[1:3], cell[3]), self._figure(n)])
                for cell, n in tried.most_common()
            ],
            "reasons": self._reasons(),
            "replies": self._by_role("replies", "", ("kept", "late", "later", "silent"), side=2),
            "alerts": self._by_role("followed", "alert", ("yes", "no")),
            "corrected": self._by_role("followed", "refusal", ("yes", "no")),
            "published": all_of([each.id for each in grants if each.publication], self._lang),
            "criminal": all_of([each.id for each in grants if each.realm == CRIMINAL], self._lang),
        }  # fmt: skip

    def _reasons(self) -> Rows:
        """Each reason, how often, and from whom."""
        by = self._sum(lambda cell: (cell[4], cell[1]), REFUSED)
        of: dict[str, list[str]] = defaultdict(list)
        for (reason, role), n in by.most_common():
            of[reason].append(self._told(self._role(role), self._figure(n)))
        return [
            (reason_text(reason, self._lang), [self._figure(n), series(of[reason], self._lang)])
            for reason, n in self._sum(lambda cell: cell[4], REFUSED).most_common()
        ]

    def _by_role(self, table: str, act: str, outcomes: Iterable[str], side: int = 1) -> Rows:
        of = self._sum(lambda cell: (cell[side], cell[4]) if cell[3] == act else None, table)
        return [
            (self._role(role), [self._figure(of[role, each]) for each in outcomes])
            for role in self._names.roles if any(of[role, each] for each in outcomes)
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

    def led_to(self) -> dict[str, Any]:
        """What the grid's cells lead to: each clause and each refused act, and the sentences."""
        ways = chain(self._now.items(), self._new.items())
        known = dict.fromkeys(chain((pair for pair, acts in ways if acts), *self._of.values()))
        return {
            "pairs": [("-".join(pair), self._between(pair), self._rows(pair)) for pair in known],
            "clauses": [
                (each.id, each.label[self._lang], each.sentence[self._lang])
                for each in self._clauses
            ],
        }

    def _rows(self, pair: Pair) -> list[tuple[str, str]]:
        """Of each clause its id, label and figure; without id what was refused, what would open."""
        now, new = self._now[pair], self._new[pair]
        labels = {grant.id: grant.label[self._lang] for grant in now.values()}
        used = {at[3]: n for at, n in self._year.items() if at[:3] == ("meetings", *pair)}
        rows = [
            (each if each in labels else "", self._told(labels.get(each, each), self._figure(n)))
            for each, n in (dict.fromkeys(labels, 0) | used).items()
        ]
        for cell, n in self._year.items():
            if cell[:3] == ("refusals", *pair):
                what = f"{self._act(pair, cell[3])} ({reason_text(cell[4], self._lang)})"
                rows.append(("", self._told(self._word(REFUSED, n), what)))
        to_open = _("to open, {clause}: {sentence}")
        return rows + [
            ("", to_open.say(self._lang, clause=each.id, sentence=each.sentence[self._lang]))
            for each in (new[act] for act in new if act not in now)
        ]

    def _sum(self, key: Callable[[Cell], Any], of: str) -> Counter[Any]:
        """Sums of the year's cells of a kind or a table."""
        total: Counter[Any] = Counter()
        for cell, n in self._year.items():
            if of in (_kind(cell), cell[0]):
                total[key(cell)] += n
        return total

    def _act(self, pair: Pair, act: str) -> str:
        """An act by its clause's label; of what no clause has, the event."""
        clause = self._now[pair].get(act) or self._new[pair].get(act) or self._named.get(act)
        return clause.label[self._lang] if clause else event_label(act.split(".")[0], self._lang)

    def _between(self, pair: Pair) -> str:
        return " → ".join(map(self._role, pair))

    def _roles(self, roles: Iterable[str]) -> str:
        return ", ".join(map(self._role, roles))

    def _role(self, role: str) -> str:
        return role_label(role, self._lang, self._names)

    def _word(self, kind: str, n: int) -> str:
        return f"{number(n, self._lang)} {_KINDS[kind].say(self._lang)}"

    def _told(self, name: str, what: str) -> str:
        return _("{name}: {n}").say(self._lang, name=name, n=what)

    def _figure(self, n: int) -> str:
        return number(n, self._lang) if n else _("under 10").say(self._lang)
