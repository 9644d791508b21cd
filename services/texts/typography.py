"""Typography that readers expect and that no locale data give: apostrophes, breaks, hyphens.

Applied to every text that is said, to a convention's own sentences and to labels; setting a text
twice changes nothing. What stands in backticks is code, and stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

_CODE: Final = re.compile(r"(`[^`]*`)")
# Between letters, before an opening quotation mark, or of several: l'acte, d'« urgence », the
# parents' agreement.
_APOSTROPHE: Final = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_]|[«“])|(?<=s)'(?= [^\W\d_])")
# Article numbers, 226-2-1 and 375-3, but neither dates (2026-10-01) nor parts of an identifier;
# after `L. ` there is no date: L. 3133-22.
_ARTICLE: Final = re.compile(
    r"(?<![\w/.:#-])(?:(?<=\b[LRD]\.[ \u00a0])|(?!\d{4}-\d{2}(?:-\d{2})?(?!\d)))"
    r"\d{1,4}(?:-\d{1,4}){1,3}(?![\w/:-])"
)
_LAW: Final = re.compile(r"\b(L|R|D|LO|art|n°)(\.?) (?=[\dLR])")
_TYPED: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2011": "-", "’": "'"})
_BEFORE: Final = re.compile(r" (?=[:;?!»])")
_UNIT: Final = re.compile(
    r"(?<=\d) (?=(?:ans?|h|min|s|%|€)(?![\w’]))|(?<=\d[ \u00a0]h) (?=\d)"
)  # 14 ans, 22 h 10


def typeset(text: str, lang: str) -> str:
    """A text with typographic apostrophes and nothing that would break at the wrong place.

    Args:
        text: as it is typed, `l'article L. 226-2-1 : « oui »`.
        lang: `fr` sets `: ; ? ! « »` apart by no-break spaces, and figures from their units;
            anything else does not.
    """
    if "`" not in text:
        return _set(text, lang)
    pieces = _CODE.split(text)
    return "".join(piece if at % 2 else _set(piece, lang) for at, piece in enumerate(pieces))


def typed(text: str) -> str:
    """A text as typed on a keyboard, for files that people edit: `typeset`, undone."""
    return text.translate(_TYPED)


def _set(text: str, lang: str) -> str:
    if "'" in text:
        text = _APOSTROPHE.sub("’", text)
    if "-" in text:
        text = _ARTICLE.sub(lambda match: match[0].replace("-", "\u2011"), text)
    text = _LAW.sub("\\1\\2\u00a0", text)
    if lang == "fr":
        text = _BEFORE.sub("\u00a0", text).replace("« ", "«\u00a0")
        text = _UNIT.sub("\u00a0", text)
    return text
