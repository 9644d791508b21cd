"""Synthetic people of the stories, each personal text carrying the play's marker.

No text here is about anybody. The marker is a canary: whoever finds it outside a sealed part, or
outside the answer to an entitled desk, has found a leak.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

REFERENCE_BYTES = 16  # of a random reference: a phone call's, an authorisation's


@dataclass(frozen=True, slots=True)
class Marked:
    """Makes personal texts that carry a marker.

    Attributes:
        marker: appended to every text; empty for a play that is only shown.
    """

    marker: str

    def __call__(self, text: str) -> str:
        """A personal text."""
        return f"{text} {self.marker}".rstrip()

    def minor(self, first_name: str, birth_date: str, sex: str = "female") -> dict[str, Any]:
        """First name, birth date and sex, as most agencies' records write them."""
        return {"first_name": self(first_name), "birth_date": birth_date, "sex": sex}

    def parent(self, name: str, relation: str = "mother") -> dict[str, Any]:
        """A holder of parental authority who can be reached."""
        return {
            "name": self(name), "relation": relation, "phone": "01 99 00 00 00",
            "street": self("1 rue des Essais"), "postal_code": "93000", "city": self("Bobigny"),
        }  # fmt: skip

    def seen(self, day: str, text: str, words: str = "") -> dict[str, Any]:
        """An observation, in the words of most agencies; education has its own."""
        observation = {"on": day, "observed": self(text)}
        return observation | ({"quoted": self(words)} if words else {})

    def appraisal(
        self, level: str = "high", flags: Sequence[str] = ("exploitation",), reasons: str = ""
    ) -> dict[str, Any]:
        """How a professional appraises the danger."""
        text = reasons or "inquiétude partagée par l'équipe"
        return {"level": level, "flags": list(flags), "reasons": self(text)}

    def photo(self) -> dict[str, str]:
        """A picture that is none, with the marker inside."""
        data = b"\xff\xd8\xff\xe0 not a picture " + self.marker.encode()
        text = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        return {"media": "image/jpeg", "data": text}


def reference(seed: str) -> str:
    """A reference of 128 bits in the form that the cover asks for; the same for the same seed.

    Real ones are random; a story's may be told again.
    """
    data = seed.encode().ljust(REFERENCE_BYTES, b".")[:REFERENCE_BYTES]
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


TOLD = {"parents": "told", "minor": "told"}
NOT_TOLD = {"parents": "not_told_family_suspected", "minor": "told"}
