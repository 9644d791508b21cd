"""The inbox cursor is believed only if this service wrote it for this desk."""

import pytest

from contracts.encoding import b64u, canonical
from services.agency.office.inbox import cursor
from services.platform.http.problems import ProblemError

SECRET = b"s" * 32
GOOD = cursor.write(SECRET, "pol", {("civil", 0): 7, ("civil", 5): 0, ("criminal", 3): 12})
BODY, _, MAC = GOOD.partition(".")


@pytest.mark.parametrize(
    ("secret", "desk", "text"),
    [
        (SECRET, "pol", GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B")),
        (SECRET, "pol", "A" + GOOD[1:]),
        (SECRET, "pol", BODY),
        (SECRET, "pol", GOOD + ".x"),
        (SECRET, "pol", ""),
        (SECRET, "pol", "é.é"),
        (SECRET, "pol", b64u(canonical({"civil": {"0": 0}})) + "." + MAC),
        (SECRET, "crip", GOOD),
        (b"t" * 32, "pol", GOOD),
    ],
)
def test_a_changed_or_foreign_cursor_is_refused(secret: bytes, desk: str, text: str) -> None:
    """Whatever was altered, it is 400 and never read as an offset."""
    with pytest.raises(ProblemError, match="cursor_not_ours") as caught:
        cursor.read(secret, desk, text)
    assert caught.value.status == 400
