"""B. Urgent: a Friday evening, two doors of one school, a placement."""

from __future__ import annotations

from services.play.demo.bus import Bus
from services.play.demo.scene import Scene
from services.play.demo.screen import Teller
from services.play.demo.stories.marked import Marked
from services.play.demo.stories.urgent.hearing import hearing, judge
from services.play.demo.stories.urgent.prosecutor import answers, instructed, placed
from services.play.demo.stories.urgent.school import copies_sent, reports
from services.texts import Catalogue

_ = Catalogue(__name__)


def play(bus: Bus, teller: Teller) -> None:
    """Play story B."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "B", _("Friday, 17:40"),
        weekday=4, at="17:40",
    )  # fmt: skip
    head, social = reports(scene, m)
    copies = copies_sent(scene, m, head, social)
    inquiry = instructed(scene, m, head)
    opp = placed(scene, m, head)
    hearing(scene, m, inquiry)
    judge(scene, m, opp, copies)
    answers(scene, head, social, inquiry)
    scene.end()
