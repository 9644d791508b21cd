"""`/docs`: FastAPI's own page (Swagger UI) over `/openapi.json`; its script and style are this machine's.

The page may run these two scripts and ask its own server: it works offline and reaches no other host.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from services.pages import source_hash
from services.platform.browser.answers import HEADERS

_ASSETS: Final = "/docs/assets"
_POLICY: Final = (
    "default-src 'none'; script-src 'self' {script}; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def assets() -> Mount:
    """Serves what the page loads."""
    folder = Path(str(files("fastapi_offline"))) / "static"
    return Mount(_ASSETS, app=StaticFiles(directory=folder))


def page(title: str) -> Response:
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
