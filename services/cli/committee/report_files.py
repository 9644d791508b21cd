"""The report as a file to read: a page, or the same page as a tagged PDF."""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.errors import UsageError
from services.platform.process.os_errors import why
from services.texts import Catalogue

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from services.committee.friction.told import ToldReport

_ = Catalogue(__name__)


def check_pdf() -> None:
    """Say what is missing before a log is read for nothing.

    Raises:
        UsageError: `pdf_unavailable`.
    """
    try:
        import_module("weasyprint")  # it loads Pango, which no package of Python brings
    except (ImportError, OSError) as error:
        got = str(error).splitlines()[0][:120]
        expected = _(
            "`pip install 'relais[pdf]'` and Debian's `libpango-1.0-0`; a page needs neither"
        )
        raise UsageError("pdf_unavailable", got, expected, "--format pdf") from None


def write(
    path: Path, report: ToldReport, lang: str, convention: Convention | None, *, pdf: bool
) -> None:
    """Write the report.

    Raises:
        UsageError: `report_unwritable`.
    """
    from services.committee.friction.page import page

    html = page(report, lang, convention)
    data = pdf_of(html) if pdf else html.encode()
    try:
        path.write_bytes(data)
    except OSError as error:
        expected = _("a file that can be written")
        raise UsageError("report_unwritable", why(error), expected, str(path)) from None


def pdf_of(html: str) -> bytes:
    """A page as a PDF for people and screen readers (PDF/UA-1): tagged, titled, the same bytes each time."""
    from weasyprint import HTML

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it names each rule for screens
    document: bytes = HTML(string=html).write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)
    return document
