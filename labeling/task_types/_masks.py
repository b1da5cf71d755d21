"""What the types share that paint masks: the picture inside an answer, its gate, and the colours that say what is what.

The picture is at ["labeledImage"]["pngImageData"], base64. Services keep it in the store and put it back before these
functions see it; a label that came with the manifest has its address in its place, at ["labeledImage"]["src"].
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from labeling.consolidation.mask_files import (
    MOST_PIXELS,
    WHITE,
    IdArray,
    is_color,
    load_mask,
    read_ids,
    read_size,
    stray_color,
    write_ids,
)
from labeling.consolidation.masks import thin
from projects.task_types import Answer, Item, Vote

MOST_BYTES = 6 * 2**20  # of a mask's file
MOST_CHARACTERS = (MOST_BYTES + 2) // 3 * 4  # of that in base64
REMEMBERED = 8  # masks read lately: agreement looks at each answer of an object several times
SAME = 0.75  # agreement of two answers that call each other right
EXAMPLE_WIDTH, EXAMPLE_HEIGHT = 24, 16

Numbers = tuple[tuple[str, int], ...]  # colour as #rrggbb in lower case, number from 1


def strange() -> str:
    """Return what is said of an answer that no tool of ours makes."""
    return _("This answer is not what the tool makes. Reload the page and draw again.")


def value_of(answer: Answer, key: str) -> dict[str, Any] | None:
    """Return what the element says, whatever its name; None where the answer is no such element's."""
    parts = list(answer.values())
    if len(parts) == 1 and isinstance(parts[0], dict) and key in parts[0]:
        return parts[0]
    return None


def check_value(answer: Answer, key: str, item: Item) -> list[str]:
    """Return what is wrong with the answer's frame and its picture; empty is good. `key`: where colours get meaning."""
    value = value_of(answer, key)
    known = {key, "labeledImage", "inputImageProperties", "initialValueModified"}
    if value is None or value.keys() - known or not isinstance(value.get("initialValueModified", False), bool):
        return [strange()]
    problem = _size_problem(value.get("inputImageProperties"), item) or _picture_problem(value)
    return [problem] if problem else []


def _size_problem(size: Any, item: Item) -> str:
    if not isinstance(size, dict) or size.keys() != {"width", "height"} or not all(map(_is_side, size.values())):
        return strange()
    if item.width and item.height and (size["width"], size["height"]) != (item.width, item.height):
        return _(
            "The answer was drawn on a picture of %(width)d × %(height)d pixels; this one has "
            "%(real_width)d × %(real_height)d. Reload the page and draw again."
        ) % {**size, "real_width": item.width, "real_height": item.height}
    return ""


def _is_side(side: Any) -> bool:
    return isinstance(side, int) and not isinstance(side, bool) and 1 <= side <= MOST_PIXELS


def _picture_problem(value: dict[str, Any]) -> str:
    """Return what is wrong with the picture; nothing is decoded before its size is known to be that of the object."""
    picture, size = value.get("labeledImage"), value["inputImageProperties"]
    text = picture.get("pngImageData") if isinstance(picture, dict) and len(picture) == 1 else None
    if not isinstance(text, str):
        return strange()
    if len(text) > MOST_CHARACTERS:
        return _("The mask takes more than 6 MB. Draw it with smoother edges.")
    try:
        data = b64decode(text, validate=True)
        width, height = read_size(data)
        if (width, height) != (size["width"], size["height"]):
            return _("The mask has another size than the picture. Reload the page and draw again.")
        load_mask(data)
    except ValueError:  # no base64, no PNG, too many pixels or damaged: none is the worker's doing
        return _("The mask cannot be read as a PNG picture. Reload the page and draw again.")
    return ""


def paint_problem(value: dict[str, Any], colors: Iterable[str]) -> str:
    """Return what is wrong with a checked picture's colours: one that means nothing here would be lost unseen."""
    stray = stray_color(load_mask(b64decode(value["labeledImage"]["pngImageData"])), colors)
    if not stray:
        return ""
    return _(
        "Part of the mask is painted in %(color)s, a colour that stands for nothing in this answer, and would be lost. "
        "Paint that part anew; if it comes again, decline the task and say so."
    ) % {"color": stray}


def color_problem(colors: Iterable[Any]) -> str:
    """Return what is wrong with colours that tell things apart: malformed, white, or there twice."""
    seen: set[str] = set()
    for color in colors:
        if not is_color(color):
            return strange()
        if color.lower() == WHITE:
            return _("White is the colour of the background. Choose another colour.")
        if color.lower() in seen:
            return _("Two things have the same colour. Reload the page and draw again.")
        seen.add(color.lower())
    return ""


# --- pictures and numbers -------------------------------------------------------------------------------


def mask_of(value: dict[str, Any], numbers: Numbers) -> IdArray:
    """Return the mask in an answer's or payload's value. Raises ValueError, KeyError where there is none to read."""
    return read_ids(b64decode(value["labeledImage"]["pngImageData"]), dict(numbers))


def thin_mask_of(value: dict[str, Any], numbers: Numbers) -> IdArray:
    """Return it thinned for comparing; the last few are remembered. Raises as `mask_of`."""
    return _thin_mask(value["labeledImage"]["pngImageData"], numbers)


@lru_cache(maxsize=REMEMBERED)
def _thin_mask(text: str, numbers: Numbers) -> IdArray:
    ids = thin(read_ids(b64decode(text), dict(numbers)))
    ids.flags.writeable = False
    return ids


def has_pixels(value: dict[str, Any]) -> bool:
    """Whether the picture is here, and not only its address."""
    return "pngImageData" in value.get("labeledImage", {})


def picture_of(ids: IdArray, colors: list[str]) -> dict[str, Any]:
    """Return the keys of a value that hold a mask: the picture, and its size."""
    return {
        "labeledImage": {"pngImageData": b64encode(write_ids(ids, colors)).decode()},
        "inputImageProperties": {"width": int(ids.shape[1]), "height": int(ids.shape[0])},
    }


def picture_at(uri: Any) -> dict[str, Any]:
    """Return the keys of a value whose picture lies in the store. Raises ValueError for what is no address."""
    if not isinstance(uri, str) or "://" not in uri:
        raise ValueError(_("the mask has no address."))
    return {"labeledImage": {"src": uri}}


def by_content(votes: Sequence[Vote], key: str) -> list[Vote]:
    """Return votes in an order that tells nothing of who gave them, so that ties do not fall to a name."""
    return [votes[place] for place in order_by_content(votes, key)]


def order_by_content(votes: Sequence[Vote], key: str) -> list[int]:
    """Return the places of votes in that order."""

    def content(place: int) -> tuple[str, str]:
        value = value_of(votes[place].answer, key) or {}
        return value["labeledImage"]["pngImageData"], repr(value[key])

    return sorted(range(len(votes)), key=content)
