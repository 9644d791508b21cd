"""French articles contract, vowels elide, English has `an`: the little grammar of our sentences."""

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


def a_english(label: str) -> str:
    """`a`, or `an` before a vowel."""
    return f"an {label}" if label[:1].lower() in "aeiou" else f"a {label}"


def capital(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def bare(text: str) -> str:
    """A noun without its article, French or English: `la CRIP` is the CRIP of a table."""
    for article in ("le ", "la ", "les ", "l'", "l’", "the "):
        if text.lower().startswith(article):
            return text[len(article) :]
    return text
