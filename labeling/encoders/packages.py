"""Models that come inside packages of the optional extra: their files, and what runs them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any


def file_of(package: str, name: str) -> Path:
    """Return a file inside an installed package, which is not imported for it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed: pip install groundtruth[embeddings]", name=package)
    return Path(spec.submodule_search_locations[0]) / name


def open_session(model: bytes) -> Any:
    """Return a session of one thread: as many processes as wanted share the machine."""
    import onnxruntime  # of the optional extra

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
