"""The convention: in force and announced, who has signed, and who may send what to whom by it.

The text comes with the projection and is held to its digest here; the matrix is `relais convention matrix`'s own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.errors import RelaisError
from services.committee.matrix.page import fragment
from services.committee.texts.labels import realm_label
from services.console.auditor.answer import OrderedConvention
from services.console.auditor.place import place_lines
from services.console.auditor.projection import AuditProjection, ByRealm
from services.console.facts import table
from services.console.roles import Role
from services.platform.process.paris_time import exactly
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

KEPT: Final = 8  # conventions read, and matrices made of them

_HEADS: Final = (
    _("bus"), _("which"), _("version"), _("holds from"), _("has signed"), _("has not signed"), _("digest"),
)  # fmt: skip
_WHICH: Final = {"in_force": _("in force"), "announced": _("announced")}
_UNREADABLE: Final = _("what the audit says is no convention of this digest")


async def convention_page(
    projection: AuditProjection, role: Role, which: str, lang: str
) -> dict[str, Any]:
    """All that the page shows.

    Args:
        which: digest of the convention whose matrix is shown; any other text: the first in force.
    """
    told = await projection.known(role, "convention")
    rows = list(_rows(told))
    heads = _("as it was ordered on the buses")
    known = {row.digest: (name, row, read) for _realm, name, row, read in rows if read is not None}
    shown = which if which in known else next(iter(known), "")
    name, row = known[shown][:2] if shown else ("", None)
    return {
        "place": place_lines(told, lang),
        "tables": [table(_("Versions"), heads, _HEADS, [_told(*row, lang) for row in rows], lang)],
        "others": [
            {"digest": digest, "version": read.version, "which": _WHICH[other].say(lang)}
            for digest, (other, _row, read) in known.items()
            if digest != shown
        ],
        "matrix": _matrix(shown, row.text, lang, adopted=name == "in_force") if row else "",
    }


def _rows(told: ByRealm) -> Iterator[tuple[str, str, OrderedConvention, Convention | None]]:
    """Realm, `in_force` or `announced`, what is said of it, and the convention if it is one."""
    for realm, each in told.items():
        both = each.answer.convention if each is not None else None
        if both is not None:
            for name, row in (("in_force", both.in_force), ("announced", both.announced)):
                if row is not None:
                    yield realm, name, row, _read(row.text, row.digest)


def _told(
    realm: str, name: str, row: OrderedConvention, read: Convention | None, lang: str
) -> list[str]:
    if read is None:
        said: Text = _UNREADABLE
        return [
            realm_label(realm, lang),
            _WHICH[name].say(lang),
            said.say(lang),
            "–",
            "–",
            "–",
            row.digest,
        ]
    signed, missing = (
        [party for party in read.parties if (party in row.signed) is has] for has in (True, False)
    )
    return [
        realm_label(realm, lang), _WHICH[name].say(lang), str(read.version),
        exactly(row.start, lang), _labels(read, signed, lang), _labels(read, missing, lang),
        row.digest,
    ]  # fmt: skip


def _labels(read: Convention, parties: list[str], lang: str) -> str:
    return " · ".join(read.party_labels[party][lang] for party in parties) or "–"


@lru_cache(maxsize=KEPT)
def _read(text: str, digest: str) -> Convention | None:
    try:
        read = load(text.encode(), "projection")
    except (RelaisError, UnicodeEncodeError):
        return None
    return read if read.digest == digest else None


@lru_cache(maxsize=KEPT)
def _matrix(digest: str, text: str, lang: str, *, adopted: bool) -> Markup:
    read = _read(text, digest)
    return Markup(fragment(read, lang, adopted=adopted) if read is not None else "")  # noqa: S704 - a template of ours
