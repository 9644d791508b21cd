"""What people read, in French and English: gettext catalogues, dates, numbers, lists, typography.

A module that says something begins with `_ = Catalogue(__name__)`; its English stands in the code
as `_("no clause names {role}")`, its French in `fr.po` of its package (`services/<package>/fr.po`).
Language is chosen where a text is said: `text.say(lang, role=label)`. CONTRIBUTING.md has the row
    "a text".
"""

from services.texts.catalogue import Catalogue, FilledText, Text
from services.texts.typography import typed, typeset
from services.texts.written import (
    Sayable,
    aligned,
    all_of,
    any_of,
    clock_second,
    clock_time,
    counted,
    day,
    moment,
    month,
    number,
    ordinal,
    said,
    series,
)

__all__ = [
    "Catalogue",
    "FilledText",
    "Sayable",
    "Text",
    "aligned",
    "all_of",
    "any_of",
    "clock_second",
    "clock_time",
    "counted",
    "day",
    "moment",
    "month",
    "number",
    "ordinal",
    "said",
    "series",
    "typed",
    "typeset",
]
