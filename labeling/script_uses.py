"""What a template's scripts do with values that it prints into them: lists are walked, properties read, JSON parsed.

Read by pattern and not by running the script: enough to make a sample that the script can work with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labeling.template_uses import Spot, Use

DEPTH = 5  # levels of a value that are looked into
_SCRIPT = re.compile(r"<script\b(?![^>]*\bjson\b)[^>]*>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_LIQUID = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)
_PRINTED = re.compile(r"(?:\b([\w$]+)\s*=\s*|\(\s*)?(\bJSON\.parse\(\s*)?([\"'`]?)\s*$")
_ALONE = r"(?<![\w$.])"  # a name that is no property of another
_ASSIGNED = r"\b([\w$]+)\s*=\s*"
_WALKS = "forEach|map|filter|some|every|find|findIndex|flatMap|sort|reduce"
_LISTS = f"{_WALKS}|join|push|pop|entries|unshift"


@dataclass(frozen=True)
class _Bound:
    """A name of a script that stands for a value. is_parsed: the script reads it as JSON first."""

    name: str
    is_parsed: bool


def scripts_of(source: str) -> str:
    """Return the text of all scripts of a template, what it prints apart."""
    return _LIQUID.sub(" ", "\n".join(_SCRIPT.findall(source)))


def add_script_uses(use: Use, scripts: str) -> None:
    """Add to a use, and to all that it holds, what the scripts do with the value."""
    for part in (*use.keys.values(), *use.places.values(), use.entries, use.looked_up):
        if part is not None:
            add_script_uses(part, scripts)
    for bound in [found for spot in use.spots for found in _bounds(spot, scripts)]:
        use.is_json_text |= bound.is_parsed
        if bound.name:
            _follow(use, re.escape(bound.name), scripts, DEPTH)


def _bounds(spot: Spot, scripts: str) -> list[_Bound]:
    if spot.tag == "script":
        found = _PRINTED.search(spot.before)
        name, parse, quote = found.groups() if found else (None, None, "")
        is_text = bool(quote) and not parse
        is_parsed = bool(parse) and "to_json" not in spot.filters
        if name and is_text and (later := re.search(rf"{_ASSIGNED}JSON\.parse\(\s*{re.escape(name)}\b", scripts)):
            return [_Bound(later[1], "to_json" not in spot.filters)]
        return [] if is_text else [_Bound(name or "", is_parsed)]
    return _read_back(spot.id, scripts, "to_json" in spot.filters) if spot.id else []


def _read_back(id_: str, scripts: str, is_json: bool) -> list[_Bound]:
    """Return the names of what scripts parse that they read from the element with an id."""
    id_ = re.escape(id_)
    element = rf"(?:[\"'`]#?{id_}[\"'`])"
    found = re.findall(rf"(?:{_ASSIGNED})?JSON\.parse\([^;\n]*?{element}", scripts)
    for name in re.findall(rf"{_ASSIGNED}[^;\n]*?{element}", scripts):
        found += re.findall(rf"(?:{_ASSIGNED})?JSON\.parse\(\s*{re.escape(name)}\b", scripts)
    return [_Bound(name, not is_json) for name in found]


def _follow(use: Use, value: str, scripts: str, depth: int) -> None:
    """Add what scripts do with an expression, given as a pattern."""
    if depth == 0:
        return
    for entry in _entries(_ALONE + value, scripts):
        _follow(use.each(), entry, scripts, depth - 1)
    if re.search(rf"\bObject\.(?:keys|entries|values)\(\s*{value}\s*\)|\bin\s+{value}\b", scripts):
        use.behind()
    for name in dict.fromkeys(re.findall(rf"{_ALONE}{value}\??\.([A-Za-z_$][\w$]*)\b(?!\s*\()", scripts)):
        if name != "length":
            _follow(use.key(name), rf"{value}\??\.{re.escape(name)}", scripts, depth - 1)


def _entries(value: str, scripts: str) -> list[str]:
    """Return patterns of what stands for an entry of a list, none where the value is no list."""
    names = re.findall(rf"{value}\??\.(?:{_WALKS})\(\s*(?:async\s+)?(?:function\s*\w*\s*)?\(?\s*([\w$]+)", scripts)
    names += re.findall(rf"\b(?:const|let|var)\s+([\w$]+)\s+of\s+{value}\b", scripts)
    found = [re.escape(name) for name in names if name != "function"]
    if re.search(rf"{value}\[\s*(?:\d+|[ijkn]|index|idx)\s*\]", scripts):
        found.append(value.removeprefix(_ALONE) + r"\[[^\]]*\]")
    if not found and re.search(rf"{value}\??\.(?:{_LISTS})\b", scripts):
        found.append(r"(?!)")
    return found
