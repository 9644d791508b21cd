"""A partner is handed the bus's own names for scopes; its one record answers every act."""

from __future__ import annotations

from typing import Final

from services.agency.office.inbox.arrival_words import Words

WORDS: Final = Words(minor="", scopes={}, always=("event",))
