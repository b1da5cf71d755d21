"""No task type without its road: what can be set up is taken from end to end by one of the tables."""

from __future__ import annotations

from projects import task_types
from tests.browser import (
    test_road_chains,
    test_road_choices,
    test_road_custom,
    test_road_masks,
    test_road_shapes,
    test_road_texts,
)


def test_every_task_type_has_a_road() -> None:
    tables = [module.CASES for module in (test_road_choices, test_road_masks, test_road_shapes, test_road_texts)]
    tables += [cases for _first, cases in test_road_chains.CHAINS.values()]

    roads = {case.task_type for table in tables for case in table} | {test_road_custom.CASE.task_type}

    assert roads == {kind.slug for kind in task_types.every()}
