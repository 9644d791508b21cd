"""What the bus does with its own events, in French and English: event -> sentence.

No logic; reviewed as text. The file shows these sentences, since its parties sign them; `lint`
compares. What they say is what `bus.DONE` and the router's code say.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, dict[str, str]]] = {
    "ACK": {
        "fr": "Tout service à qui un envoi a été remis peut en rendre compte à son émetteur, une fois par "
        "étape : reçu, accepté, refusé, commencé, décidé, retrait confirmé ou illisible. Un accusé ne "
        "contient rien d'autre et n'appelle pas lui-même d'accusé.",
        "en": "Any desk to which an event was delivered may tell its issuer, once a stage, that it is "
        "received, accepted, declined, started, decided, withdrawn or unreadable. An acknowledgement "
        "holds nothing else and is never acknowledged itself.",
    },
    "WITHDRAW": {
        "fr": "L'émetteur peut retirer un envoi auprès de chaque service à qui il a été remis ; le contenu "
        "n'est alors plus ouvert sur le bus et chacun confirme le retrait au plus tard à la fin du 1er "
        "jour ouvré suivant. Le retrait n'éteint aucune obligation légale et ne change rien aux "
        "affectations.",
        "en": "The issuer may withdraw an event from each desk to which it was delivered; the bus then opens "
        "the content no more, and each confirms the withdrawal by the end of the 1st working day after. "
        "A withdrawal cancels no legal duty and leaves assignments as they are.",
    },
    "LINK": {
        "fr": "La CRIP, et elle seule, peut rapprocher deux dossiers après vérification humaine ; le délai "
        "d'évaluation court alors de la première alerte. Le rapprochement n'ouvre à personne l'accès à "
        "l'autre dossier.",
        "en": "The CRIP alone may link two cases after a person has checked; the time for evaluation then "
        "runs from the earlier alert. A link gives nobody access to the other case.",
    },
    "UNLINK": {
        "fr": "La CRIP peut défaire un rapprochement erroné ; le délai d'évaluation est recalculé et "
        "l'historique reste.",
        "en": "The CRIP may undo a mistaken link; the time for evaluation is computed again and the history "
        "stays.",
    },
}
