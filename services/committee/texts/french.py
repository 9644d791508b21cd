"""French articles contract, vowels elide, English has `an`: the little grammar of our sentences.

No catalogue can hold it: the words that it bends are those of a convention file, not ours.
"""

from __future__ import annotations

_VOWELS = "aeiouyéèêàâîôh"


def to_french(text: str) -> str:
    """`à` with the article: au, aux, à la, à l'."""
    for article, contracted in (("le ", "au "), ("les ", "aux ")):
        if text.lower().startswith(article):
            return contracted + text[len(article) :]
    return f"à {text}"


def from_french(text: str) -> str:
    """`de` with the article: du, des, de la, de l'."""
    for article, contracted in (("le ", "du "), ("les ", "des ")):
        if text.lower().startswith(article):
            return contracted + text[len(article) :]
    return f"de {text}"


def of_french(text: str) -> str:
    """`de` before a noun without article, elided before a vowel."""
    return f"d'{text}" if text[:1].lower() in _VOWELS else f"de {text}"


def that_french(text: str) -> str:
    """`que`, elided before a vowel."""
    return f"qu'{text}" if text[:1].lower() in _VOWELS else f"que {text}"


def to_whom(text: str, lang: str) -> str:
    """Whom something goes to: `à la CRIP`; in English the sentence has the preposition."""
    return to_french(text) if lang == "fr" else text


def from_whom(text: str, lang: str) -> str:
    """Whom something comes from: `de la CRIP`; in English as it is."""
    return from_french(text) if lang == "fr" else text


def that(text: str, lang: str) -> str:
    """`qu'elle le soit`, `that it is`."""
    return that_french(text) if lang == "fr" else f"that {text}"


def as_what(label: str, lang: str) -> str:
    """As what something is sent: after `à titre`, `d'information`; after `as`, `an alert`."""
    return of_french(label) if lang == "fr" else a_english(label)


def a_english(label: str) -> str:
    """`a`, or `an` before a vowel."""
    return f"an {label}" if label[:1].lower() in "aeiou" else f"a {label}"


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
