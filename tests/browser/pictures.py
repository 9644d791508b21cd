"""`python -m tests.browser.pictures`: pictures of docs/tutorial/poste.md, of real pages.

They show the French pages of an association in a sandbox, as the tutorial has them opened.
"""

from __future__ import annotations

import asyncio
import base64
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.browser.browser import Browser, browser
from tests.services.sandbox.process import running
from tests.services.sandbox.test_desk_page import browser as signed_in
from tests.services.sandbox.test_desk_page import shown

FOLDER: Final = Path(__file__).parents[2] / "docs" / "tutorial" / "images"
WIDTH: Final = 860
HIGHEST: Final = 1000  # a page that is longer goes on below the picture
CONCERN: Final[dict[str, Any]] = {
    "kind": "information_preoccupante",
    "reference": "2026-118",
    "young_person": {"known_as": "Chloé", "age": 15, "sex": "female"},
    "observations": [
        {
            "on": str(datetime.now(UTC).date() - timedelta(days=3)),
            "observed": "Arrive épuisée le lundi, cache un second téléphone.",
            "quoted": "« On me dit d’y aller, je n’ai pas le choix. »",
        }
    ],
    "appraisal": {
        "level": "high",
        "flags": ["exploitation", "isolation"],
        "reasons": "Cadeaux d’adultes inconnus, sorties de nuit, isolement croissant.",
    },
    "confidences": "Ce qu’elle a dit de sa première relation.",
    "danger": True,
    "told": {"parents": "not_told_family_suspected", "minor": "told"},
}


async def pages(folder: Path) -> dict[str, str]:
    """Name of a picture -> its page: writing, checking, the receipt, an arrival, what is owed."""
    found = dict[str, str]()
    with running(folder / "home", "--agency", "association") as facts:
        async with signed_in(facts, "asso") as worker:
            found["1-ecrire"] = (await worker.get(f"/desk/write/{CONCERN['kind']}")).text
            check = await worker.filled(CONCERN)
            found["2-verifier"] = check.text
            receipt = (await worker.pressed(check, "send")).headers["location"]
            await shown(worker, receipt, "Vous a répondu")
            found["3-recu"] = (await worker.get(receipt)).text
            found["4-recus"] = (await worker.get("/desk/inbox")).text
            found["5-a-faire"] = (await worker.get("/desk/duties")).text
    # A page with empty days as a French browser shows them: this one speaks English alone.
    english, french = 'type="date" value=""', 'type="text" placeholder="jj/mm/aaaa"'
    return {name: page.replace(english, french) for name, page in found.items()}


def picture(chromium: Browser, page: str) -> bytes:
    """The top of a page, as wide as a small window."""
    chromium.show(page)
    _resized(chromium, min(HIGHEST, _resized(chromium, 1)))
    return base64.b64decode(chromium.call("Page.captureScreenshot", format="png")["data"])


def _resized(chromium: Browser, height: int) -> int:
    """Give the window a height; that of what it shows."""
    size = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    chromium.call("Emulation.setDeviceMetricsOverride", **size)
    shown: int = chromium.call("Page.getLayoutMetrics")["cssContentSize"]["height"]
    return shown


def main() -> int:
    """Write them all anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = asyncio.run(pages(folder))
        with browser(folder / "profile") as chromium:
            chromium.call("Emulation.setScrollbarsHidden", hidden=True)
            chromium.call("Emulation.setLocaleOverride", locale="fr-FR")
            chromium.call("Emulation.setScriptExecutionDisabled", value=True)
            for title, page in written.items():
                (FOLDER / f"{title}.png").write_bytes(picture(chromium, page))
    return 0


if __name__ == "__main__":
    sys.exit(main())
