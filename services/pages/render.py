"""A page from a template: escaped by default, in one language, with everything inside.

A template lies in the package that fills it (`services/committee/matrix/page.html`), extends
`base.html` of this package, and says texts by `{{ _("…", name=…) }}` from the package's catalogue.
What `_` says is typeset. Words that come from elsewhere, and figures and dates in prose, are set by
`{{ … | words }}`; whatever else is shown stands as it is: an attribute, a code, what a person
wrote. Jinja is loaded by the first page.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from services.texts import Catalogue, said, typeset

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

STYLE: Final = files("services.pages").joinpath("style.css").read_text("utf-8")


def source_hash(text: str) -> str:
    """A style sheet or a script as the header Content-Security-Policy names it."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_OWN: Final = f"default-src 'none'; style-src {source_hash(STYLE)}; base-uri 'none'"
POLICY: Final = f"{_OWN}; form-action 'none'"  # of a file, or a page that asks nothing
_SERVED: Final = f"{_OWN}; form-action 'self'; connect-src 'self'"  # its own server's forms


def render(
    package: str, template: str, lang: str, *, script: str = "", served: bool = False, **facts: Any
) -> str:
    """The whole page.

    Args:
        package: whose template and texts these are: `services.committee`.
        template: the file in the package: `matrix/page.html`.
        lang: `fr` or `en`.
        script: code that the page runs, the only code; it gets no network by it but its server's.
        served: a server answers its forms.
        facts: what the template shows; plain text is escaped.

    Raises:
        jinja2.UndefinedError: the template shows what it was not given.
    """
    catalogue = Catalogue(package)

    def text(message: str, **named: object) -> str:
        return catalogue(message).say(lang, **named)

    def ngettext(one: str, many: str, **named: object) -> str:
        return catalogue.ngettext(one, many).say(lang, **named)

    def pgettext(context: str, message: str, **named: object) -> str:
        return catalogue.pgettext(context, message).say(lang, **named)

    page = _environment().get_template(f"{package}/{template}")
    texts = {"_": text, "ngettext": ngettext, "pgettext": pgettext}
    policy = policy_of(script, served=served)
    return page.render(lang=lang, style=STYLE, script=script, policy=policy, **texts, **facts)


def policy_of(script: str = "", *, served: bool = False) -> str:
    """What a page may do, as the header Content-Security-Policy; arguments as for `render`."""
    policy = _SERVED if served else POLICY
    return f"{policy}; script-src {source_hash(script)}" if script else policy


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined, pass_context
    from markupsafe import Markup, escape

    @pass_context
    def words(context: Context, value: object) -> str:
        lang = str(context["lang"])
        return value if isinstance(value, Markup) else typeset(said(value, lang), lang)

    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_as_it_is,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["words"] = words
    environment.filters["coded"] = lambda text: Markup().join(
        Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(text.split("`"))
    )  # what stands in backticks is shown as code
    return environment


def _as_it_is(value: object) -> object:
    """What is shown: a date, list or text without its language is no text: `words` makes it."""
    if not isinstance(value, str | int):
        raise TypeError(f"a template shows {type(value).__name__} without the filter words")
    return value


def _source(name: str) -> str | None:
    """`services.committee/matrix/page.html`; `base.html` is this package's own."""
    package, slash, path = name.partition("/")
    if not slash:
        package, path = "services.pages", name
    template = files(package).joinpath(path)
    return template.read_text("utf-8") if template.is_file() else None
