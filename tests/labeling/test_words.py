"""The labelling page's words: what its scripts say, and what the server translates, are the same both ways."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = (ROOT / "templates/labeling/_work_words.html").read_text()
SAID = re.compile(r'\bsay\(\s*"([\w-]+)",\s*"((?:[^"\\]|\\.)*)"')
LOADED = re.compile(r'words\?\.\["([\w-]+)"\] \?\? "([^"]+)"')  # before there is a say()
TOLD = re.compile(r'\b(?:word|announce)\(\s*"([\w-]+)"')
LISTED = re.compile(r'<p data-word="([\w.-]+)">\{% translate "([^"]*)" %\}</p>')


def sources(folder: str) -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / "static" / folder).glob("*.js")))


def listed() -> dict[str, str]:
    return dict(LISTED.findall(LIST))


def test_every_word_is_listed_once() -> None:
    keys = re.findall(r'data-word="([^"]+)"', LIST)

    assert sorted(keys) == sorted(listed())  # none twice, and none in another form than the tests below read
    assert "</" not in "".join(listed().values())


def test_the_frame_says_what_is_translated_and_nothing_else() -> None:
    loader = (ROOT / "templates/labeling/frame.html").read_text()
    said = set(SAID.findall(sources("crowd")) + SAID.findall(sources("js/work")) + LOADED.findall(loader))

    assert said == {(key[6:], text) for key, text in listed().items() if key.startswith("crowd.")}


def test_every_call_of_say_names_its_key_and_its_english() -> None:
    calls = re.findall(r"(?<![\w.])say\(", sources("crowd").replace("export function say(", ""))

    assert len(calls) == len(SAID.findall(sources("crowd")))


def test_the_page_tells_what_is_translated_and_nothing_else() -> None:
    text = sources("js/work")
    keys = {key for key in listed() if not key.startswith("crowd.")}
    stem = re.compile(r"-(title|text|count)$")  # put behind the key where it is used
    unused = {
        key for key in keys if not any(f'"{one}"' in text or f"{one}:" in text for one in (key, stem.sub("", key)))
    }

    assert set(TOLD.findall(text)) <= keys
    assert unused == set()
