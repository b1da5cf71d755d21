"""What a road is about: the customer's objects, what is asked of people, and how a person sees a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labeling.demonstration.client import Browser


@dataclass(frozen=True)
class Seen:
    """What a person sees of a task: the name under which it wants its answer, and what tells its object from others."""

    name: str
    mark: str


@dataclass(frozen=True)
class Subject:
    """The objects of one batch, all of whose categories are known.

    put: brings them into the customer's store, repeated as often as one likes, and returns what each is, by its mark.
    look: what a person does with a task's HTML, in whose browser it is shown. Raises Unexpected for another kind.
    truths: what objects are, by (address, text) as their rows hold them.
    """

    title: str
    description: str
    batch: str
    task_type: str
    categories: tuple[str, ...]
    attribute: str
    question: str
    instructions: str
    count: int
    preparing: str  # said when `put` begins
    input_uri: str
    output_uri: str
    put: Callable[[], Mapping[str, str]]
    look: Callable[[Browser, str], Seen]
    truths: Callable[[Sequence[tuple[str, str]]], list[str]]
    target: int | None = None  # per cent of the machine's labels, which the customer asks for; None: the usual
    looked_again: int = 0  # per cent of the labels that others look at again at most, of those that rules doubt

    @property
    def places(self) -> dict[str, str]:
        """Return what the customer gives leave to read and to write: folders."""
        folder = self.input_uri[: self.input_uri.rindex("/") + 1]
        return {"input_places": folder, "output_places": self.output_uri}
