"""Read the arrays of a file that `torch.save` wrote before 1.6, without torch and without running its pickles."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
FLOAT = "<f4"


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor's numbers lie: its storage, the first of them, its shape, and the step along each axis."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Return the named float32 arrays of a state dictionary. Raises ValueError for anything else."""
    with path.open("rb") as file:
        if _Plain(file).load() != MAGIC or _Plain(file).load() != PROTOCOL:
            raise ValueError(f"{path.name} is no weights file of the older format.")
        _Plain(file).load()  # about the machine that wrote it
        reader = _Weights(file)
        tensors = reader.load()
        numbers = {key: _storage(file, reader.kinds[key]) for key in _Plain(file).load()}
    return {name: _array(numbers[t.storage], t) for name, t in tensors.items() if isinstance(t, _Tensor)}


def _storage(file: BinaryIO, kind: str) -> np.ndarray:
    count, dtype = int.from_bytes(file.read(8), "little"), np.dtype(kind)
    return np.frombuffer(file.read(dtype.itemsize * count), dtype=dtype)


def _array(numbers: np.ndarray, tensor: _Tensor) -> np.ndarray:
    """Lay a tensor out. Raises IndexError where it reaches past its storage."""
    places = np.full(tensor.shape, tensor.offset)
    for axis, step in enumerate(tensor.steps):
        places += np.expand_dims(np.arange(tensor.shape[axis]) * step, [a for a in range(places.ndim) if a != axis])
    return numbers[places]


class _Plain(pickle.Unpickler):
    """Numbers, text, lists and dictionaries: no name is looked up, so nothing can be called."""

    def find_class(self, module: str, name: str) -> Any:
        raise ValueError(f"A weights file may not name {module}.{name}.")


class _Weights(_Plain):
    """A state dictionary: four names stand for what we make of them, and nothing else can be named."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.kinds: dict[str, str] = {}  # the NumPy type of each storage

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch", "FloatStorage"): FLOAT,
            ("torch", "LongStorage"): "<i8",
        }
        if (module, name) not in known:
            return super().find_class(module, name)
        return known[module, name]

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        _, kind, key, *_ = pid
        self.kinds[key] = kind
        return kind, key


def _tensor(
    storage: tuple[str, str], offset: int, shape: Sequence[int], steps: Sequence[int], *_: Any
) -> _Tensor | None:
    """Stand for a tensor; counters, of whole numbers, are nobody's weights."""
    kind, key = storage
    return _Tensor(key, offset, tuple(shape), tuple(steps)) if kind == FLOAT else None
