"""Attributes of shapes: what a job asks about each beside its category, such as "occluded" or "pose: left, right".

A shape has what was said under "attributes": true for a yes, the value that was chosen; what was not said is not there.
Inside, an answer is a code for each attribute: 0 nothing, else the place of the value from 1; a yes is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.task_types import Option, Schema

KEY = "attributes"
MOST = 20  # a worker answers them for every shape
MOST_VALUES = 50
LONGEST = 60  # characters of a name or a value

OPTION = Option(
    "shape_attributes",
    gettext_lazy("Attributes of each shape"),
    gettext_lazy("One a line: “occluded” is asked as yes or no, “pose: left, right” as one of these."),
    kind="lines",
    default=(),
)


@dataclass(frozen=True)
class Asked:
    """An attribute that a job asks for; without values it is yes or no."""

    name: str
    values: tuple[str, ...] = ()

    def takes(self, said: Any) -> bool:
        """Whether this can be said: an unset yes may also stand as false."""
        return isinstance(said, str) and said in self.values if self.values else isinstance(said, bool)


def read_line(line: str) -> Asked | None:
    """Return the attribute that a line "name" or "name: value, value" asks for, or None."""
    name, colon, rest = (part.strip() for part in line.partition(":"))
    values = tuple(value.strip() for value in rest.split(",")) if colon else ()
    if not all(0 < len(text) <= LONGEST for text in (name, *values)):
        return None
    if colon and not (2 <= len(values) <= MOST_VALUES and len(set(values)) == len(values)):
        return None
    return Asked(name, values)


def lines_of(schema: Schema) -> list[str]:
    """Return the lines of the option that are not empty, whichever way they are kept."""
    given = schema.options.get(OPTION.name) or []
    lines = given.splitlines() if isinstance(given, str) else given
    return [line for line in lines if line.strip()]


def asked_by(schema: Schema) -> tuple[Asked, ...]:
    """Return what a job asks about each shape, in order."""
    return tuple(filter(None, map(read_line, lines_of(schema))))


def problems(schema: Schema, attribute: str) -> list[str]:
    """Return what is wrong with the lines, as sentences."""
    lines, asked = lines_of(schema), asked_by(schema)
    sentence = _("“%(line)s” is no attribute. Write “name”, or “name: value, value” with values that differ.")
    found = [sentence % {"line": line[:60]} for line in lines if read_line(line) is None]
    if len(lines) > MOST:
        found.append(_("At most %(most)d attributes fit on a shape.") % {"most": MOST})
    names = [one.name for one in asked]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return found + [_("The attribute “%(name)s” is there twice.") % {"name": name} for name in twice]


def task_input(schema: Schema) -> dict[str, Any]:
    """Return what the template hands to the tool; an empty list where nothing is asked."""
    return {"shapeAttributes": [{"name": one.name, "values": list(one.values)} for one in asked_by(schema)]}


def attributes_problem(said: Any, asked: Sequence[Asked]) -> str | None:
    """Return what is wrong with what is said of a shape: "" nothing, None what no tool of ours makes."""
    if not isinstance(said, dict):
        return None
    known = {one.name: one for one in asked}
    return next(_wrong(said, known), "")


def _wrong(said: dict[str, Any], known: dict[str, Asked]) -> Iterator[str]:
    for name, value in said.items():
        if name not in known:
            yield _("this job does not ask for its attribute “%(name)s”. Reload the page.") % {"name": name[:60]}
        elif not known[name].takes(value):
            yield _("its attribute “%(name)s” has no value of this job. Choose one.") % {"name": name}


def without_strange(shape: dict[str, Any]) -> dict[str, Any]:
    """Return a shape of another tool or job, without attributes that none of ours could have written."""
    said = shape.get(KEY)
    given = said.items() if isinstance(said, dict) else ()
    kept = {name: value for name, value in given if value is True or (isinstance(value, str) and len(value) <= LONGEST)}
    rest = {key: value for key, value in shape.items() if key != KEY}
    return {**rest, KEY: kept} if kept else rest


def codes_of(shape: dict[str, Any], asked: Sequence[Asked]) -> tuple[int, ...]:
    """Return what is said of a shape as a code for each attribute; what the job does not ask for is left out."""
    said = shape.get(KEY, {})
    said = said if isinstance(said, dict) else {}
    return tuple(_code(said.get(one.name), one) for one in asked)


def _code(said: Any, one: Asked) -> int:
    if not one.takes(said):
        return 0
    return one.values.index(said) + 1 if one.values else int(said)


def written(codes: Sequence[int], asked: Sequence[Asked]) -> dict[str, Any]:
    """Return {"attributes": …} of codes, as a shape holds it; nothing where the job asks for none."""
    pairs = [(one, code) for one, code in zip(asked, codes, strict=True) if code]
    return {KEY: {one.name: one.values[code - 1] if one.values else True for one, code in pairs}} if asked else {}


def tidy(shape: dict[str, Any], asked: Sequence[Asked]) -> dict[str, Any]:
    """Return a shape with what this job asks for and nothing else under "attributes"."""
    rest = {key: value for key, value in shape.items() if key != KEY}
    return {**rest, **written(codes_of(shape, asked), asked)}
