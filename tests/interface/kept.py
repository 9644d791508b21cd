"""The interface of each agency as the last release had it: `kept/<agency>.json`, without words and examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from contracts.vocabulary.scopes import AGENCIES
from tests.interface.breaking import Comparison
from tests.services.agency.bench import serving

AGENCIES_KEPT: Final = AGENCIES
_FOLDER: Final = Path(__file__).parent / "kept"
_WORDS: Final = frozenset({"description", "summary", "title", "example", "examples", "default"})
_NAMED: Final = frozenset(
    {"properties", "schemas", "paths", "webhooks", "responses", "content", "mapping"}
)


async def document(agency: str) -> dict[str, Any]:
    """The document as the service answers it, of what a caller relies on alone."""
    async with serving(agency) as bench:
        told = (await bench.client.get("/openapi.json")).json()
    bare: dict[str, Any] = _bare(
        {name: told.get(name, {}) for name in ("paths", "webhooks", "components")}
    )
    for path in bare["paths"].values():
        for operation in path.values():
            operation["responses"] = {
                status: one for status, one in operation["responses"].items() if status < "300"
            }
    return bare


def _bare(node: Any, *, names: bool = False) -> Any:
    """A copy without what only people read; below `properties` and its like keys are names."""
    if isinstance(node, dict):
        return {
            key: _bare(value, names=not names and key in _NAMED)
            for key, value in node.items()
            if names or key not in _WORDS
        }
    return [_bare(value) for value in node] if isinstance(node, list) else node


async def compared(agency: str) -> list[str]:
    """What breaks callers of the last release."""
    old = json.loads((_FOLDER / f"{agency}.json").read_text(encoding="utf-8"))
    return list(Comparison(old, await document(agency)).breaking())


async def keep(agency: str) -> None:
    """Write the document of today."""
    text = json.dumps(await document(agency), ensure_ascii=False, sort_keys=True, indent=0)
    _FOLDER.mkdir(exist_ok=True)
    (_FOLDER / f"{agency}.json").write_text(text + "\n", encoding="utf-8")
