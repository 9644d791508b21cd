"""`python -m tests.browser.pictures`: pictures of docs/tutorial/poste.md, of real pages.

They show the French pages of an association, in a federation in memory, with invented data.
"""

from __future__ import annotations

import asyncio
import base64
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.browser.browser import Browser, browser
from tests.samples import sample
from tests.services.agency.desk.kit import filled, opened, pressed
from tests.world import World

FOLDER: Final = Path(__file__).parents[2] / "docs" / "tutorial" / "images"
WIDTH: Final = 860
HIGHEST: Final = 1000  # a page that is longer goes on below the picture
CONCERN: Final[dict[str, Any]] = {
    "kind": "information_preoccupante",
    "reference": "2026-118",
    "young_person": {"known_as": "Chloé", "age": 15, "sex": "female"},
    "observations": [
        {
            "on": "2026-09-04",
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
    world, found = World(), dict[str, str]()
    async with (
        opened("association", folder, world) as asso,
        opened("child_welfare", folder, world) as council,
        asso.as_("asso") as worker,
        council.as_("ase") as ase,
    ):
        await worker.get("/desk?lang=fr")
        found["1-ecrire"] = (await worker.get(f"/desk/write/{CONCERN['kind']}")).text
        check = await filled(worker, CONCERN)
        found["2-verifier"] = check.text
        sent = await pressed(worker, check, "send")
        asso.bench.settle()
        found["3-recu"] = (await worker.get(sent.headers["location"])).text
        letter = sample("child_welfare", "specialist_referral", "situation inventée")
        await pressed(ase, await filled(ase, letter), "send")
        council.bench.settle()
        found["4-recus"] = (await worker.get("/desk/inbox")).text
        found["5-a-faire"] = (await worker.get("/desk/duties")).text
    return found


def picture(chromium: Browser, file: Path) -> bytes:
    """The top of a page, as wide as a small window."""
    chromium.open(file)
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
            for title, page in written.items():
                file = folder / f"{title}.html"
                file.write_text(page, "utf-8")
                (FOLDER / f"{title}.png").write_bytes(picture(chromium, file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
