"""The inbox cursor is believed only if this service wrote it for this desk."""

import pytest

from contracts.encoding import b64u, canonical
from services.agency.office.inbox import cursor
from services.platform.http.problems import ProblemError

SECRET = b"s" * 32
OFFSETS = {("civil", 0): 7, ("civil", 5): 0, ("criminal", 3): 12}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: "A" + text[1:],
        lambda text: text.partition(".")[0],
        lambda text: text + ".x",
        lambda text: "",
        lambda text: "é.é",
        lambda text: b64u(canonical({"civil": {"0": 0}})) + "." + text.partition(".")[2],
    ],
)
def test_a_changed_cursor_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    """Whatever was altered, it is 400 and never read as an offset."""
    text = change(cursor.write(SECRET, "pol", OFFSETS))

    with pytest.raises(ProblemError, match="cursor_not_ours") as caught:
        cursor.read(SECRET, "pol", text)
    assert caught.value.status == 400


def test_another_desks_cursor_is_refused() -> None:
    """A cursor is bound to its desk and to the agency's secret."""
    text = cursor.write(SECRET, "pol", OFFSETS)

    for secret, desk in ((SECRET, "crip"), (b"t" * 32, "pol")):
        with pytest.raises(ProblemError, match="cursor_not_ours"):
            cursor.read(secret, desk, text)
