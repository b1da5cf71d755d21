"""Labelled jobs made for tests of validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeling.validation.findings import Finding, Kind, Labelled, Rule

NAMES = ("ant", "bee", "cat", "dog", "eel")


def clusters(count: int, classes: int, *, spread: float = 0.3, width: int = 8, seed: int = 0) -> tuple[Any, Any]:
    """Return features (N, width) round a middle a class, and the classes."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % classes
    middles = rng.normal(size=(classes, width))
    return (middles[truth] + spread * rng.normal(size=(count, width))).astype(np.float32), truth


def classes_job(features: Any, labels: Sequence[Any], kind: Kind = Kind.CLASS, classes: int = 5) -> Labelled:
    return Labelled(kind, list(labels), NAMES[:classes], [features])


def shapes_job(kind: Kind, *labels: Any, size: tuple[float, float] | None = (100, 80)) -> Labelled:
    sizes = None if size is None else np.array([size] * len(labels), dtype=float).reshape(-1, 2)
    return Labelled(kind, labels, NAMES, sizes=sizes)


def box(left: float, top: float, right: float, bottom: float, category: int = 0) -> tuple[int, Any]:
    return category, [(left, top), (right, bottom)]


def told(rule: Rule, job: Labelled) -> list[tuple[int, float, str]]:
    """Return row, severity (to three digits) and words of each finding."""
    return [(found.object, round(found.severity, 3), rule.say(found)) for found in rule.findings(job)]


def by_name(findings: Sequence[Finding], names: Sequence[int]) -> dict[int, tuple[float, str]]:
    """Return findings by the object's own name, whatever its row."""
    return {names[found.object]: (found.severity, repr(found.values)) for found in findings}
