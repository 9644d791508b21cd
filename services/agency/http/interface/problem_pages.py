"""Pages beside the interface, offline, without a token: `/docs`, and `/problems/<code>` in words.

`/docs` is FastAPI's own page (Swagger UI) over `/openapi.json`; script and style are this
machine's. Codes are those of problem documents and the convention's reasons; one that is both has
both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from services.labels.code_labels import REASON_TEXTS
from services.labels.problem_texts import PROBLEM_TEXTS, At
from services.labels.reason_advice import REASON_ADVICE
from services.pages import render, source_hash
from services.platform.browser.answers import HEADERS
from services.texts import Catalogue, Text

_ASSETS: Final = "/docs/assets"
_POLICY: Final = (
    "default-src 'none'; script-src 'self' {script}; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def assets() -> Mount:
    """Serves what the page loads."""
    folder = Path(str(files("fastapi_offline"))) / "static"
    return Mount(_ASSETS, app=StaticFiles(directory=folder))


def swagger_page(title: str) -> Response:
    """The page of `/openapi.json`; its one inline script is allowed by its hash."""
    shown = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=title,
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},
    )
    text = bytes(shown.body).decode()
    (script,) = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    policy = _POLICY.format(script=source_hash(script))
    return HTMLResponse(text, headers={**HEADERS, "Content-Security-Policy": policy})


_ = Catalogue(__name__)

_AT: Final[dict[At, Text]] = {
    "issuer": _("whoever sent it (`issuer`)"),
    "router": _("the bus and who operates it (`router`)"),
    "recipient": _("the desk that it is for (`recipient`)"),
}
_PROBLEM: Final = _("refusal of a request")
_REASON: Final = _("reason of the convention")


def problem_page(lang: str, code: str = "") -> str:
    """The page of one code, or of all; empty of a code that there is not."""
    shown = [one for one in _all(lang) if code in ("", one["code"])]
    if not shown:
        return ""
    return render(
        "services.agency", "http/interface/problem_page.html", lang, shown=shown, asked=code
    )


def _all(lang: str) -> Iterator[dict[str, str]]:
    """Every use of every code, in the reader's language."""
    rows = [
        (code, _PROBLEM, text.at, text.meaning.say(lang), text.next)
        for code, text in sorted(PROBLEM_TEXTS.items())
    ]
    rows += [
        (code, _REASON, advice.at, f"{REASON_TEXTS[code].say(lang)}.", advice.next)
        for code, advice in sorted(REASON_ADVICE.items())
    ]
    for code, use, at, meaning, following in rows:
        told = {"use": use.say(lang), "at": _AT[at].say(lang), "next": following.say(lang)}
        yield {"code": code, "meaning": meaning, **told}
