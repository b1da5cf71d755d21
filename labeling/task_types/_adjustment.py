"""What the adjustment types share: people mend an earlier label, and the new one says whether anybody changed it.

A payload is the base type's with "initialValueModified": whether any worker changed what was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from labeling.task_types._earlier import ATTRIBUTE, problems, read_earlier
from labeling.task_types._parts import both
from projects.task_types import Answer, Example, Item, LabelLine, Schema, Settled, TaskType, Vote

FLAG = "initialValueModified"
STATUS = "adjustment-status"

Exact = Callable[[Any, dict[str, Any], Item, Schema], bool]  # … → whether that is the earlier label to the last digit
Initial = Callable[[Any, dict[str, Any], Item, Schema], Any]  # value, metadata … → the element's initial-value


def without_flag(payload: Any) -> Any:
    """Return a payload as the base type knows it."""
    return {key: value for key, value in payload.items() if key != FLAG}


def is_changed(answer: Answer) -> Any:
    """Return whether the element says that the worker changed what it showed; None where it says nothing."""
    part = next(iter(answer.values()), None)
    return part.get(FLAG) if isinstance(part, dict) else None


class _Adjusted:
    """The base type's functions with the flag put in, carried along and taken out."""

    def __init__(self, base: TaskType, exact: Exact) -> None:
        self.base = base
        self.exact = exact

    def check(self, answer: Answer, schema: Schema, item: Item) -> list[str]:
        if found := self.base.check(answer, schema, item):
            return found
        if not isinstance(is_changed(answer), bool):
            return [_("The answer does not say whether you changed the label. Reload the page and try again.")]
        return []

    def consolidate_many(
        self, objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
    ) -> list[Settled]:
        if self.base.consolidate_many is not None:
            settled = self.base.consolidate_many(objects, skills, schema, numbers)
        else:
            settled = [self.base.consolidate(votes, skills, schema) for votes in objects]
        return [self._flagged(one, votes) for one, votes in zip(settled, objects, strict=True)]

    def _flagged(self, settled: Settled, votes: Sequence[Vote]) -> Settled:
        is_any_changed = any(is_changed(vote.answer) is True for vote in votes)
        return replace(settled, payload={**settled.payload, FLAG: is_any_changed})

    def consolidate(self, votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
        return self.consolidate_many([votes], skills, schema)[0]

    def encode(self, payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
        line = self.base.encode(without_flag(payload), confidence, schema, item)
        is_adjusted = payload[FLAG] or not self._begins_with_the_label(item, schema)
        return LabelLine(line.value, {**line.metadata, STATUS: "adjusted" if is_adjusted else "unadjusted"})

    def _begins_with_the_label(self, item: Item, schema: Schema) -> bool:
        """Whether a label that nobody touched is the earlier one: the tool starts from whole pixels in the picture."""
        try:
            return read_earlier(item, schema, lambda value, told: self.exact(value, told, item, schema))
        except ValueError:  # the line has lost it since
            return True

    def decode(self, value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
        payload, confidence = self.base.decode(value, metadata, schema)
        if metadata[STATUS] not in ("adjusted", "unadjusted"):
            raise ValueError(f"{STATUS} is adjusted or unadjusted.")
        return {**payload, FLAG: metadata[STATUS] == "adjusted"}, confidence

    def answer_of(self, payload: Any, schema: Schema) -> Answer:
        ((name, part),) = self.base.answer_of(without_flag(payload), schema).items()
        return {name: {**part, FLAG: payload[FLAG]}}

    def describe(self, payload: Any, schema: Schema) -> str:
        words = self.base.describe(without_flag(payload), schema)
        return _("%(label)s (adjusted)") % {"label": words} if payload[FLAG] else words


def initial_input(base: TaskType, initial: Initial) -> Callable[[Item, Schema], dict[str, Any]]:
    """Return the function that gives the template the earlier label to start from, beside what the base type does."""

    def task_input(item: Item, schema: Schema) -> dict[str, Any]:
        def read(value: Any, metadata: dict[str, Any]) -> Any:
            return initial(value, metadata, item, schema)

        usual = base.task_input(item, schema) if base.task_input else {}
        return {**usual, "initialValue": read_earlier(item, schema, read)}

    return task_input


def adjustment(
    base: TaskType,
    *,
    slug: str,
    title: str,
    aws_name: str,
    initial: Initial,
    exact: Exact = lambda *_label: True,
    line: Mapping[str, Any],
    attribute: str,
) -> TaskType:
    """Return the type that mends labels of the type `base`.

    line, attribute: of its example, the line of an object that was labelled under that attribute.
    """
    adjusted, example = _Adjusted(base, exact), base.example
    first, second, third = (_flag(answer, changed) for answer, changed in zip(example.answers, (1, 0, 0), strict=True))
    return replace(
        base,
        slug=slug,
        title=title,
        aws_names=(aws_name,),
        template=f"{slug.replace('-', '_')}.liquid.html",
        check=adjusted.check,
        consolidate=adjusted.consolidate,
        consolidate_many=adjusted.consolidate_many,
        encode=adjusted.encode,
        decode=adjusted.decode,
        answer_of=adjusted.answer_of,
        describe=adjusted.describe,
        example=Example(
            replace(example.item, line=line),
            Schema(example.schema.categories, {**example.schema.options, "attribute": attribute}),
            (first, second, third),
            example.answers[0],
        ),
        learner="",
        features="",
        teach=None,
        propose=None,
        unlearnt=None,
        options=(*base.options, ATTRIBUTE),
        task_input=initial_input(base, initial),
        problems=both(base.problems, problems),
    )


def _flag(answer: Answer, changed: int) -> Answer:
    ((name, part),) = answer.items()
    return {name: {**part, FLAG: bool(changed)}}
