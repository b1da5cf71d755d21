"""A sample of `task.input` for a template that has none: values that fit what the template does with them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from labeling.sample_media import COLORS, FILM, TEXT, mask, picture, picture_data, sound, text_address
from labeling.script_uses import add_script_uses, scripts_of
from labeling.template_uses import Spot, Use, uses_of
from labeling.templating import compile_template

LABELS = ["Label A", "Label B"]
KEYS = ("color", "size")  # of a mapping whose keys are the template's own
_ADDRESS_ATTRIBUTES = frozenset({"src", "href", "xlink:href", "poster", "srcset", "url", "data-src"})
_IN_ADDRESS = re.compile(r"data:image/\w+;base64,$")
_PLURAL = re.compile(r"[^siu]s$")
_WORD_ATTRIBUTES = frozenset({"name", "id", "for", "class"})
_CHOICES = frozenset({"option", "crowd-checkbox", "crowd-radio-button", "crowd-toggle-button"})
_NUMBER_FILTERS = frozenset(
    {"plus", "minus", "times", "divided_by", "modulo", "abs", "round", "floor", "ceil", "at_least", "at_most"}
)
_CORNERS = ({"x": 60, "y": 60}, {"x": 200, "y": 60}, {"x": 140, "y": 180})


def sample_input(source: str) -> dict[str, Any]:
    """Return a `task.input` for a template. Raises TemplateError where it does not parse."""
    root = uses_of(compile_template(source))
    add_script_uses(root, scripts_of(source))
    usual = {"taskObject": TEXT, "labels": LABELS, "header": "What is it?", "manifestLine": {"source": TEXT}}
    made = {name: _value(use, name, 0) for name, use in root.keys.items()}
    return {**usual, **made}


def _value(use: Use, name: str, number: int) -> Any:
    """Return a value for a use. number: which of several entries it is."""
    made = _made(use, name, number)
    return json.dumps(made) if use.is_json_text and not isinstance(made, str) else made


def _made(use: Use, name: str, number: int) -> Any:
    if use.entries is not None and {0, 1} & use.entries.places.keys() and not use.entries.keys:
        return _mapping(use.entries.places.get(1, Use()), name)
    if use.entries is not None or use.places:
        return _list(use, name)
    keys = {key: part for key, part in use.keys.items() if key != "size"}
    if keys or use.looked_up is not None:
        known = _mapping(use.looked_up, name) if use.looked_up is not None else {}
        return {**known, **{key: _value(part, key, number) for key, part in keys.items()}}
    return {} if use.is_json_text else _leaf(use, name, number)


def _list(use: Use, name: str) -> list[Any]:
    length = max([2 if use.entries is not None else 0, *(place + 1 for place in use.places)])
    parts = [_both(use.places.get(place), use.entries) for place in range(length)]
    return [_value(part, _singular(name), place) for place, part in enumerate(parts)]


def _both(one: Use | None, other: Use | None) -> Use:
    """Return what is done with a value of which two uses tell."""
    if one is None or other is None:
        return one or other or Use()
    keys = {key: _both(one.keys.get(key), other.keys.get(key)) for key in {**one.keys, **other.keys}}
    spots, equals = [*one.spots, *other.spots], [*one.equals, *other.equals]
    whole = other if one.entries is None and one.looked_up is None else one
    return replace(whole, keys=keys, spots=spots, equals=equals)


def _singular(name: str) -> str:
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def _mapping(use: Use, name: str) -> dict[str, Any]:
    if not name.endswith("map"):
        return {key: _value(use, key, number) for number, key in enumerate(KEYS)}
    # The maps of earlier labels are keyed by the number of a class.
    return {str(number): _value(use, "label" if name == "class-map" else name, number) for number in (0, 1)}


# --- values that hold no others ---------------------------------------------------------------------------


def _leaf(use: Use, name: str, number: int) -> Any:
    if use.equals:
        return use.equals[0]
    if use.is_refused:
        return False
    for spot in use.spots:
        value = _at(spot, name, number)
        if value is not None:
            return value
    if _PLURAL.search(name) and all("to_json" in spot.filters for spot in use.spots):
        return [_named(_singular(name), place, TEXT) for place in (0, 1)]  # a script alone knows what it is
    return _named(name, number, TEXT)


def _at(spot: Spot, name: str, number: int) -> Any:
    """Return what belongs where a value is printed, or None where the place does not say."""
    granted = "grant_read_access" in spot.filters
    if spot.attribute in _DATA:
        return _DATA[spot.attribute]
    if spot.attribute == "initial-value":
        return _BEGUN.get(spot.tag)
    if spot.attribute == "text" and granted:
        return text_address()
    if _IN_ADDRESS.search(spot.before):
        return picture_data()
    if granted or (spot.attribute in _ADDRESS_ATTRIBUTES and not spot.before):
        return _object(spot, name)
    if spot.attribute in _WORD_ATTRIBUTES or (spot.attribute == "value" and spot.tag in _CHOICES):
        return LABELS[number % len(LABELS)]
    if "date" in spot.filters:
        return "2026-01-15"
    return _named(name, number, number) if _NUMBER_FILTERS.intersection(spot.filters) else None


def _object(spot: Spot, name: str) -> str:
    """Return the address of what a template shows of a stored object."""
    if spot.attribute == "poster":
        return picture()
    if spot.tag == "audio" or re.search("audio|sound|speech", name, re.IGNORECASE):
        return sound()
    return FILM if spot.tag == "video" or re.search("video|movie|film", name, re.IGNORECASE) else picture()


def _named(name: str, number: int, otherwise: Any) -> Any:
    """Return what a name usually stands for."""
    for pattern, values in _NAMED:
        if re.search(pattern, name, re.IGNORECASE):
            return values[number % len(values)]
    return otherwise


def _begun() -> dict[str, Any]:
    label = LABELS[0]
    outline = {"label": label, "vertices": list(_CORNERS)}
    color = {"color": COLORS[0]}
    return {
        "crowd-bounding-box": [{"label": label, "left": 60, "top": 60, "width": 120, "height": 90}],
        "crowd-polygon": [outline],
        "crowd-polyline": {"polylines": [outline]},
        "crowd-line": {"lines": [{"label": label, "vertices": list(_CORNERS[:2])}]},
        "crowd-keypoint": [{"label": label, **_CORNERS[0]}],
        "crowd-entity-annotation": [{"label": label, "startOffset": 14, "endOffset": 20}],
        "crowd-semantic-segmentation": {"labelMappings": {label: color}, "src": mask()},
        "crowd-instance-segmentation": {"instances": [{"label": label, **color}], "src": mask()},
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
    "shape-attributes": [{"name": "Covered"}, {"name": "Side", "values": ["Front", "Back"]}],
    "exclusion-category": {"text": "None of these"},
    "overlay": {"boundingBox": {"labels": LABELS, "value": _BEGUN["crowd-bounding-box"]}},
}
_NAMED: tuple[tuple[str, list[Any]], ...] = (
    (r"(labels|categories|classes|options|choices|candidates)$", [LABELS]),
    (r"colou?r", COLORS),
    (r"(png|jpe?g|image|img|base64|b64).*(string|data|base64|b64|bytes)$|^(png|base64|b64)$", [picture_data()]),
    (r"^header$", ["What is it?"]),
    (r"title|heading", ["The museum of tiles", "A day in Lisbon"]),
    (r"language|locale$", ["English", "Norwegian"]),
    (r"(^|[-_a-z])(name|author|speaker|person)$", ["Maria", "Ahmed"]),
    (r"question", ["When did the museum open?", "Was the soup warm?"]),
    (r"e-?mail", ["ada@example.com"]),
    (r"html|markup", [f"<p>{TEXT}</p>"]),
    (r"(image|img|picture|photo|thumbnail|source-ref|uri|url)$", [picture()]),
    (r"^(id|index|number)$|[-_]id$|(?-i:[a-z]I[dD])$", [0, 1]),
    (r"^(left|top|x|y)$", [60, 120]),
    (r"^(width|height|count|size|total|max.*|min.*|.*offset)$", [40, 60]),
    (r"confidence|probability|score", [0.9, 0.6]),
    (r"(^|[-_ ])time(stamp)?$|^(start|end)$", [1, 2]),
    (r"price|amount", [12.5, 40]),
    (r"date|birthday", ["2026-01-15"]),
    (r"^(token|word|term|phrase)s?$", ["museum", "Lisbon"]),
    (r"label|class|category|option|choice|aspect|criteri|dimension", LABELS),
    (r"^(type|kind|status|tag|topic|entity)(e?s)?$", LABELS),
    (r"^(is|has|are)[-_A-Z]", [True]),
)
