"""The variables that the law's annexes ask for, and what of each a bus can know without opening anything.

Names as CASF annexes 2-8 and 2-8-1 have them, as far as they could be read. Of the annexes' own code values
none is written here: those of a cell are the bus's, and their meaning stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from services.texts import Catalogue, Text

_ = Catalogue(__name__)

Knowledge = Literal["known", "partly", "unknown"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of an annex.

    Attributes:
        code: its name in the annex, or ours where the annex gives it none that could be read.
        annex: `2-8`, `2-8-1` of the Code de l'action sociale et des familles.
        why: what is known of it, or why it is not.
    """

    code: str
    annex: Literal["2-8", "2-8-1"]
    label: Text
    knowledge: Knowledge
    why: Text


_NO_PLACE: Final = _("one convention is one département; its code is no fact of the log")
_NO_IDENTIFIER: Final = _(
    "the law's channel of individual data stays off the bus; no cell has an identifier"
)
_SEALED: Final = _("stands in a sealed part, which nobody but its recipient opens")
_NO_CODES: Final = _("the annex's code list could not be read, and the content is sealed")

VARIABLES: Final = (
    Variable("NUMDEP", "2-8", _("département"), "unknown", _NO_PLACE),
    Variable("NUMANONYM", "2-8", _("anonymity number"), "unknown", _NO_IDENTIFIER),
    Variable(
        "CODEV", "2-8", _("type of event"), "unknown",
        _(
            "whether a measure follows an evaluation or a direct report shows only where all "
            "senders quote one token; that would be a guess"
        ),
    ),
    Variable(
        "DECISION", "2-8", _("nature of the decision"), "partly",
        _("who decided, by the sender's role; the annex's code list could not be read"),
    ),
    Variable(
        "MEASURE", "2-8", _("type of measure"), "partly",
        _(
            "from the clause and from who carries it out: support at home by contract, placement "
            "with the parents' agreement; the annex's code list could not be read"
        ),
    ),
    Variable("MOTIVE", "2-8", _("motive"), "unknown", _NO_CODES),
    Variable("HOUSEHOLD", "2-8", _("household"), "unknown", _NO_CODES),
    Variable("SCHOOLING", "2-8", _("schooling"), "unknown", _NO_CODES),
    Variable("TERRITORY", "2-8-1", _("territorial code (INSEE)"), "unknown", _NO_PLACE),
    Variable("IDENTIFIER", "2-8-1", _("identifier, and the one before"), "unknown", _NO_IDENTIFIER),
    Variable("SEX", "2-8-1", _("sex"), "unknown", _SEALED),
    Variable("BIRTH", "2-8-1", _("year and month of birth"), "unknown", _SEALED),
    Variable(
        "EVENT", "2-8-1", _("measure pronounced, renewed or ended"), "known",
        _("from the clear fact `phase` of the event that transmits it"),
    ),
    Variable(
        "DECIDED", "2-8-1", _("month of the decision"), "partly",
        _(
            "the month in which the bus transmitted it; the sender's own date may be up to 60 days "
            "earlier, and would change months that are published"
        ),
    ),
    Variable(
        "STARTED", "2-8-1", _("month of the effective start"), "partly",
        _(
            "of support at home and of judicial investigation: who carries it out acknowledges "
            "the start; of a placement nobody does"
        ),
    ),
    Variable(
        "MATTER", "2-8-1", _("civil or penal matter"), "partly",
        _("civil alone: the criminal bus transmits no measure, and its figures join no others"),
    ),
    Variable(
        "OBJECT", "2-8-1", _("object of the measure"), "partly",
        _(
            "placement, judicial investigation (MJIE) and support at home (AEMO), from the clause "
            "and from who carries it out; a decision that goes to the child welfare service alone is open; penal objects never"
        ),
    ),
    Variable(
        "NATURE", "2-8-1", _("nature of the decision"), "partly",
        _("whether prosecutor or judge decided; which form a judge gave it is sealed"),
    ),
)  # fmt: skip
