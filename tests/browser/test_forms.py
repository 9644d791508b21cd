"""Each form of the desks' pages: typed key by key, sent, and read at the other desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from contracts.conventions import SECOND, read
from tests.browser.browser import IN_CHROMIUM, run
from tests.browser.forms import (
    FILE,
    FILINGS,
    FORMS,
    SECOND_FORMS,
    Floor,
    Form,
    draft,
    floor,
    pressed,
    typed,
)  # fmt: skip
from tests.samples import desk_of, filed

pytestmark = [pytest.mark.slow, IN_CHROMIUM]
UNREACHED: Final = {  # attempts by design: no clause has them, and the page says so before sending
    ("education", "police_notification", "EDU-S"),
    ("police", "inquiry_report", "POL"),
}


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """One browser and one world for all forms."""
    with floor(tmp_path_factory.mktemp("floor"), FILINGS) as opened:
        yield opened


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """The same under version 2."""
    with floor(tmp_path_factory.mktemp("later"), SECOND_FORMS, read(SECOND)) as opened:
        yield opened


@pytest.mark.parametrize("form", SECOND_FORMS, ids="-".join)
def test_what_is_typed_is_read_under_version_2(later: Floor, form: Form) -> None:
    """What the youth service may write then."""
    assert form in later.before
    test_what_is_typed_is_read_at_the_other_desk(later, form)


@pytest.mark.parametrize("form", FORMS, ids="-".join)
def test_what_is_typed_is_read_at_the_other_desk(desks: Floor, form: Form) -> None:
    """Letter by letter, nothing lost, nothing set in print, in the draft and at who receives it."""
    page = desks.form(form)
    texts = typed(page, filed(*form) | FILE)
    pressed(page, ".actions .main")

    carried = draft(page)
    assert {name: carried.get(name) for name in texts} == texts
    assert (form in UNREACHED) == (form not in desks.before)
    if form in desks.before:
        pressed(page, "[value=send]")
        event = run(page, "location.pathname").rpartition("/")[2]
        read = desks.read(desk_of(form[2]), event)
        assert read
        stays = desks.stays(form)
        for name in (name for name in texts if not f"{name}.".startswith(stays)):
            assert any(texts[name] in one for one in read), name
    else:
        assert "ne lira rien" in run(page, "document.body.textContent")
