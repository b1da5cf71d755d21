"""What a template does with its input: each value that it names, and where and how it stands in the page.

Found in the parsed template without rendering it, so that a branch which a sample would not take counts as well.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

from labeling.templating import Context, Template

# Filters after which an assigned name still stands for the value it came from.
_SAME = frozenset(
    [
        "default",
        "escape",
        "escape_once",
        "grant_read_access",
        "skip_autoescape",
        "to_json",
        "where",
        "reject",
        "sort",
        "sort_natural",
        "uniq",
        "compact",
        "concat",
        "reverse",
        "slice",
    ]
)
# Filters that take a list, and those that are told which part of its entries counts.
_OF_LISTS = frozenset({"join", "sort", "sort_natural", "uniq", "compact", "concat", "sum"})
_OF_PARTS = (_OF_LISTS - {"join", "concat"}) | {"map", "where", "reject", "find", "has"}
_OF_ENDS = frozenset({"first", "last"})
# What is compared, and by how much a number has to differ; the one without a public name is that of `when`.
_COMPARE = {
    "EqExpression": 0,
    "_AnyExpression": 0,
    "GtExpression": 1,
    "GeExpression": 1,
    "LtExpression": -1,
    "LeExpression": -1,
}
_LIQUID = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)
_OPEN_TAG = re.compile(r"<([a-zA-Z][\w-]*)(?:\s+(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)?(?:(?:\"[^\"]*)|(?:'[^']*))?$")
_OPEN_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*[\"']?\s*(data:[^\"'<>]*)?$")  # that begins with the output
_ID = re.compile(r"\sid\s*=\s*[\"']?([\w-]+)")
_CSS_ADDRESS = re.compile(r"url\(\s*[\"']?$")
_SCRIPT = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)
BEFORE = 200  # characters kept of what stands before an output
BACK = 20_000  # characters looked back for the tag in which an output stands


@dataclass(frozen=True)
class Spot:
    """A place where a value is printed."""

    tag: str = ""  # the tag being written, or "script", "style"
    attribute: str = ""  # whose value begins here
    filters: tuple[str, ...] = ()
    before: str = ""  # what stands just before it, in a script or in the attribute's value
    id: str = ""  # of the element whose tag or text it stands in


@dataclass
class Use:
    """What a template does with one value of its input."""

    keys: dict[str, Use] = field(default_factory=dict)
    places: dict[int, Use] = field(default_factory=dict)  # entries that it names by number
    entries: Use | None = None  # what a loop sees of each entry
    looked_up: Use | None = None  # what stands behind a key that the template computes
    spots: list[Spot] = field(default_factory=list)
    equals: list[object] = field(default_factory=list)  # literals that it is compared with
    is_json_text: bool = False  # a script parses it
    is_refused: bool = False  # the template shows what it shows unless this is set

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
        if segment in ("first", "last") or segment is COUNT:
            return self.each()
        return self.key(str(segment)) if isinstance(segment, str) else self.behind()


Names = ChainMap[str, Use]
COUNT = Use()  # what counts from one number to another, and so names entries by number


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
            elif isinstance(node, UnlessNode):
                self.refuse(expression, names)
            else:
                self.visit(expression, names, spot)
        return inside

    def loop(self, expression: LoopExpression, names: Names) -> Names:
        found = self.visit(expression.iterable, names, None)
        if isinstance(expression.iterable, RangeLiteral):
            for end in (expression.iterable.start, expression.iterable.stop):
                self.expect(end, 2, names)
            return names.new_child({str(expression.identifier): COUNT})
        entry = None if found is None else found.each()
        return names.new_child({} if entry is None else {str(expression.identifier): entry})

    def assign(self, node: AssignNode, expression: Expression, names: Names) -> None:
        filters = _filters(expression)
        found = self.visit(expression, names, Spot() if filters else None)
        if found is None or not set(filters) <= _SAME | _OF_ENDS:
            return
        names.maps[-1][str(node.name)] = found.each() if _OF_ENDS.intersection(filters) else found

    def visit(self, expression: Any, names: Names, spot: Spot | None) -> Use | None:
        """Note what an expression uses, and return the use of the value that it begins with."""
        if isinstance(expression, Path):
            return self.reach(expression, names, spot)
        if isinstance(expression, FilteredExpression):
            spot = replace(spot, filters=_filters(expression)) if spot else None
            found = self.visit(expression.left, names, spot)
            if found is not None:
                _note_filters(found, expression)
            for argument in expression.children()[1:]:
                self.visit(argument, names, None)
            return found
        self.compare(expression, names)
        for child in expression.children():
            self.visit(child, names, None)
        return None

    def refuse(self, expression: Any, names: Names) -> None:
        """Note a condition under which something is not shown: a sample shows it."""
        condition = getattr(expression, "expression", expression)
        if not isinstance(condition, Path):
            for child in condition.children():
                self.visit(child, names, None)
        elif (found := self.reach(condition, names, None)) is not None:
            found.is_refused = True

    def compare(self, expression: Any, names: Names) -> None:
        kind = type(expression).__name__
        if kind not in _COMPARE:
            return
        right = expression.expressions[0] if kind == "_AnyExpression" else expression.right
        for one, other, step in ((expression.left, right, _COMPARE[kind]), (right, expression.left, -_COMPARE[kind])):
            value = getattr(other, "value", None)
            if isinstance(value, int | float) and not isinstance(value, bool):
                value += step
            if isinstance(value, str | int | float):
                self.expect(one, value, names)

    def expect(self, expression: Any, value: object, names: Names) -> None:
        """Note that a value makes the template show what it may show."""
        found = self.reach(expression, names, None) if isinstance(expression, Path) else None
        if found is not None:
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
            use = use.step(COUNT if self.counts(segment, names) else segment)
        if spot is not None:
            use.spots.append(spot)
        return use

    def counts(self, segment: object, names: Names) -> bool:
        if not isinstance(segment, Path):
            return False
        return segment.path[0] == "forloop" or names.get(str(segment.path[0])) is COUNT

    def spot_of(self, node: Node) -> Spot:
        before = _LIQUID.sub("", self.source[max(node.token.start_index - BACK, 0) : node.token.start_index])
        *_, last = ("", ""), *_SCRIPT.findall(before)
        in_css = bool(_CSS_ADDRESS.search(before[-200:]))
        if last[1] and not last[0] and ">" in (opened := before.rpartition("<" + last[1])[2]):
            return Spot(last[1].lower(), "url" if in_css else "", before=before[-BEFORE:], id=_id_in(opened))
        tail = before[before.rfind("<") :]
        tag, attribute = _OPEN_TAG.match(tail), _OPEN_ATTRIBUTE.search(tail)
        if in_css:
            return Spot("", "url")
        if tag and attribute:
            after = self.source[node.token.start_index :].partition(">")[0]
            id_ = _id_in(tail + _LIQUID.sub("", after))
            return Spot(tag[1].lower(), attribute[1].lower(), before=attribute[2] or "", id=id_)
        return Spot(id=_id_in(tail.partition(">")[0]))


def _id_in(tag: str) -> str:
    found = _ID.search(tag)
    return found[1] if found else ""


def _note_filters(use: Use, expression: Any) -> None:
    """Note what the filters of a value take it for, as far as they are given the value itself."""
    for found in expression.filters or ():
        if found.name not in _SAME | _OF_LISTS | _OF_PARTS:
            return
        part = getattr(found.args[0].value, "value", None) if found.args and found.name in _OF_PARTS else None
        if isinstance(part, str):
            use.each().key(part)
        elif found.name in _OF_LISTS:
            use.each()
        if found.name == "map":
            return


def _filters(expression: Any) -> tuple[str, ...]:
    return tuple(found.name for found in getattr(expression, "filters", None) or ())
