"""French articles contract, vowels elide, English has `an`: the little grammar of our sentences.

No catalogue can hold it: the words that it bends are those of a convention file, not ours.
"""

from __future__ import annotations

_VOWELS = "aeiouyéèêàâîôh"


def to_whom(text: str, lang: str) -> str:
    """Whom something goes to: au, aux, à la, à l'; in English the sentence has the preposition."""
    return _contracted("à", "au ", "aux ", text) if lang == "fr" else text


def from_whom(text: str, lang: str) -> str:
    """Whom something comes from: du, des, de la, de l'; in English as it is."""
    return _contracted("de", "du ", "des ", text) if lang == "fr" else text


def _contracted(before: str, le: str, les: str, text: str) -> str:
    """`à` or `de` with the article of a French noun."""
    for article, contracted in (("le ", le), ("les ", les)):
        if text.lower().startswith(article):
            return contracted + text[len(article) :]
    return f"{before} {text}"


def that(text: str, lang: str) -> str:
    """`qu'elle le soit`, `que …`; `that it is`."""
    if lang != "fr":
        return f"that {text}"
    return f"qu'{text}" if text[:1].lower() in _VOWELS else f"que {text}"


def as_what(label: str, lang: str) -> str:
    """As what something is sent: after `à titre`, `d'information`; after `as`, `an alert`."""
    first = label[:1].lower()
    if lang == "fr":
        return f"d'{label}" if first in _VOWELS else f"de {label}"
    return f"an {label}" if first in "aeiou" else f"a {label}"


def capital(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """With a capital and a full stop; words to be typed that end with one need no other."""
    return capital(text) if text.endswith((".", ".`")) else f"{capital(text)}."


def bare(text: str) -> str:
    """A noun without its article, French or English: `la CRIP` is the CRIP of a table."""
    for article in ("le ", "la ", "les ", "l'", "l’", "the "):
        if text.lower().startswith(article):
            return text[len(article) :]
    return text
