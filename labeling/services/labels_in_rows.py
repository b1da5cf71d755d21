"""The labels of a batch as the rules of machine validation take them: a row a label, in the manifest's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeling.models import Job, Label
from labeling.pictures import put_back_all
from labeling.services.answers import PICTURES_CHUNK
from labeling.validation.findings import Kind
from projects import task_types
from projects.task_types import Checked

READ_CHUNK = 5000


class LabelRows(Sequence[Any]):
    """The current labels of a job's batch under its attribute, whoever gave them.

    They have been read, or with pictures, of which a job's do not fit into memory, are read when asked for.

    ordinals, labels: int (N,), the objects' places and the labels' ids; sizes: float (N, 2), 0 where unknown; texts:
    (N,) the objects' own, None where rules take none; of_round: bool (N,), which were made in the job's round of the
    batch, or by no job. A label that cannot be read is None.
    """

    def __init__(self, job: Job, checked: Checked) -> None:
        self.checked = checked
        self.is_lazy = task_types.get(job.task_type).has_picture
        self._kept: tuple[int, list[Any]] = (-1, [])
        self._unread: set[int] = set()
        current = Label.objects.filter(data_object__batch=job.batch_id, attribute=job.attribute)
        found = current.exclude(state="superseded").order_by("data_object__ordinal")
        columns = ["pk", "data_object__ordinal", "data_object__width", "data_object__height", "job__round"]
        rows, sizes, rounds, self._read = [], [], [], []
        self.texts: list[str] | None = [] if checked.kind in (Kind.SPANS, Kind.TEXTS) else None
        columns += [] if self.is_lazy else ["payload"]
        columns += [] if self.texts is None else ["data_object__source_text"]
        for row in found.values_list(*columns).iterator(chunk_size=READ_CHUNK):
            rows.append(row[:2])
            sizes.append(row[2:4])
            rounds.append(row[4] in (None, job.round))
            if self.texts is not None:
                self.texts.append(row[-1])
            if not self.is_lazy:
                self._read.append(self._label_of(len(rows) - 1, row[5]))
                sizes[-1] = sizes[-1] if all(sizes[-1]) else self._size_by(row[5])
        table = np.array(rows, dtype=np.int64).reshape(-1, 2)
        self.labels, self.ordinals = table[:, 0], table[:, 1]
        self.sizes = np.array(sizes, dtype=np.float64).reshape(-1, 2)
        self.of_round = np.array(rounds, dtype=np.bool_)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self[place] for place in range(*row.indices(len(self)))]
        if not 0 <= row < len(self):
            raise IndexError(row)
        if not self.is_lazy:
            return self._read[row]
        part = int(row) // PICTURES_CHUNK
        if self._kept[0] != part:
            self._kept = (part, self._read_part(part))
        return self._kept[1][int(row) % PICTURES_CHUNK]

    def unread(self) -> int:
        """Return how many labels could not be read, of those that were asked for."""
        return len(self._unread)

    def _read_part(self, part: int) -> list[Any]:
        """Read the next labels with their pictures, side by side. Raises StoreError where the store is away."""
        first = part * PICTURES_CHUNK
        ids = self.labels[first : first + PICTURES_CHUNK].tolist()
        rows = Label.objects.filter(pk__in=ids).values_list("pk", "payload", "blob_key")
        by_id = {pk: (payload, key) for pk, payload, key in rows}
        there = [pk for pk in ids if pk in by_id]
        payloads = dict(zip(there, put_back_all([by_id[pk] for pk in there]), strict=True))
        return [self._label_of(first + place, payloads.get(pk)) for place, pk in enumerate(ids)]

    def _label_of(self, row: int, payload: Any) -> Any:
        try:
            if payload is not None:  # a picture that is lost
                return self.checked.read(payload)
        except (ValueError, LookupError, TypeError, AttributeError):
            pass  # a damaged picture, or what nobody of ours has written
        self._unread.add(row)
        return None

    def _size_by(self, payload: Any) -> tuple[int, int]:
        if self.checked.size_of is None:
            return 0, 0
        try:
            width, height = self.checked.size_of(payload)
            return int(width), int(height)
        except (ValueError, LookupError, TypeError):
            return 0, 0
