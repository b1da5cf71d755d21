"""State machines: the only code that assigns `.state`.

A machine is a dict: event → (states that it may leave, state that it enters). The state entered may be a
`Column`, whose value the row holds (the state before a pause).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, QuerySet
from django.dispatch import Signal

from groundtruth.prepared import KINDS, Prepared

moved = Signal()  # sender: the model; rows, event, by, left, entered; sent inside the transaction


class Conflict(Exception):
    """The row is not in a state that the event may leave: somebody else was first."""


class Refused(Exception):
    """The rules do not allow this; the text is a sentence that a person can act on."""


class Invalid(Exception):
    """What was given cannot be taken; `problems` are sentences."""

    def __init__(self, problems: Iterable[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True)
class Column:
    """The state entered is what this column of the row holds."""

    name: str


_moves: dict[tuple[Any, ...], Prepared] = {}
# A row is a model with `state` and `MACHINE`, of which the type Model says nothing: hence the ignores below.
Machine = Mapping[str, tuple[tuple[str, ...], str | Column]]


def may(row: Model, event: str) -> bool:
    """Say whether `event` may leave the state that the row was loaded with."""
    return row.state in row.MACHINE[event][0]  # type: ignore[attr-defined]


def move(row: Model, event: str, by: Model | None, **values: Any) -> None:
    """Move one row by one conditional UPDATE, with the `values` that a CHECK ties to its state.

    Raises Conflict unless exactly one row changed. Sends `moved`. The row in memory follows.
    """
    leaves, enters = row.MACHINE[event]  # type: ignore[attr-defined]
    left, target = row.state, getattr(row, enters.name) if isinstance(enters, Column) else enters  # type: ignore[attr-defined]
    if left not in leaves:
        fresh = type(row)._default_manager.filter(pk=row.pk).values_list("state", flat=True).first()
        left = fresh if fresh in leaves else left
    if _update(row, event, target, values) != 1:
        raise _conflict(row, event)
    row.state = target  # type: ignore[attr-defined]
    for name, value in values.items():
        if not isinstance(value, F) and not hasattr(value, "resolve_expression"):
            setattr(row, name, value)
    moved.send(type(row), rows=[row], event=event, by=by, left=left, entered=target)


def _conflict(row: Model, event: str) -> Conflict:
    """Return what a person reads: the state that the row has by now, in the words of the pages."""
    field: Any = row._meta.get_field("state")
    state = type(row)._default_manager.filter(pk=row.pk).values_list("state", flat=True).first()
    words = dict(field.flatchoices).get(state, state)
    what, wish = row._meta.verbose_name, event.replace("_", " ")
    return Conflict(f"This {what} cannot go on with “{wish}” now: it is “{words}”. Load the page again.")


def _update(row: Model, event: str, target: str, values: dict[str, Any]) -> int:
    """Move the row in the database, by a statement kept for this event where its values are plain."""
    model, (leaves, enters) = type(row), row.MACHINE[event]  # type: ignore[attr-defined]
    same = model._default_manager.filter(state__in=leaves)
    if isinstance(enters, Column):
        same = same.filter(**{enters.name: target})
    elif all(isinstance(value, KINDS) and not isinstance(value, bool) for value in values.values()):
        key = (model, event, *sorted(values))
        if key not in _moves:
            _moves[key] = Prepared(lambda pk, **_: same.filter(pk=pk), lambda pk, **new: {"state": target, **new})
        return _moves[key].update(pk=row.pk, **values)
    return same.filter(pk=row.pk).update(state=target, **values)


def move_many(rows: QuerySet, event: str, by: Model | None, **values: Any) -> int:
    """Move every row of the set that may leave its state, in one UPDATE; return how many did. Sends no row."""
    leaves, enters = rows.model.MACHINE[event]
    target: Any = F(enters.name) if isinstance(enters, Column) else enters
    count = rows.filter(state__in=leaves).update(state=target, **values)
    if count:
        moved.send(rows.model, rows=(), event=event, by=by, left="", entered=enters if isinstance(enters, str) else "")
    return count
