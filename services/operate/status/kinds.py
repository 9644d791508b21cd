"""Kinds of certificates and drift in words, for alerts, `relais status` and console."""

from __future__ import annotations

from typing import Final

from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_KINDS: Final[dict[str, Text]] = {
    "own": _("its own certificate"),
    "authority": _("the authority that it trusts"),
    "broker": _("a broker’s certificate, as it met it"),
    "topic_missing": _("topics that are missing"),
    "topic_unknown": _("topics that no clause needs"),
    "partitions": _("another number of partitions"),
    "replicas": _("another number of copies"),
    "setting": _("another setting of a topic"),
    "shorter": _("records kept longer than agreed"),
    "right_missing": _("rights that are missing"),
    "right_extra": _("rights too many"),
    "quota": _("another limit"),
    "quota_extra": _("limits too many"),
}


def kind_words(kind: str, lang: str) -> str:
    """What a metric's label `kind` says; an unknown one as it is."""
    return _KINDS[kind].say(lang) if kind in _KINDS else kind
