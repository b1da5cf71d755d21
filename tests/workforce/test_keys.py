"""A worker's own keys: what is stored, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from groundtruth.states import Invalid
from tests.factories import make_team, make_worker
from workforce import services
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize("keys", [{}, {"b": "w", "w": "b"}, {"Delete": "ü", "ü": "]", "]": "Delete"}])
def test_keys_that_swap_are_stored(keys: dict[str, str]) -> None:
    worker = make_worker(make_team())

    assert services.set_keys(worker, keys) == keys

    assert Worker.objects.get().keys == keys


@pytest.mark.parametrize(
    "keys",
    [
        None,
        ["b"],
        {"b": "w"},
        {"b": "w", "v": "w"},
        {"b": 1, "w": "b"},
        {"bb": "w", "w": "bb"},
        {" ": "w", "w": " "},
        {"\0": "w", "w": "\0"},
        {"\u202e": "w", "w": "\u202e"},
        {"Enter": "w", "w": "Enter"},
        {chr(200 + n): chr(200 + n) for n in range(201)},
    ],
)
def test_what_is_no_set_of_keys_is_refused(keys: Any) -> None:
    worker = make_worker(make_team())

    with pytest.raises(Invalid):
        services.set_keys(worker, keys)

    assert Worker.objects.get().keys == {}
