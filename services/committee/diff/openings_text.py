"""What opens or changes for the file as a whole: look-ups, signatures, promises, agencies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from contracts.convention.model import Convention
from services.committee.diff.change import Change
from services.committee.texts.labels import role_label
from services.texts import Catalogue, Text, series

_ = Catalogue(__name__)
_ACCESS: Final[dict[bool, Text]] = {
    True: _(
        "Where they take part in a case, these become its reference services: {who}. They may look "
        "up which desks of every party take part in it, and nothing else."
    ),
    False: _(
        "No longer reference services of a case, which may look up the desks that take part in it: "
        "{who}."
    ),
}
_QUORUM: Final = _("To adopt a version, {becomes} must now sign; before, {was}.")
_ALL_SIGN: Final = _("all parties ({parties})")
_SOME_SIGN: Final = _.ngettext("{n} of {parties} parties", "{n} of {parties} parties")
_PROMISE_ADDED: Final = _("Promise {name} is added: “{promise}”")
_PROMISE_FALLS: Final = _(
    "Promise {name} is taken out: “{promise}” Check that nothing becomes possible by this."
)
_AGENCY: Final = _(
    "{role} ({code}) now belongs to: {becomes}; before, to: {was}. "
    "What this role receives will be read there."
)


def _access(words: Convention, change: Change, lang: str) -> str:
    roles = (role_label(role, lang, words) for role in change.atom.what)
    return _ACCESS[change.atom.opens].say(lang, who=series(roles, lang))


def _quorum(_words: Convention, change: Change, lang: str) -> str:
    was, becomes = (_needed(quorum, lang) for quorum in (change.atom.was, change.atom.becomes))
    return _QUORUM.say(lang, was=was, becomes=becomes)


def _needed(quorum: tuple[str, ...], lang: str) -> str:
    needed, parties = quorum
    if needed == "all":
        return _ALL_SIGN.say(lang, parties=parties)
    return _SOME_SIGN.say(lang, n=int(needed), parties=parties)


def _promise(_words: Convention, change: Change, lang: str) -> str:
    how, name = change.atom.what
    index = 0 if lang == "fr" else 1  # the atom holds a promise in both languages
    if how == "added":
        return _PROMISE_ADDED.say(lang, name=name, promise=change.atom.becomes[index])
    return _PROMISE_FALLS.say(lang, name=name, promise=change.atom.was[index])


def _agency(words: Convention, change: Change, lang: str) -> str:
    (role,) = change.atom.what
    was, becomes = (
        words.party_labels.get(name, {}).get(lang, name)
        for (name,) in (change.atom.was, change.atom.becomes)
    )
    label = role_label(role, lang, words)
    return _AGENCY.say(lang, role=label, code=role, was=was, becomes=becomes)


WHOLE: Final[dict[str, Callable[[Convention, Change, str], str]]] = {
    "access": _access,
    "quorum": _quorum,
    "promise": _promise,
    "agency": _agency,
}
