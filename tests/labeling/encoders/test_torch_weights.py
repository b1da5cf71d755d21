"""Weights files are read without running them."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeling.encoders import torch_weights
from labeling.encoders.torch_weights import MAGIC, PROTOCOL, read_weights


class _Named:
    """Stands in a pickle for a name that only the library that wrote it has."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Writer(pickle._Pickler):  # the one written in Python, whose lookup of names can be replaced
    def persistent_id(self, obj: Any) -> Any:
        return obj.pid if isinstance(obj, _Storage) else None

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, _Named):
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, _Tensor):
            self.save(_Named("torch._utils", "_rebuild_tensor_v2"))
            self.save((obj.storage, obj.offset, obj.shape, obj.steps, False, OrderedDict()))
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)


class _Storage:
    def __init__(self, kind: str, key: str, size: int) -> None:
        self.pid = ("storage", _Named("torch", kind), key, "cpu", size, None)


class _Tensor:
    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...], steps: tuple[int, ...]) -> None:
        self.storage, self.offset, self.shape, self.steps = storage, offset, shape, steps


def write(path: Path, state: Any, storages: dict[str, np.ndarray], *, magic: int = MAGIC) -> Path:
    with path.open("wb") as file:
        for part in (magic, PROTOCOL, {"little_endian": True}):
            pickle.dump(part, file, protocol=2)
        _Writer(file, protocol=2).dump(state)
        pickle.dump(list(storages), file, protocol=2)
        for numbers in storages.values():
            file.write(len(numbers).to_bytes(8, "little") + numbers.tobytes())
    return path


def test_tensors_are_laid_out_from_their_storage(tmp_path: Path) -> None:
    storage, counter = _Storage("FloatStorage", "7", 12), _Storage("LongStorage", "8", 1)
    state = OrderedDict(
        whole=_Tensor(storage, 0, (3, 4), (4, 1)),
        turned=_Tensor(storage, 0, (4, 3), (1, 4)),
        part=_Tensor(storage, 5, (2,), (1,)),
        counter=_Tensor(counter, 0, (), ()),
    )
    numbers = np.arange(12, dtype="<f4")

    found = read_weights(write(tmp_path / "w.pth", state, {"7": numbers, "8": np.array([3], dtype="<i8")}))

    assert list(found) == ["whole", "turned", "part"]
    assert found["whole"].tolist() == numbers.reshape(3, 4).tolist()
    assert found["turned"].tolist() == numbers.reshape(3, 4).T.tolist()
    assert found["part"].tolist() == [5, 6]


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "torch.load", "numpy.load"])
def test_a_file_that_names_anything_else_is_refused(tmp_path: Path, name: str) -> None:
    module, function = name.split(".")

    with pytest.raises(ValueError, match=f"may not name {name}"):
        read_weights(write(tmp_path / "w.pth", OrderedDict(bad=_Named(module, function)), {}))


def test_a_tensor_that_reaches_past_its_storage_is_refused(tmp_path: Path) -> None:
    state = OrderedDict(bad=_Tensor(_Storage("FloatStorage", "7", 4), 2, (4,), (1,)))

    with pytest.raises(IndexError):
        read_weights(write(tmp_path / "w.pth", state, {"7": np.zeros(4, dtype="<f4")}))


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="w.pth is no weights file"):
        read_weights(write(tmp_path / "w.pth", OrderedDict(), {}, magic=1))


def test_the_reader_needs_no_torch() -> None:
    assert "import torch" not in Path(torch_weights.__file__).read_text()
