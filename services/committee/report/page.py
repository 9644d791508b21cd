"""The page on where services meet: a convention's matrix with a year's figures laid over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, product
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.vocabulary.reasons import NO_CLAUSE
from contracts.vocabulary.scopes import CRIMINAL
from services.committee.report.figures import REFUSED, USED, Pair, permitted
from services.committee.report.proposal import Compared
from services.committee.report.published import Edition
from services.committee.texts.labels import reason_text
from services.pages import render
from services.texts import Catalogue, day

_ = Catalogue(__name__)
_FIRST: Final = 3  # rows of a summary, and whatever ties with the last
_OWED: Final = ("late", "silent")  # of answers that did not come in time
# The families of the first table: three are an agency's, the second has all other agencies.
_FAMILIES: Final = {
    "education": _("National education"), "": _("Child protection"),
    "police": _("Police"), "justice": _("Justice"),
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
        proposal: another convention: what it would change is told too.
        sample: the figures are invented, and the page says so.
    """
    then = proposal or convention
    laid = _Laid(convention, lang, editions, then)
    return render(
        "services.committee", "report/page.html", lang, convention=convention, proposal=proposal,
        sample=sample, from_date=day(date.fromisoformat(then.effective), lang),
        quarters=[_("Q{1} {0}").say(lang, *each.quarter.split("-")) for each in editions],
        **laid.grids(), **laid.compared(), **laid.tables(),
    )  # fmt: skip


def _leading(ranked: Counter[Any]) -> list[tuple[Any, int]]:
    """The first rows, with those that tie with the last of them."""
    rows = ranked.most_common()
    return [row for row in rows if row[1] >= rows[:_FIRST][-1][1]]


class _Laid(Compared):
    """All of it, and the grid: who writes to whom, and what each cell leads to."""

    def grids(self) -> dict[str, Any]:
        """Both grids, what holds back most, and what the cells lead to."""
        self._apart = permitted(self._then, CRIMINAL).keys()
        ways = (pair for acts in (self._may, self._would) for pair in acts if acts[pair])
        kept = (pairs for _sentence, pairs in self._kept_shut.values())
        self._known = dict.fromkeys(chain(ways, *self._of.values(), *kept))
        roles = [one for one in self._then.roles if any(one in pair for pair in self._known)]
        refused = self._sum(lambda cell: (cell[1:3], cell[4] == NO_CLAUSE), REFUSED)
        owed = self._of["late"] + self._of["silent"]
        return {
            "refusals": [self._refusal(*row) for row in _leading(refused)],
            "waiting": [self._waiting(pair) for pair, _n in _leading(owed)],
            "grid": [(self._role(one), [self._cell([one], [to]) for to in roles]) for one in roles],
            "sides": [*self._families(roles)],
            "pairs": [("-".join(at), self._between(at), [*self._entry(at)]) for at in self._known],
        }

    def _families(self, roles: Iterable[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The grid by families, each cell the sum of its own."""
        of: dict[str, list[str]] = {family: [] for family in _FAMILIES}
        for role in roles:
            of.get(self._then.roles[role].agency, of[""]).append(role)
        for family, one in of.items():
            cells = [self._cell(one, to) for to in of.values()]
            yield _FAMILIES[family].say(self._lang), cells

    def _refusal(self, of: tuple[Pair, bool], n: int) -> str:
        none = self._shut_by([of[0]]) or _("no clause").say(self._lang)
        why = none if of[1] else _("conditions not met").say(self._lang)
        return self._told(self._between(of[0]), f"{self._word(REFUSED, n)}, {why}")

    def _waiting(self, pair: Pair) -> str:
        """How late a pair's answers are; whoever owed them is the second of the two."""
        to, by = map(self._role, pair)
        words = (self._word(kind, self._of[kind][pair]) for kind in _OWED if self._of[kind][pair])
        return _("by: {by}, to: {to} ({n})").say(self._lang, by=by, to=to, n=", ".join(words))

    def _cell(self, issuers: Sequence[str], recipients: Sequence[str]) -> dict[str, Any]:
        """How a cell looks, where it leads and what it says; of families, their sums."""
        pairs = [*product(issuers, recipients)]
        sums = {kind: sum(of[pair] for pair in pairs) for kind, of in self._of.items()}
        ways = {
            group: [at for at in pairs for _n in range(of[at])] for group, of in self._ways.items()
        }
        looks = {
            "may": sum(len(self._may[pair]) for pair in pairs), "met": sums[USED],
            "braked": sum(sums.values()) - sums[USED], "opens": len(ways["opened"]),
            "closes": len(ways["closed"]), "apart": len(self._apart & {*pairs}),
        }  # fmt: skip
        none = _("civil bus: no clause;") if looks["apart"] else _("no clause")
        return looks | {
            "id": "" if pairs[1:] or pairs[0] not in self._known else "-".join(pairs[0]),
            "none": "" if looks["may"] else self._shut_by(pairs) or none.say(self._lang),
            "only": self._only(ways["opened"], (issuers, recipients)),
            "shut": not pairs[1:] and self._shut_by(pairs),
            "look": " ".join(name for name, n in looks.items() if n),
            "words": {kind: self._word(kind, n) for kind, n in sums.items() if n},
        }

    def _only(self, opened: Sequence[Pair], families: Iterable[Sequence[str]]) -> str:
        """Whose way it is that opens alone between families."""
        named = zip(opened[0], families, strict=True) if len(opened) == 1 else ()
        return ", ".join(self._short(role) for role, family in named if family[1:])

    def _entry(self, pair: Pair) -> Iterator[tuple[str, str]]:
        """What a pair's cell leads to: clauses with their figures, refusals, what would change."""
        may = {each.id: each for each in self._may[pair].values()}
        used = {at[3]: n for at, n in self._year.items() if at[:3] == ("meetings", *pair)}
        for name, n in (dict.fromkeys(may, 0) | used).items():
            head = f"{name} {may[name].label[self._lang]}" if name in may else name
            sentence = may[name].sentence[self._lang] if name in may else ""
            yield self._told(head, self._figure(n)), sentence
        for cell, n in self._year.items():
            if cell[:3] == ("refusals", *pair):
                what = f"{self._act(cell[3])} ({reason_text(cell[4], self._lang)})"
                instead = self._instead([pair], cell[3]) if self._stays_shut(cell) else ""
                yield self._told(self._word(REFUSED, n), what), instead
        for act, each in self._would[pair].items():
            if act not in self._may[pair]:
                head = _("to open, {clause}").say(self._lang, clause=each.id)
                yield head, each.sentence[self._lang]
        for name, (sentence, pairs) in self._kept_shut.items():
            if pair in pairs:
                yield _("shut on purpose, {name}").say(self._lang, name=name), sentence
