"""The notes of automated labelling in words: what operations and customers should know of answers and objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

NAMED = 10  # categories in a sentence


def say(note: Mapping[str, Any], categories: Sequence[str]) -> str:
    """Return a note of `labeling.autolabel.notes` as a sentence, with the categories' names."""
    if note["what"] == "unreadable":
        words = ngettext(
            "%(n)s of %(of)s objects cannot be read; people label it.",
            "%(n)s of %(of)s objects cannot be read; people label them.",
            note["n"],
        )
        return words % {"n": f"{note['n']:,}", "of": f"{note['of']:,}"}
    if note["what"] == "equal":
        return _("All objects look the same to the model; people label them.")
    if note["what"] == "same":
        return _("All answers so far are the same; the model can learn nothing from them.")
    return _rare(note["what"], [categories[number] for number in note["categories"]])


def _rare(what: str, names: Sequence[str]) -> str:
    more = len(names) - NAMED
    said = ", ".join(f"“{name}”" for name in names[:NAMED])
    if more > 0:
        said = _("%(names)s and %(more)s more") % {"names": said, "more": f"{more:,}"}
    if what == "never":
        words = ngettext(
            "Nobody saw the category %(names)s so far; the model cannot propose it.",
            "Nobody saw the categories %(names)s so far; the model cannot propose them.",
            len(names),
        )
    else:
        words = ngettext(
            "The category %(names)s was seen once so far; the model cannot be tried on it.",
            "The categories %(names)s were seen once each so far; the model cannot be tried on them.",
            len(names),
        )
    return words % {"names": said}
