"""A sample of `task.input` for a template that has none: values that fit what the template does with them."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import quote

from PIL import Image, ImageDraw

from labeling.template_uses import Spot, Use, uses_of
from labeling.templating import compile_template

TEXT = "The museum in Lisbon opened on Monday. Maria liked the tiles, but the soup was cold."
LABELS = ["Label A", "Label B"]
COLORS = ["#2ca02c", "#1f77b4"]
SIZE = (480, 320)  # pixels of the sample picture
_ADDRESS_ATTRIBUTES = frozenset({"src", "href", "xlink:href", "poster", "srcset", "url", "data-src"})
_SOUND, _FILM = frozenset({"audio"}), frozenset({"video"})
_NUMBER_FILTERS = frozenset(
    {"plus", "minus", "times", "divided_by", "modulo", "abs", "round", "floor", "ceil", "at_least", "at_most"}
)
_CORNERS = ({"x": 60, "y": 60}, {"x": 200, "y": 60}, {"x": 140, "y": 180})


@lru_cache(maxsize=1)
def picture() -> str:
    """Return a small picture as a data address."""
    image = Image.new("RGB", SIZE, "#c9d6df")
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 230), (130, 130), (215, 195), (310, 95), (480, 230), (480, 320), (0, 320)], fill="#7d95a5")
    draw.ellipse((70, 35, 130, 95), fill="#f3e3b3")
    return _address("image/png", _saved(image))


def _saved(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _address(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"


def text_address() -> str:
    return "data:text/plain;charset=utf-8," + quote(TEXT)


def sound() -> str:
    """Return a tenth of a second of silence."""
    samples = bytes([128]) * 800
    head = b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = b"\x01\0\x01\0" + (8000).to_bytes(4, "little") * 2 + b"\x01\0\x08\0"
    return _address("audio/wav", head + form + b"data" + len(samples).to_bytes(4, "little") + samples)


def stand_in(uri: str) -> str:
    """Return what a stored object's address shows in a sample, by its ending; a picture unless it says more."""
    ending = uri.partition("?")[0].rpartition(".")[2].lower()
    if ending in ("txt", "json", "csv", "html"):
        return text_address()
    return sound() if ending in ("wav", "mp3", "ogg", "flac", "m4a") else picture()


def sample_input(source: str) -> dict[str, Any]:
    """Return a `task.input` for a template. Raises TemplateError where it does not parse."""
    root = uses_of(compile_template(source))
    usual = {"taskObject": TEXT, "labels": LABELS, "header": "What is it?", "manifestLine": {"source": TEXT}}
    made = {name: _value(use, name, 0) for name, use in root.keys.items()}
    return {**usual, **made}


def _value(use: Use, name: str, number: int) -> Any:
    """Return a value for a use. number: which of several entries it is."""
    if use.entries is not None and {0, 1} & use.entries.places.keys() and not use.entries.keys:
        return _mapping(use.entries.places.get(1, Use()), name)
    keys = {key: part for key, part in use.keys.items() if key != "size"}
    if keys or use.looked_up is not None:
        known = _mapping(use.looked_up, name) if use.looked_up is not None else {}
        return {**known, **{key: _value(part, key, number) for key, part in keys.items()}}
    if use.entries is not None:
        return [_entry(use.entries, name, number) for number in (0, 1)]
    if use.places:
        return [_value(use.places.get(place, Use()), _singular(name), place) for place in range(max(use.places) + 1)]
    return _leaf(use, name, number)


def _entry(use: Use, name: str, number: int) -> Any:
    return _value(use, _singular(name), number)


def _singular(name: str) -> str:
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def _mapping(use: Use, name: str) -> dict[str, Any]:
    # The maps of earlier labels are keyed by the number of a class.
    return {str(number): _value(use, "label" if name == "class-map" else name, number) for number in (0, 1)}


# --- values that hold no others ---------------------------------------------------------------------------


def _leaf(use: Use, name: str, number: int) -> Any:
    if use.equals:
        return use.equals[0]
    for spot in use.spots:
        value = _at(spot, number)
        if value is not None:
            return value
    return _named(name, number)


def _at(spot: Spot, number: int) -> Any:
    """Return what belongs where a value is printed, or None where the place does not say."""
    granted = "grant_read_access" in spot.filters
    if spot.attribute in _DATA:
        return _DATA[spot.attribute]
    if spot.attribute == "initial-value":
        return _BEGUN.get(spot.tag)
    if spot.attribute == "text" and granted:
        return text_address()
    if granted or spot.attribute in _ADDRESS_ATTRIBUTES:
        return sound() if spot.tag in _SOUND else "data:video/mp4," if spot.tag in _FILM else picture()
    return number if _NUMBER_FILTERS.intersection(spot.filters) else None


def _named(name: str, number: int) -> Any:
    """Return what a name usually stands for."""
    for pattern, values in _NAMED:
        if re.search(pattern, name, re.IGNORECASE):
            return values[number % len(values)]
    return TEXT


def _begun() -> dict[str, Any]:
    label = LABELS[0]
    outline = {"label": label, "vertices": list(_CORNERS)}
    return {
        "crowd-bounding-box": [{"label": label, "left": 60, "top": 60, "width": 120, "height": 90}],
        "crowd-polygon": [outline],
        "crowd-polyline": {"polylines": [outline]},
        "crowd-line": {"lines": [{"label": label, "vertices": list(_CORNERS[:2])}]},
        "crowd-keypoint": [{"label": label, **_CORNERS[0]}],
        "crowd-entity-annotation": [{"label": label, "startOffset": 14, "endOffset": 20}],
    }


_BEGUN = _begun()
_DATA: dict[str, Any] = {
    "labels": LABELS,
    "categories": LABELS,
    "label-colors": COLORS,
    "responses": ["It opened on Monday.", "It is closed."],
    "ordinal-ranking-dimensions": [{"name": "Quality", "allowTie": True}],
    "skeleton": [LABELS],
    "question-tags": ["fact"],
    "exclusion-category": {"text": "None of these"},
}
_NAMED: tuple[tuple[str, list[Any]], ...] = (
    (r"^(labels|categories|classes|options|choices)$", [LABELS]),
    (r"colou?r", COLORS),
    (r"(image|img|picture|photo|thumbnail|source-ref|uri|url)$", [picture()]),
    (r"^(class[-_]?id|id|index|number)$", [0, 1]),
    (r"^(left|top|x|y)$", [60, 120]),
    (r"^(width|height|count|size|total|score|score.*|max.*|min.*|.*offset)$", [40, 60]),
    (r"confidence|probability", [0.9, 0.6]),
    (r"label|class|category|option|choice", LABELS),
    (r"date", ["2026-01-15"]),
    (r"^(is|has|are)[-_A-Z]", [True]),
)
