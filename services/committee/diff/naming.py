"""In whose words a comparison speaks: those of the new version, and of the old for what is gone.

A reader signs the new file, so roles, acts and data have its names throughout, in what closes too.
That a name itself changed stands among what changes beside the permissions (`sections`).
"""

from __future__ import annotations

from dataclasses import replace

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention


def wording(old: Convention, new: Convention) -> Convention:
    """The new convention, which also knows the names of what only the old one has."""
    gone = (
        old.roles.keys() - new.roles.keys()
        | old.readers.keys() - new.readers.keys()
        | old.scope_labels.keys() - new.scope_labels.keys()
        | old.texts.keys() - new.texts.keys()
        | old.party_labels.keys() - new.party_labels.keys()
    )
    if not gone:
        return new
    return replace(
        new,
        roles=old.roles | new.roles,
        readers=old.readers | new.readers,
        scope_labels=old.scope_labels | new.scope_labels,
        texts=old.texts | new.texts,
        party_labels=old.party_labels | new.party_labels,
    )


def act_label(words: Convention, grant: Grant, lang: str) -> str:
    """What a clause calls its act; its number keeps the act, so the new file's name is it."""
    return words.by_clause.get(grant.clause, (grant,))[0].label[lang]
