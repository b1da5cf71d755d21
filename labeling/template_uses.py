"""What a template does with its input: each value that it names, and where and how it stands in the page.

Found in the parsed template without rendering it, so that a branch which a sample would not take counts as well.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.expression import Expression

from labeling.templating import Context, Template

# Filters after which an assigned name still stands for the value it came from.
_SAME = frozenset({"default", "escape", "escape_once", "grant_read_access", "skip_autoescape", "to_json"})
_LIQUID = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)
_OPEN_TAG = re.compile(r"<([a-zA-Z][\w-]*)(?:\s+(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)?(?:(?:\"[^\"]*)|(?:'[^']*))?$")
_OPEN_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*[\"']?\s*$")  # that begins with the output
_CSS_ADDRESS = re.compile(r"url\(\s*[\"']?$")
_SCRIPT = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)
BACK = 20_000  # characters looked back for the tag in which an output stands


@dataclass(frozen=True)
class Spot:
    """A place where a value is printed."""

    tag: str = ""  # the tag being written, or "script", "style"
    attribute: str = ""  # whose value begins here
    filters: tuple[str, ...] = ()


@dataclass
class Use:
    """What a template does with one value of its input."""

    keys: dict[str, Use] = field(default_factory=dict)
    places: dict[int, Use] = field(default_factory=dict)  # entries that it names by number
    entries: Use | None = None  # what a loop sees of each entry
    looked_up: Use | None = None  # what stands behind a key that the template computes
    spots: list[Spot] = field(default_factory=list)
    equals: list[object] = field(default_factory=list)  # literals that it is compared with

    def key(self, name: str) -> Use:
        return self.keys.setdefault(name, Use())

    def each(self) -> Use:
        if self.entries is None:
            self.entries = Use()
        return self.entries

    def behind(self) -> Use:
        if self.looked_up is None:
            self.looked_up = Use()
        return self.looked_up

    def step(self, segment: object) -> Use:
        """Return the use of what a path's next segment reaches."""
        if isinstance(segment, int):
            return self.places.setdefault(segment, Use())
        if segment in ("first", "last"):
            return self.each()
        return self.key(str(segment)) if isinstance(segment, str) else self.behind()


Names = ChainMap[str, Use]


def uses_of(template: Template) -> Use:
    """Return what a template does with `task.input`."""
    walker = _Walker(template)
    walker.walk(template.bound.nodes, ChainMap())
    return walker.root


class _Walker:
    def __init__(self, template: Template) -> None:
        self.root = Use()
        self.source = template.source
        self.context = Context(template.bound)

    def walk(self, nodes: Iterable[Node], names: Names) -> None:
        for node in nodes:
            self.walk(node.children(self.context), self.enter(node, names))

    def enter(self, node: Node, names: Names) -> Names:
        """Note what a node itself uses, and return the names that stand inside it."""
        spot = self.spot_of(node)
        inside = names
        for expression in node.expressions():
            if isinstance(expression, LoopExpression):
                inside = self.loop(expression, names)
            elif isinstance(node, AssignNode):
                self.assign(node, expression, names)
            else:
                self.visit(expression, names, spot)
        return inside

    def loop(self, expression: LoopExpression, names: Names) -> Names:
        found = self.visit(expression.iterable, names, None)
        own: dict[str, Use] = {} if found is None else {str(expression.identifier): found.each()}
        return names.new_child(own)

    def assign(self, node: AssignNode, expression: Expression, names: Names) -> None:
        filters = _filters(expression)
        found = self.visit(expression, names, Spot() if filters else None)
        if found is not None and set(filters) <= _SAME:
            names.maps[-1][str(node.name)] = found

    def visit(self, expression: Any, names: Names, spot: Spot | None) -> Use | None:
        """Note what an expression uses, and return the use of the value that it begins with."""
        if isinstance(expression, Path):
            return self.reach(expression, names, spot)
        if isinstance(expression, FilteredExpression):
            spot = Spot(spot.tag, spot.attribute, _filters(expression)) if spot else None
            found = self.visit(expression.left, names, spot)
            for argument in expression.children()[1:]:
                self.visit(argument, names, None)
            return found
        self.compare(expression, names)
        for child in expression.children():
            self.visit(child, names, None)
        return None

    def compare(self, expression: Any, names: Names) -> None:
        if type(expression).__name__ != "EqExpression":
            return
        for one, other in ((expression.left, expression.right), (expression.right, expression.left)):
            value = getattr(other, "value", None)
            found = self.reach(one, names, None) if isinstance(one, Path) else None
            if found is not None and isinstance(value, str | int | float):
                found.equals.append(value)

    def reach(self, path: Path, names: Names, spot: Spot | None) -> Use | None:
        for segment in path.path:
            if isinstance(segment, Path):
                self.reach(segment, names, None)
        head, rest = path.path[0], list(path.path[1:])
        if head == "task" and rest[:1] == ["input"]:
            use, rest = self.root, rest[1:]
        elif isinstance(head, str) and head in names:
            use = names[head]
        else:
            return None
        for segment in rest:
            use = use.step(segment)
        if spot is not None:
            use.spots.append(spot)
        return use

    def spot_of(self, node: Node) -> Spot:
        before = _LIQUID.sub("", self.source[max(node.token.start_index - BACK, 0) : node.token.start_index])
        *_, last = ("", ""), *_SCRIPT.findall(before)
        in_css = bool(_CSS_ADDRESS.search(before[-200:]))
        if last[1] and not last[0] and ">" in before.rpartition("<" + last[1])[2]:
            return Spot(last[1].lower(), "url" if in_css else "")
        tail = before[before.rfind("<") :]
        tag, attribute = _OPEN_TAG.match(tail), _OPEN_ATTRIBUTE.search(tail)
        if in_css:
            return Spot("", "url")
        return Spot(tag[1].lower(), attribute[1].lower()) if tag and attribute else Spot()


def _filters(expression: Any) -> tuple[str, ...]:
    return tuple(found.name for found in getattr(expression, "filters", None) or ())
