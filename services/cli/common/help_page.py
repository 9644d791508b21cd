"""`--help`, and what is said of wrong use, in the reader's language.

Docstrings and `help=` stay plain English where a command stands. Each paragraph of them is a text of
this package's catalogue (`texts` hands it to `make texts`), said when a page is written, and not before:
what runs a command reads no catalogue for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from services.cli.common.output import LANG, Lang
from services.cli.common.typer_words import extras, kind, wrong_use
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_HEADINGS: Final = {"argument": _("Arguments:"), "option": _("Options:")}
_USAGE: Final = _("Usage:")
_HELPS: Final = _("More: `{command} --help`")
_WRONG: Final = _("Error: {what}")
_BELOW: Final = _("COMMAND [ARGS]…")


class Explained:
    """How a command or a group is explained; mixed into typer's own."""

    help: str | None
    epilog: str | None
    get_params: Any
    collect_usage_pieces: Any

    def texts(self) -> Iterator[str]:
        """Every English text of its page, as the catalogue has it."""
        helps = [one.help for one in self.get_params(typer.Context(self))]  # type: ignore[arg-type]
        for text in (self.help, self.epilog, *helps):
            yield from (one for one in _paragraphs(text) if " | " not in one)  # names are data

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the first line."""
        lang = lang_of(ctx)
        pieces = " ".join(self.collect_usage_pieces(ctx))
        pieces = pieces.replace("COMMAND [ARGS]...", _BELOW.say(lang))
        formatter.write_usage(ctx.command_path, pieces, _USAGE.say(lang) + " ")

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what it is for."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(_said(self.help, lang_of(ctx))))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write its arguments, then its options."""
        lang = lang_of(ctx)
        for which, heading in _HEADINGS.items():
            params = [one for one in self.get_params(ctx) if one.param_type_name == which]
            write_rows(formatter, heading, [_row(one, ctx) for one in params], lang)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what comes last."""
        if self.epilog:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text("\n\n".join(_said(self.epilog, lang_of(ctx))))


class Command(Explained, TyperCommand):
    """A command with a page in the reader's language."""


class Group(Explained, TyperGroup):
    """A group too, its commands with their first paragraph whole: typer cuts it at the end of the line."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write its options, then its commands."""
        super().format_options(ctx, formatter)
        lang = lang_of(ctx)
        rows = [
            (name, next(_said(one.help, lang), ""))
            for name, one in self.commands.items()
            if not one.hidden
        ]
        write_rows(formatter, _("Commands:"), rows, lang)


class Root(Group):
    """`relais` itself, which knows the language before anything is parsed."""

    lang: Lang = LANG

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """See what language is asked for, by `--lang` anywhere or by RELAIS_LANG; then parse."""
        self.lang = _asked(args)
        with self._wrong_use_told():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run what was typed."""
        with self._wrong_use_told():
            return super().invoke(ctx)

    @contextmanager
    def _wrong_use_told(self) -> Iterator[None]:
        """Tell what typer refuses in the reader's language; what is not recognised it tells itself."""
        try:
            yield
        except typer.TyperException as error:
            said = wrong_use(error.format_message(), self.lang)
            if said is None:
                raise
            ctx = getattr(error, "ctx", None)
            if ctx is not None:
                typer.echo(ctx.get_usage(), err=True)
                typer.echo(_HELPS.say(self.lang, command=ctx.command_path) + "\n", err=True)
            typer.echo(_WRONG.say(self.lang, what=said), err=True)
            raise typer.Exit(error.exit_code) from None


def lang_of(ctx: Any) -> Lang:
    """The language of whoever typed the command."""
    return getattr(ctx.find_root().command, "lang", LANG)


def write_rows(formatter: Any, heading: Text, rows: Sequence[tuple[str, str]], lang: Lang) -> None:
    """Write a list with a heading, if it has rows."""
    if rows:
        # typer sets the colon itself.
        with formatter.section(heading.say(lang).removesuffix(":")):
            formatter.write_dl(rows)


def _row(param: Any, ctx: Any) -> tuple[str, str]:
    """How an option is typed, and what `told` tells of it."""
    lang = lang_of(ctx)
    name, text = param.get_help_record(ctx)
    brackets = text.removeprefix(param.help or "").strip()
    return kind(name, lang), told(param.help, brackets, lang)


def told(text: str | None, brackets: str, lang: Lang) -> str:
    """What something is for, and in brackets whence it comes if it is not given."""
    return "  ".join(filter(None, (*_said(text, lang), extras(brackets, lang))))


def _asked(args: Sequence[str]) -> Lang:
    """A wrong value is refused where it is parsed."""
    given = os.environ.get("RELAIS_LANG", "")
    for word, after in pairwise([*args, ""]):
        name, _equals, value = word.partition("=")
        if name == "--lang":
            given = value or after
    return Lang(given) if given in set(Lang) else LANG


def _said(text: str | None, lang: Lang) -> Iterator[str]:
    """Its paragraphs in a language."""
    return (Text(_.package, one).say(lang) for one in _paragraphs(text))


def _paragraphs(text: str | None) -> Iterator[str]:
    """Each in one line."""
    return (" ".join(one.split()) for one in (text or "").split("\n\n") if one.strip())
