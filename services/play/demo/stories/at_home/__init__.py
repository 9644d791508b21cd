"""D. Home-based help instead of placement, from the alert to the end."""

from __future__ import annotations

from services.play.demo.bus import Bus
from services.play.demo.scene import Scene
from services.play.demo.screen import Teller
from services.play.demo.stories.at_home.alert import evaluated, instructed, referred
from services.play.demo.stories.at_home.court import carried_to_court, ordered, school_and_author
from services.play.demo.stories.at_home.measure import (
    coordinated,
    ended,
    late_start,
    month_of_association,
    months,
)
from services.play.demo.stories.marked import Marked
from services.texts import Catalogue

_ = Catalogue(__name__)


def play(bus: Bus, teller: Teller) -> None:
    """Play story D."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "D", _("At home rather than in care"),
        weekday=0, at="09:30", not_before="2027-02-22",
    )  # fmt: skip
    alert, first = referred(scene, m)
    asked = instructed(scene, m, first)
    evaluated(scene, m, alert)
    second = carried_to_court(scene, m, first, asked)
    measure, followed = ordered(scene, m, second)
    school_and_author(scene, m, alert)
    late_start(scene, measure)
    month_of_association(scene, m, followed, 1, 59)
    coordinated(scene, m, alert)
    months(scene, m, measure, followed)
    ended(scene, measure, followed)
    scene.end()
