"""E. A runaway from a home: core message first, then the rest of it refused."""

from __future__ import annotations

from services.play.demo.bus import Bus
from services.play.demo.scene import Scene
from services.play.demo.screen import Teller
from services.play.demo.stories.marked import Marked
from services.play.demo.stories.runaway.afterwards import afterwards
from services.play.demo.stories.runaway.placement import placed
from services.play.demo.stories.runaway.search import closed, found, missing, school_told
from services.texts import Catalogue

_ = Catalogue(__name__)


def play(bus: Bus, teller: Teller) -> None:
    """Play story E."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "E", _("22:10, an empty room"),
        weekday=2, at="15:00", not_before="2027-09-01",
    )  # fmt: skip
    case = placed(scene, m)
    declared, repeated = missing(scene, m, case)
    school_told(scene, m, case)
    found(scene, m, declared)
    afterwards(scene, m, case)
    closed(scene, m, declared, repeated)
    scene.end()
