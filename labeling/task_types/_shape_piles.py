"""Many people's drawings of one picture: put on one pile, compared, and settled as one drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import hypot, prod
from typing import Any

import numpy as np

from labeling.consolidation.attributes import settle_attributes
from labeling.consolidation.box_hands import Hands, usual_hands
from labeling.consolidation.boxes import BOXES
from labeling.consolidation.presence import KEEP
from labeling.consolidation.shapes import Drawn, cluster_shapes, share_agreement, shares_by_category
from labeling.task_types._attributes import Asked, asked_by, codes_of, tidy, written
from labeling.task_types._box_hands import group, hands_reader
from labeling.task_types._parts import Judge, mean_confidence, round_confidence
from labeling.task_types._shape_checks import value_of
from labeling.task_types._shape_kinds import Kind, Shape
from projects.task_types import Answer, Schema, Settled, Vote

Points = tuple[float, ...]  # x and y in turn
Codes = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Pile:
    """The shapes of several answers to one object, in an order that names and the order of workers do not change.

    authors: for each answer, by its number in `drawn`, its place among the votes. said: (n, A), what its author says
    of each shape, as codes of the attributes that the job asks for.
    """

    drawn: Drawn
    said: Any
    authors: list[int]
    size: dict[str, int]


def pile_up(kind: Kind, answers: Sequence[Answer], schema: Schema) -> Pile:
    """Gather the shapes of all answers, of a kind as the job has it; what one person drew twice counts once."""
    values = [value_of(answer, kind.form) or {} for answer in answers]
    contents = [_content(kind, value[kind.many], schema) for value in values]
    authors = sorted(range(len(answers)), key=lambda place: contents[place])
    rows = [(*content, number) for number, place in enumerate(authors) for content in contents[place]]
    size = common_size(values)
    drawn = Drawn(
        [np.array(points).reshape(-1, 2) for _, points, _, _ in rows],
        np.array([category for category, _, _, _ in rows], dtype=np.int64),
        np.array([number for _, _, _, number in rows], dtype=np.int64),
        hypot(size["width"], size["height"]),
    )
    said = np.array([codes for _, _, codes, _ in rows], dtype=np.int64).reshape(len(rows), len(asked_by(schema)))
    return Pile(drawn, said, authors, size)


def _content(kind: Kind, shapes: Sequence[Shape], schema: Schema) -> list[tuple[int, Points, Codes]]:
    """Return category, points and attributes of each shape, in an order that theirs in the answer does not change."""
    ids, asked = {name: number for number, name in enumerate(schema.categories)}, asked_by(schema)
    found: dict[tuple[int, Points], Codes] = {}
    for shape in shapes:
        key = ids[shape["label"]], tuple(kind.points_of(shape).ravel().tolist())
        found[key] = max(codes_of(shape, asked), found.get(key, ()))
    return sorted((*key, codes) for key, codes in found.items())


def common_size(values: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return the picture's size as most answers give it, of several the largest."""
    sizes = Counter((v["inputImageProperties"]["width"], v["inputImageProperties"]["height"]) for v in values)
    width, height = max(sizes, key=lambda size: (sizes[size], size))
    return {"width": width, "height": height}


def clusters_of(pile: Pile, kind: Kind, hands: Hands | None = None) -> tuple[list[Any], list[Any], list[set[int]]]:
    """Return the clusters, as places in `drawn`, the points that stand for each, and the places of the votes in each.

    hands: of the authors of the votes, in their order, which weigh upright boxes; without, all draw alike.
    """
    drawn = pile.drawn
    if kind.geometry is BOXES:
        known = hands or usual_hands(len(pile.authors))
        clusters, middles = group(drawn, known.pick(np.array(pile.authors, dtype=np.int64)))
    else:
        clusters = cluster_shapes(drawn, kind.geometry)
        middles = [kind.geometry.middle([drawn.points[at] for at in members], drawn.diagonal) for members in clusters]
    named = [{pile.authors[author] for author in drawn.authors[members]} for members in clusters]
    return clusters, middles, named


def draw_boxes(kind: Kind, answers: Sequence[Answer], schema: Schema) -> tuple[Drawn, Sequence[int]]:
    """Return what all answers drew, and for each author of it the place of their answer."""
    pile = pile_up(kind, answers, schema)
    return pile.drawn, pile.authors


def finder(kind: Kind) -> Callable[[Sequence[Vote], Schema], list[set[int]]]:
    """Return the function that finds the things drawn, each as the places of the votes that have it."""

    def find(votes: Sequence[Vote], schema: Schema) -> list[set[int]]:
        drawn = kind.of(schema)
        return clusters_of(pile_up(drawn, [vote.answer for vote in votes], schema), drawn)[2]

    return find


Many = Callable[[Sequence[Sequence[Vote]], dict[str, Any], Schema, Sequence[int]], list[Settled]]


def consolidator(kind: Kind) -> Many:
    """Return the function that settles many objects: clusters that the model believes in, each as one shape."""

    def consolidate_many(
        objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
    ) -> list[Settled]:
        judge, drawn, hands_of = Judge(skills), kind.of(schema), hands_reader(skills)
        return [
            _keep_single(drawn, votes[0], schema)
            if len(votes) == 1
            else _settle(drawn, votes, judge, schema, hands_of(votes))
            for votes in objects
        ]

    return consolidate_many


def _keep_single(kind: Kind, vote: Vote, schema: Schema) -> Settled:
    value, asked = value_of(vote.answer, kind.form) or {}, asked_by(schema)
    shapes = [{**tidy(shape, asked), "confidence": 0.0} for shape in value[kind.many]]
    return Settled({kind.many: shapes, "inputImageProperties": value["inputImageProperties"]}, 0.0, "single")


def _settle(kind: Kind, votes: Sequence[Vote], judge: Judge, schema: Schema, hands: Hands) -> Settled:
    pile = pile_up(kind, [vote.answer for vote in votes], schema)
    clusters, middles, named = clusters_of(pile, kind, hands)
    chances, asked = judge.believe(votes, named), asked_by(schema)
    kept = [
        (*_shape_of(pile, members, middle, asked), chance)
        for members, middle, chance in zip(clusters, middles, chances, strict=True)
        if chance >= KEEP
    ]
    kept.sort(key=lambda found: found[:3])
    shapes = [
        {
            "label": schema.categories[category],
            **kind.entry_of(np.array(points).reshape(-1, 2)),
            **written(codes, asked),
            "confidence": round_confidence(chance),
        }
        for category, points, codes, chance in kept
    ]
    payload = {kind.many: shapes, "inputImageProperties": pile.size}
    confidence = mean_confidence(shapes) if shapes else _nothing(chances, judge.believe_rest(votes))
    return Settled(payload, confidence, "clusters")


def _nothing(chances: Sequence[float], rest: float) -> float:
    """Return the confidence that nothing is there, though some drew what was not believed."""
    return round(prod(1 - chance for chance in chances) * rest, 6)


def _shape_of(pile: Pile, members: Any, middle: Any, asked: Sequence[Asked]) -> tuple[int, Points, Codes]:
    codes = settle_attributes(pile.said[members], np.array([len(one.values) for one in asked], dtype=np.int64))
    return int(pile.drawn.categories[members[0]]), tuple(middle.ravel().tolist()), tuple(codes.tolist())


def one_by_one(many: Many) -> Callable[[Sequence[Vote], dict[str, Any], Schema], Settled]:
    """Return the function that settles one object."""

    def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
        return many([votes], skills, schema, [])[0]

    return consolidate


def comparer(kind: Kind) -> Callable[[Answer, Answer, Schema], float]:
    """Return how far two answers agree: shapes matched one to one by closeness, over their number."""

    def agreement(a: Answer, b: Answer, schema: Schema) -> float:
        drawn = kind.of(schema)
        return share_agreement(pile_up(drawn, [a, b], schema).drawn, drawn.geometry)

    return agreement


def comparer_by_category(kind: Kind) -> Callable[[Answer, Answer, Schema], dict[int, float]]:
    """Return how far two answers agree on each category that either drew."""

    def alike_by(a: Answer, b: Answer, schema: Schema) -> dict[int, float]:
        drawn = kind.of(schema)
        return shares_by_category(pile_up(drawn, [a, b], schema).drawn, drawn.geometry)

    return alike_by


def mistaker(kind: Kind) -> Callable[[Answer, Answer, Schema], list[tuple[int, int]]]:
    """Return the categories that two answers give to one shape: matched, whatever each is called."""

    def mistaken(a: Answer, b: Answer, schema: Schema) -> list[tuple[int, int]]:
        if len(schema.categories) < 2:
            return []
        asked = kind.of(schema)
        drawn = pile_up(asked, [a, b], schema).drawn
        categories = drawn.categories
        clusters = cluster_shapes(replace(drawn, categories=np.zeros_like(categories)), asked.geometry)
        pairs = [sorted(categories[members].tolist()) for members in clusters if len(members) == 2]
        return sorted((one, other) for one, other in pairs if one != other)

    return mistaken
