"""What the bus does with its own events: event -> sentence, its French in `fr.po`.

No logic; reviewed as text. The file shows these sentences, since its parties sign them; `lint`
compares. What they say is what `bus_clauses` and the router's code say.
"""

from __future__ import annotations

from typing import Final

from services.labels.code_labels import Table
from services.texts import Catalogue

_ = Catalogue(__name__)

SENTENCES: Final[Table] = {
    "ACK": _(
        "Any desk to which an event was delivered may tell its issuer, once a stage, that it is "
        "received, accepted, declined, started, decided, withdrawn or unreadable. An "
        "acknowledgement "
        "holds nothing else and is never acknowledged itself."
    ),
    "WITHDRAW": _(
        "The issuer may withdraw an event from each desk to which it was delivered; the bus then "
        "opens the content no more, and each confirms the withdrawal by the end of the 1st working "
        "day after. A withdrawal cancels no legal duty and leaves assignments as they are."
    ),
    "LINK": _(
        "The CRIP alone may link two cases after a person has checked; the time for evaluation "
        "then "
        "runs from the earlier alert. A link gives nobody access to the other case."
    ),
    "UNLINK": _(
        "The CRIP may undo a mistaken link; the time for evaluation is computed again and the "
        "history "
        "stays."
    ),
    "LOOKUP": _(
        "A reference service that takes part in a case may look up which desks take part in it, "
        "and nothing else. Each look-up is recorded in the log. Any other desk is refused alike, "
        "whether there is such a case or not."
    ),
}
