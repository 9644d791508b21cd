"""A case of who speaks HTTP: what befalls the system, and by what in the recording it is seen that it did well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from services.conformance.case import ConformanceCase
from services.conformance.http.recording import HttpRecording
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

Look = Callable[[HttpRecording], str]  # what is wrong, empty if nothing is
# Last piece of a path -> how the first answers there fail, as the sandbox has it.
FIRST: Final[Mapping[str, Sequence[str]]] = {
    "inbox": ("cut", "bad_gateway"), "acknowledge": ("reset",), "withdraw": ("cut",),
}  # fmt: skip


class KitTask(NamedTuple):
    """A record to send.

    Attributes:
        words: by which its reference steers the sandbox.
        wants: what its desk must have for it: a `door` (then it is of the kind that reaches nobody), or an `outcome`.
    """

    words: str = ""
    wants: str = ""

    def reference(self, case: str) -> str:
        """The record's own reference, by which the recording knows the case."""
        return f"sandbox:{self.words} # {case}"


def no_task() -> KitTask | None:
    """Nothing of its own is sent."""
    return None


@dataclass(frozen=True)
class HttpCase(ConformanceCase[Callable[[], KitTask | None]]):
    """What befalls the tested system, and what it must do.

    Attributes:
        look: judges it by the recording.
        adverse: something goes wrong that is not its fault.
    """

    look: Look = field(default=lambda _recording: "", repr=False)
    adverse: bool = False

    @property
    def hostile(self) -> bool:
        """Whether something goes wrong on the way."""
        return self.adverse

    @property
    def wanted(self) -> Text:
        """What must become of it."""
        return _("done")


def verdicts(cases: tuple[HttpCase, ...], recording: HttpRecording) -> list[dict[str, Any]]:
    """What the recording says of each case."""
    wrongs = {case.id: case.look(recording) for case in cases}
    return [
        {"case": name, "accepted": not wrong, "reason": wrong, "otherwise": bool(wrong)}
        for name, wrong in wrongs.items()
    ]


STEPS: Final = (
    _("Read the desk’s inbox to its end, and go on from the cursor of the last answer each time. What does not open is passed over."),
    _("Acknowledge each arrival that asks for it, at the stage that it names, once; why the desk had access (`justified`) is a person’s to say."),
    _("Send each file of `records` as it is, once, with an Idempotency-Key of its own. What is not answered whole by the service, or answered with 429 or 503, is sent again as it was; what a proxy says in its stead is no answer."),
    _("Where nobody was sent anything, send `door.json` in its stead: it goes to a door that the answer names."),
    _("Look where your sendings stand until you have seen which of them the bus has refused, and take back that of `taken-back`."),
    _("Go on reading the inbox until the outcomes have come and nothing comes for five seconds. Where your cursor is too old, begin with what is kept."),
)  # fmt: skip
