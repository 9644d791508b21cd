"""What a proposal changes on the page: what it opens, on which conditions, and what stays shut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, product
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.decision.doors import ALERTS, doors
from contracts.vocabulary.reasons import NO_CLAUSE
from contracts.vocabulary.scopes import CIVIL
from services.committee.diff.change import Change
from services.committee.diff.compare import diff
from services.committee.report.figures import REFUSED, Figures, Pair
from services.committee.report.published import Cell, Edition
from services.committee.texts.labels import reason_text
from services.texts import Catalogue, any_of, series

_ = Catalogue(__name__)
_WAYS: Final = {
    "opened": _.ngettext("{n} more kind of sending in all", "{n} more kinds of sending in all"),
    "closed": _.ngettext("{n} kind of sending fewer", "{n} kinds of sending fewer"),
}
_PRESENCE: Final = "absence_code"  # a school is told that a child is away: instead of no other act


class Compared(Figures):
    """A year's figures, and what the proposal changes.

    `_ways` has `opened` or `closed` -> pair -> how many kinds of sending; `_kept_shut` what is
    never to pass between roles: id -> the guarantee's sentence, and these pairs.
    """

    def __init__(
        self, now: Convention, lang: str, editions: Sequence[Edition], then: Convention
    ) -> None:
        super().__init__(now, lang, editions, then)
        changes = diff(now, then).changes
        self._changes = [each for each in changes if each.realm == CIVIL and _label(each, lang)]
        self._ways = {group: Counter(_pairs(self._whole(group))) for group in _WAYS}
        self._opening = {  # each attempt that would pass, under one label
            ("refusals", *pair, act, NO_CLAUSE): _label(each, lang)
            for each in reversed(self._whole("opened")) for pair in _pairs([each])
            for act in (f"{each.event}.{each.purpose}", f"{each.event}.")  # need not say for what
        }  # fmt: skip
        everyone = [*product(then.roles, then.roles)]
        self._kept_shut = {
            each.id: (each.sentence[lang], [
                pair for pair in everyone
                if pair[0] in each.selection.issuers and pair[1] in each.selection.recipients
            ])
            for each in then.invariants if each.demand == "never" and each.selection.whole
        }  # fmt: skip

    def compared(self) -> dict[str, Any]:
        """What the proposal changes, in short: in full `relais convention diff` tells it."""
        return {
            "changes": [*self._in_short()], "shut": [*self._shut(), *self._untouched()],
            "ways": [_WAYS[at].say(self._lang, n=n.total()) for at, n in self._ways.items() if n],
            "closes": self._ways["closed"].total(),
        }  # fmt: skip

    def _whole(self, group: str) -> list[Change]:
        """What is permitted anew, or no longer."""
        return [each for each in self._changes if each.atom.new_question and each.group == group]

    def _in_short(self) -> Iterator[str]:
        """What would open of what was refused, from whom to whom; then which deadlines change."""
        tried = self._sum(lambda cell: (self._opening.get(cell), cell[1:3]), REFUSED)
        for (label, pair), n in tried.most_common():
            if label:
                yield f"{self._told(label, self._between(pair))} ({self._word(REFUSED, n)})"
        if moved := [each for each in self._changes if each.atom.kind == "deadline"]:
            acts = series(dict.fromkeys(_label(each, self._lang) for each in moved), self._lang)
            acts += f" ({', '.join(sorted({each.clause for each in moved}))})"
            yield _("Deadlines changed: {acts}").say(self._lang, acts=acts)

    def _untouched(self) -> Iterator[str]:
        """How many refusals the proposal neither opens nor shuts, by reason."""
        told = {at for at in self._year if at in self._opening or self._stays_shut(at)}
        left = self._sum(lambda cell: "" if cell in told else cell[4], REFUSED)
        del left[""]
        if left:
            by = [(reason_text(at, self._lang), self._figure(n)) for at, n in left.most_common()]
            why = series((self._told(*each) for each in by), self._lang)
            n = self._word(REFUSED, left.total())
            yield _("Neither opened nor shut: {n} ({why})").say(self._lang, n=n, why=why)

    def _stays_shut(self, cell: Cell) -> bool:
        """Whether the proposal has no clause for an attempt, which need not say for what."""
        acts = self._would[cell[1:3]]
        known = {*acts, *(each.partition(".")[0] + "." for each in acts)}
        return cell[4] == NO_CLAUSE and cell[3] not in known

    def _shut(self) -> Iterator[str]:
        """What a guarantee of the proposal keeps shut, then what merely has no clause."""
        left = self._sum(lambda cell: cell[1:4] if self._stays_shut(cell) else (), REFUSED)
        del left[()]
        for name, (sentence, pairs) in self._kept_shut.items():
            if pairs:
                held = {key: left.pop(key) for key in [*left] if key[:2] in pairs}
                head = _("Guarantee {name}").say(self._lang, name=name)
                named = [self._between(pair) for pair in dict.fromkeys(key[:2] for key in held)]
                figure = [self._word(REFUSED, sum(held.values()))] if held else []
                instead = self._instead(pairs, "IP")
                says_so = instead.partition(":")[0].strip().lower() in sentence.lower()
                head = self._told(", ".join([head, *named, *figure]), sentence)
                yield head if says_so else f"{head} {instead}"
        for (issuer, recipient, act), n in left.most_common():
            head = f"{self._between((issuer, recipient))}, {self._act(act)}"
            said = self._told(head, self._word(REFUSED, n))
            yield f"{said}. {self._instead([(issuer, recipient)], act)}"

    def _shut_by(self, pairs: Iterable[Pair]) -> str:
        """That guarantees shut all of these pairs, and which; else nothing."""
        names = [name for name, (_text, shut) in self._kept_shut.items() if {*pairs} <= {*shut}]
        return _("shut ({names})").say(self._lang, names=", ".join(names)) if names else ""

    def _instead(self, pairs: Iterable[Pair], act: str) -> str:
        """Whom to write to where an act may not pass: with its like, or the other alert."""
        event = act.partition(".")[0]
        found = (doors(self._then, CIVIL, pair[0], event, (), pair[1]) for pair in pairs)
        roles = dict.fromkeys(
            self._short(door.role)
            for door in chain.from_iterable(found)
            if door.event == event or {door.event, event} <= ALERTS
            if door.purpose != _PRESENCE
        )
        said = _("Right recipient: {roles}.")
        return said.say(self._lang, roles=any_of(roles, self._lang)) if roles else ""


def _pairs(changes: Iterable[Change]) -> list[Pair]:
    return [pair for each in changes for pair in product(each.issuers, each.recipients)]


def _label(change: Change, lang: str) -> str:
    """The act's; of published figures, which no service sends, none."""
    grant = change.grants[1] or change.grants[0]
    return "" if grant is None or grant.publication else grant.label[lang]
