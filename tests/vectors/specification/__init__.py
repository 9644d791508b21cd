"""The vectors of docs/specification/vectors, made by the code that they hold.

`python -m tests.vectors.specification` writes them anew; `test_specification_vectors` compares.
Every key, salt and clock reading is fixed, so that the same files come out. All of it is synthetic.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from tests.vectors.specification import bodies, computations, whole
from tests.vectors.specification.signatures import of_p256, signatures

__all__ = ["FOLDER", "bodies", "files", "text"]

FOLDER: Final = Path(__file__).parents[3] / "docs" / "specification" / "vectors"


@cache
def files() -> dict[str, dict[str, Any]]:
    """Name of a file -> what it holds."""
    return {
        "encodings.json": computations.encodings(),
        "keyed.json": computations.keyed(),
        "part.json": computations.part(),
        "part_p256.json": computations.part_on_p256(),
        "signatures.json": signatures(),
        "es256.json": of_p256(),
        "directory.json": whole.directory(),
        "event.json": whole.event(),
        "delivery.json": whole.delivery(),
        "log.json": whole.log(),
    }


def text(content: dict[str, Any]) -> bytes:
    """A file's bytes."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(content, option=options)
