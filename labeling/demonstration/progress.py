"""What the terminal shows: sentences, and one line, rewritten in place or, in a file, repeated now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from labeling.demonstration.report import SoFar

LINE_SECONDS = 5.0  # between two lines in a file or a pipe
REWRITE_SECONDS = 1.0


@dataclass
class Progress:
    out: TextIO
    clock: Callable[[], float] = time.monotonic
    _shown_at: float = float("-inf")
    _width: int = 0
    _begun: tuple[float, int] | None = field(default=None)

    @property
    def is_due(self) -> bool:
        """Say whether the line is old enough to be shown anew."""
        return self.clock() - self._shown_at >= (REWRITE_SECONDS if self.out.isatty() else LINE_SECONDS)

    def say(self, sentence: str) -> None:
        """Print a sentence on a line of its own."""
        if self._width:
            self.out.write("\n")
            self._width = 0
        self.out.write(f"{sentence}\n")
        self.out.flush()

    def show(self, so_far: SoFar, people: int) -> None:
        """Show how far the work is. The rate is that since the first call."""
        now = self.clock()
        self._begun = self._begun or (now, so_far.answers)
        line = line_of(so_far, people, self._rate(now, so_far.answers))
        if self.out.isatty():
            self.out.write(f"\r{line:<{self._width}}")
            self._width = len(line)
        else:
            self.out.write(f"{line}\n")
        self.out.flush()
        self._shown_at = now

    def _rate(self, now: float, answers: int) -> float:
        began, before = self._begun or (now, answers)
        return (answers - before) / (now - began) if now > began else 0.0


def line_of(so_far: SoFar, people: int, rate: float) -> str:
    """Return the progress line."""
    accuracy = "–" if so_far.accuracy is None else f"{so_far.accuracy:.1%}"
    done = f"done {so_far.done:,} of {so_far.total:,}"
    return f"{done} · {people} people · {so_far.failed:,} failed · {rate:.1f} answers/s · accuracy so far {accuracy}"
