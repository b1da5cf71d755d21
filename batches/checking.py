"""What a batch's locations hold, told before anything is sent: bounded in work, and nothing is kept."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from django.conf import settings

from batches.ingest import judge
from batches.made_manifests import check_reference
from batches.manifests import BadLine, Line
from batches.references import Grants, Look, look_at_all
from batches.services import place_problems
from batches.sources import (
    NO_OBJECTS,
    Input,
    TransferFailed,
    find_input,
    items_from,
    made_lines,
    modality_of,
    none_can_be_shown,
    refuse_heavy,
    refuse_large,
    refuse_many,
    within_limits,
)
from groundtruth.storage import Entry, StoreError
from projects.models import Direction, Project

FULL_LINES = 1000  # read as the transfer will read them
SAMPLE = 20  # files that are looked at
SHOWN_PROBLEMS = 20
COUNT_SECONDS = 4.0


@dataclass(frozen=True)
class Problem:
    """Something to mend: in a line (from 1), or in the whole (0)."""

    number: int
    reason: str


@dataclass(frozen=True)
class Report:
    """What was found. `count` and `size_bytes` are lower bounds but for `is_complete`; `types`: (extension, count)."""

    kind: str = ""  # manifest, folder, text, csv; empty where nothing could be read
    count: int = 0  # objects; lines of a manifest
    size_bytes: int = 0  # of the files listed, or of the manifest
    is_complete: bool = True
    types: tuple[tuple[str, int], ...] = ()
    problems: tuple[Problem, ...] = ()
    limits: tuple[str, ...] = ()  # sentences on the limits that are broken

    @property
    def is_good(self) -> bool:
        """Whether the transfer would succeed, as far as was looked: lines and files may be bad, but not all."""
        return bool(self.kind) and self.count > 0 and not self.limits


@dataclass
class _Found:
    count: int = 0
    size: int = 0
    is_complete: bool = True
    types: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    limit: str = ""


def check(project: Project, input_uri: str, output_uri: str) -> Report:
    """Say what a batch with these locations would find. Reads the first lines and files; writes nothing."""
    places = [*place_problems(project, Direction.IN, input_uri), *place_problems(project, Direction.OUT, output_uri)]
    if places:
        return Report(problems=tuple(Problem(0, text) for text in places))
    try:
        found = find_input(project, input_uri)
        seen = _folder(found, modality_of(project), project) if found.kind == "folder" else _lines(found, project)
    except (TransferFailed, StoreError) as why:
        return Report(problems=(Problem(0, str(why)),))
    if not seen.count and not seen.problems and not seen.limit:
        seen.problems.append(Problem(0, NO_OBJECTS))
    types = tuple(sorted(seen.types.items(), key=lambda pair: (-pair[1], pair[0])))
    limits = (seen.limit,) if seen.limit else ()
    problems = tuple(seen.problems[:SHOWN_PROBLEMS])
    return Report(found.kind, seen.count, seen.size, seen.is_complete, types, problems, limits)


# --- a folder ---------------------------------------------------------------------------------------


def _folder(found: Input, modality: str, project: Project) -> _Found:
    seen = _Found()
    first: list[str] = []
    try:
        for entry in within_limits(found.store.list(found.address.bucket, found.address.key)):
            if _count_file(seen, entry, modality) and len(first) < SAMPLE:
                first.append(f"s3://{found.address.bucket}/{entry.key}")
    except TransferFailed as limit:
        seen.limit, seen.is_complete = str(limit), False
    if modality == "text":
        _read_texts(found, seen, modality)
    else:
        looks = look_at_all(first, Grants(project), modality)
        seen.problems += [
            Problem(0, f"{PurePosixPath(u).name}: {k.problem}") for u, k in zip(first, looks, strict=True) if k.problem
        ]
        _refuse_all_bad(seen, looks)
    return seen


def _count_file(seen: _Found, entry: Entry, modality: str) -> bool:
    """Count a file; False where it is no object, since tasks of this modality cannot show it."""
    seen.size += entry.size
    seen.types[PurePosixPath(entry.key).suffix.lower() or "none"] += 1
    if problem := check_reference(entry.key, modality):
        if len(seen.problems) < SHOWN_PROBLEMS:
            seen.problems.append(Problem(0, problem))
        return False
    seen.count += 1
    return True


def _refuse_all_bad(seen: _Found, looks: Sequence[Look]) -> None:
    """Say so where every object was looked at and none can be shown: the transfer would fail."""
    is_everything = seen.is_complete and seen.count == len(looks) > 0
    if is_everything and not seen.limit and all(look.problem for look in looks):
        seen.limit = none_can_be_shown(seen.count)


def _read_texts(found: Input, seen: _Found, modality: str) -> None:
    """Read the first texts of a folder: their number is not known before all are read."""
    lines = list(islice(made_lines(found, modality), FULL_LINES + 1))
    seen.problems = _problems(_parsed(lines[:FULL_LINES]), modality)
    seen.count, seen.is_complete = len(lines[:FULL_LINES]) - len(seen.problems), len(lines) <= FULL_LINES


# --- a manifest, or a file of texts ------------------------------------------------------------------


def _lines(found: Input, project: Project) -> _Found:
    assert found.stat is not None
    modality = modality_of(project)
    seen = _Found(size=found.stat.size)
    try:
        refuse_large(found.address.key, found.stat.size)
        refuse_heavy(found.stat.size)
    except TransferFailed as limit:
        seen.limit = str(limit)
    if found.kind == "manifest":
        items = items_from(found.store.stream(found.address, 0, found.stat.etag), 0, 0, made=False)
    else:
        items = _parsed(made_lines(found, modality))
    head = [judge(item, modality) for item in islice(items, FULL_LINES)]
    good = [item for item in head if isinstance(item, Line)]
    seen.types = Counter(
        PurePosixPath(line.source_ref).suffix.lower() or "none" if line.source_ref else "text" for line in good
    )
    is_made = found.kind != "manifest"  # then a reason names its file and line itself
    seen.problems = [Problem(0 if is_made else item.number, item.reason) for item in head if isinstance(item, BadLine)]
    looks = _look_at_files(seen, good, project, modality)
    seen.problems.sort(key=lambda problem: problem.number)
    _count_rest(seen, items, len(good), sum(1 for line in good if line.source_ref))
    _refuse_all_bad(seen, looks)
    return seen


def _parsed(lines: Iterator[str] | list[str]) -> Iterator[Line | BadLine]:
    return items_from((line.encode() + b"\n" for line in lines), 0, 0, made=True)


def _problems(items: Iterator[Line | BadLine], modality: str) -> list[Problem]:
    judged = (judge(item, modality) for item in items)
    return [Problem(0, item.reason) for item in judged if isinstance(item, BadLine)]


def _look_at_files(seen: _Found, good: list[Line], project: Project, modality: str) -> list[Look]:
    """Look at the first files that the lines name, and note what is wrong with them."""
    named = [line for line in good if line.source_ref][:SAMPLE]
    try:
        looks = look_at_all([line.source_ref or "" for line in named], Grants(project), modality)
    except TransferFailed as limit:
        seen.limit = seen.limit or str(limit)
        return []
    seen.problems += [
        Problem(line.number, look.problem) for line, look in zip(named, looks, strict=True) if look.problem
    ]
    return looks


def _count_rest(seen: _Found, items: Iterator[Line | BadLine], good: int, files: int) -> None:
    """Count on for some seconds; a file of gigabytes is not read to its end for this."""
    until = time.monotonic() + COUNT_SECONDS
    seen.count = good
    for number, item in enumerate(items):
        if isinstance(item, Line):
            seen.count += 1
            files += item.source_ref is not None
        if number % 1000 == 0 and time.monotonic() > until:
            seen.is_complete = False
            break
    try:
        refuse_many(files)
    except TransferFailed as limit:
        seen.limit = seen.limit or str(limit)


def limit_words() -> dict[str, int]:
    """Return the limits that the page names beside the report: files, bytes of a file, bytes together."""
    return {"files": settings.MAX_BATCH_FILES, "file_bytes": settings.MAX_FILE_BYTES, "bytes": settings.MAX_BATCH_BYTES}
