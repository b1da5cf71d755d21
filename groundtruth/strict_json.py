"""JSON as strangers send it, read strictly: one meaning, finite numbers, text that any database holds. No Django here.

What is wrong is said as the rest of a sentence, so that the caller names what it is: "The line" + " is not JSON …".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

MAX_DEPTH = 64  # ours: enough for any label, and far below the recursion limit of later readers

_BROKEN_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")  # a NUL, or half of a surrogate pair
_NUL = ("nul", "holds a NUL character.")
_HALF = ("encoding", "holds half of a Unicode surrogate pair.")
_DEEP = ("too_deep", f"is nested deeper than {MAX_DEPTH} levels.")


class BadJson(ValueError):
    """Why a text is refused: a stable code, and the rest of a sentence (`says`)."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code, self.says = code, says


def decode(text: str) -> Any:
    """Return what a JSON text says. Raises BadJson."""
    try:
        value = _JSON.decode(text)
    except RecursionError:
        raise BadJson(*_DEEP) from None
    except json.JSONDecodeError as error:
        if "\0" in text:
            raise BadJson(*_NUL) from None
        what = error.msg.removesuffix(" at")
        raise BadJson("not_json", f"is not JSON: {what} at character {error.pos + 1}.") from None
    except BadJson:
        raise
    except ValueError:  # Python reads no integer of more than 4,300 digits
        raise BadJson("number", "holds a number with too many digits.") from None
    if text.count("{") + text.count("[") > MAX_DEPTH and is_too_deep(value):
        raise BadJson(*_DEEP)
    if "\\u" in text and _BROKEN_ESCAPE.search(text) and (problem := _problem_of_text(value)):
        raise BadJson(*problem)
    return value


def problem_of(value: Any) -> str:
    """Return what keeps a value from being stored as JSON, as the rest of a sentence; empty is good."""
    if is_too_deep(value):
        return _DEEP[1]
    try:
        shown = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return "holds a number that is not finite."
    problem = _problem_of_text(value) if "\\u0000" in shown or not _is_whole(shown) else None
    return problem[1] if problem else ""


def is_too_deep(value: Any) -> bool:
    """Whether objects and lists stand in each other more than MAX_DEPTH levels deep. Recurses nowhere."""
    level, depth = [item for item in [value] if isinstance(item, dict | list)], 0
    while level and depth < MAX_DEPTH:
        level = [inner for item in level for inner in _inside(item) if isinstance(inner, dict | list)]
        depth += 1
    return bool(level)


def _inside(item: dict[str, Any] | list[Any]) -> Iterator[Any]:
    return iter(item.values() if isinstance(item, dict) else item)


def _problem_of_text(value: Any) -> tuple[str, str] | None:
    """Return what a database's text column cannot hold of a value, once it is unescaped."""
    texts = list(_texts(value))
    if not all(_is_whole(text) for text in texts):
        return _HALF
    return _NUL if any("\0" in text for text in texts) else None


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadJson("duplicate_key", "names one key twice, so that its meaning is open.")
    return made


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise BadJson("number", "holds a number that is too large.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise BadJson("not_json", f"is not JSON: {name} is no JSON value.")


_JSON = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_float=_finite, parse_constant=_refuse_constant)
