"""A category a pixel: the gate against pictures that a tampered page could send, the vote, the manifest."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from labeling.consolidation.mask_files import MOST_PIXELS, color_of, read_ids, write_ids
from labeling.task_types import _masks
from labeling.task_types.semantic_segmentation import TASK_TYPE, colors_of
from projects.task_types import Item, Schema, Vote

SCHEMA = Schema(("road", "sky"))
ITEM = Item({"source-ref": "s3://acme/1.jpg"}, 8, 6, 3)
GREEN, BLUE = "#2acf59", "#1f77b4"
HALF = np.repeat(np.array([[0, 0, 0, 1, 1, 1, 2, 2]], dtype=np.uint8), 6, axis=0)


def text_of(data: bytes) -> str:
    return b64encode(data).decode()


def value_of(ids: np.ndarray = HALF, road: str = GREEN, sky: str = BLUE) -> dict[str, Any]:
    return {
        "labelMappings": {"road": {"color": road}, "sky": {"color": sky}},
        "labeledImage": {"pngImageData": text_of(write_ids(ids, [road, sky]))},
        "inputImageProperties": {"width": ids.shape[1], "height": ids.shape[0]},
    }


def check(value: Any, item: Item = ITEM, schema: Schema = SCHEMA) -> list[str]:
    return TASK_TYPE.check({"crowd-semantic-segmentation": value}, schema, item)


def with_picture(data: bytes | str) -> dict[str, Any]:
    text = data if isinstance(data, str) else text_of(data)
    return {**value_of(), "labeledImage": {"pngImageData": text}}


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bare_png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")


def ids_of(payload: dict[str, Any]) -> np.ndarray:
    numbers = {color: number for number, color in enumerate(colors_of(SCHEMA), start=1)}
    return read_ids(b64decode(payload["labeledImage"]["pngImageData"]), numbers)


# --- the gate -------------------------------------------------------------------------------------------


def test_what_the_tool_makes_is_taken_under_any_name_and_in_any_case() -> None:
    adjusted = {**value_of(), "initialValueModified": True}
    shouting = {
        **value_of(),
        "labelMappings": {"road": {"color": GREEN.upper()}, "sky": {"color": BLUE.upper()}},
    }

    assert TASK_TYPE.check({"my-own-name": value_of()}, SCHEMA, ITEM) == []
    assert check(adjusted) == check(shouting) == check(value_of(np.zeros_like(HALF))) == []


def test_a_picture_whose_size_nobody_knows_yet_must_only_agree_with_itself() -> None:
    assert check(value_of(), Item()) == []
    assert check({**value_of(), "inputImageProperties": {"width": 9, "height": 6}}, Item()) != []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labelMappings": {"lake": {"color": GREEN}}}, "“lake” is not a category"),
        ({"labelMappings": {"road": {"color": "#ffffff"}}}, "White is the colour of the background"),
        ({"labelMappings": {"road": {"color": "#FFFFFF"}}}, "White is the colour of the background"),
        ({"labelMappings": {"road": {"color": GREEN}, "sky": {"color": GREEN.upper()}}}, "the same colour"),
        ({"labelMappings": {"road": {"color": "green"}}}, "not what the tool makes"),
        ({"labelMappings": {"road": {}}}, "not what the tool makes"),
        ({"labelMappings": {"road": {"color": GREEN, "note": "x"}}}, "not what the tool makes"),
        ({"labelMappings": {}}, "painted in #2acf59, a colour that stands for nothing"),
        ({"labelMappings": {"road": {"color": GREEN}}}, "painted in #1f77b4, a colour that stands for nothing"),
        ({"labelMappings": {"road": GREEN}}, "not what the tool makes"),
        ({"labelMappings": ["road"]}, "not what the tool makes"),
        ({"inputImageProperties": {"width": 8}}, "not what the tool makes"),
        ({"inputImageProperties": {"width": 8.0, "height": 6}}, "not what the tool makes"),
        ({"inputImageProperties": {"width": True, "height": 6}}, "not what the tool makes"),
        ({"inputImageProperties": {"width": 10**30, "height": 6}}, "not what the tool makes"),
        ({"inputImageProperties": {"width": 9, "height": 6}}, "9 × 6 pixels; this one has 8 × 6"),
        ({"initialValueModified": "yes"}, "not what the tool makes"),
        ({"script": "<script>"}, "not what the tool makes"),
        ({"labeledImage": {}}, "not what the tool makes"),
        ({"labeledImage": {"pngImageData": 7}}, "not what the tool makes"),
        ({"labeledImage": {"pngImageData": "", "src": "s3://elsewhere/1.png"}}, "not what the tool makes"),
    ],
)
def test_what_a_tampered_page_could_say_is_one_sentence(change: dict[str, Any], sentence: str) -> None:
    (problem,) = check({**value_of(), **change})

    assert sentence in problem


@pytest.mark.parametrize("mode", ["P", "RGB", "RGBA"])
def test_no_pixel_is_lost_for_its_colour_however_the_picture_holds_it(mode: str) -> None:
    ids = HALF.copy()
    ids[5, 7] = 3
    file = BytesIO()
    Image.open(BytesIO(write_ids(ids, [GREEN, BLUE, "#2acf58"]))).convert(mode).save(file, "PNG")

    (problem,) = check(with_picture(file.getvalue()))

    assert "painted in #2acf58" in problem


def test_what_is_mostly_transparent_has_no_colour() -> None:
    picture = Image.open(BytesIO(write_ids(HALF, [GREEN, BLUE]))).convert("RGBA")
    picture.putpixel((7, 5), (1, 2, 3, 127))
    file = BytesIO()
    picture.save(file, "PNG")

    assert check(with_picture(file.getvalue())) == []


@pytest.mark.parametrize(
    "data",
    [
        "",
        "not base64!",
        "data:image/png;base64," + text_of(write_ids(HALF, [GREEN, BLUE])),
        text_of(write_ids(HALF, [GREEN, BLUE])) + "\n",
        b"\xff\xd8\xff\xe0 a photo",
        write_ids(HALF, [GREEN, BLUE])[:60],
        bare_png(8, 6)[:50],
    ],
    ids=["nothing", "no base64", "a data address", "a line end", "a jpeg", "cut off", "no pixels"],
)
def test_a_picture_that_cannot_be_read_is_refused(data: bytes | str) -> None:
    assert check(with_picture(data)) == ["The mask cannot be read as a PNG picture. Reload the page and draw again."]


def test_a_bomb_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bytes] = []
    monkeypatch.setattr(_masks, "load_mask", loaded.append)

    small, huge = bare_png(30_000, 30_000), bare_png(8, MOST_PIXELS)

    assert (
        check(with_picture(small))
        == check(with_picture(huge))
        == ["The mask has another size than the picture. Reload the page and draw again."]
    )
    assert loaded == []


def test_too_many_pixels_are_refused_where_nobody_knows_the_size() -> None:
    value = {**with_picture(bare_png(20_000, 20_000)), "inputImageProperties": {"width": 20_000, "height": 20_000}}

    assert check(value, Item()) == ["The mask cannot be read as a PNG picture. Reload the page and draw again."]


def test_a_picture_of_more_than_6_mb_is_refused_before_it_is_decoded() -> None:
    (problem,) = check(with_picture("A" * (_masks.MOST_CHARACTERS + 1)))

    assert problem == "The mask takes more than 6 MB. Draw it with smoother edges."


# --- consolidation --------------------------------------------------------------------------------------


def test_workers_with_other_colours_vote_on_categories_and_canonical_colours_come_out() -> None:
    votes = [
        Vote("a", {"it": value_of(road=GREEN, sky=BLUE)}),
        Vote("b", {"it": value_of(road=BLUE, sky=GREEN)}),
        Vote("c", {"it": value_of(road="#000001", sky="#000002")}),
    ]

    settled = TASK_TYPE.consolidate(votes, {}, SCHEMA)

    assert (ids_of(settled.payload) == HALF).all()
    assert settled.payload["labelMappings"] == {"road": {"color": color_of(0)}, "sky": {"color": color_of(1)}}
    assert settled.payload["inputImageProperties"] == {"width": 8, "height": 6}
    assert settled.confidence == pytest.approx((3 + 1 / 3) / 4, abs=1e-6)
    assert settled.payload["confidence"] == 0.83
    assert settled.method == "pixel vote"


def test_only_categories_that_have_pixels_are_named() -> None:
    road_alone = np.where(HALF == 1, 1, 0).astype(np.uint8)

    payload = TASK_TYPE.consolidate([Vote("a", {"it": value_of(road_alone)})] * 2, {}, SCHEMA).payload

    assert list(payload["labelMappings"]) == ["road"]
    assert TASK_TYPE.describe(payload, SCHEMA) == "road"
    assert TASK_TYPE.describe({"labelMappings": {}}, SCHEMA) == "nothing"


def test_the_tool_shows_categories_in_the_order_of_the_job() -> None:
    payload = {"labelMappings": {"sky": {"color": "#1f77b4"}, "road": {"color": "#2acf59"}}, "confidence": 0.0}

    ((_, shown),) = TASK_TYPE.answer_of(payload, SCHEMA).items()

    assert list(shown["labelMappings"]) == ["road", "sky"]


def test_an_answer_alone_is_kept_and_its_confidence_not_computed() -> None:
    settled = TASK_TYPE.consolidate([Vote("a", {"it": value_of()})], {}, SCHEMA)

    assert (ids_of(settled.payload) == HALF).all()
    assert (settled.confidence, settled.payload["confidence"], settled.method) == (0.0, 0.0, "single")


def test_an_antialiased_edge_and_a_transparent_ground_are_background() -> None:
    palette = np.array([[0, 0, 0, 0], [42, 207, 89, 255], [148, 231, 172, 255]], dtype=np.uint8)
    out = BytesIO()
    Image.fromarray(palette[HALF]).save(out, "PNG")

    settled = TASK_TYPE.consolidate([Vote("a", {"it": with_picture(out.getvalue())})], {}, SCHEMA)

    assert (ids_of(settled.payload) == np.where(HALF == 1, 1, 0)).all()


def test_who_overlaps_with_the_others_weighs_more() -> None:
    wrong = value_of(np.full_like(HALF, 2))
    pairs = [
        (number, Vote(worker, {"it": value}))
        for number in range(6)
        for worker, value in (("ann", value_of()), ("bo", value_of()), ("cy", wrong))
    ]

    skills = TASK_TYPE.fit(pairs, SCHEMA)
    settled = TASK_TYPE.consolidate([Vote("ann", {"it": value_of()}), Vote("cy", {"it": wrong})], skills, SCHEMA)

    assert skills["weights"]["ann"] == skills["weights"]["bo"] > 1.2
    assert skills["weights"]["cy"] < 0.5
    assert TASK_TYPE.weight(skills, "cy") < 0.35 < 0.54 < TASK_TYPE.weight(skills, "ann")
    assert TASK_TYPE.weight({"weights": {"di": 1.0}}, "di") == 0.5  # like all others
    assert (ids_of(settled.payload) == HALF).all()
    assert settled.method == "pixel EM, smoothed"


def test_skills_of_weights_alone_are_still_read() -> None:
    wrong = value_of(np.full_like(HALF, 2))
    votes = [Vote("ann", {"it": value_of()}), Vote("cy", {"it": wrong})]

    settled = TASK_TYPE.consolidate(votes, {"weights": {"ann": 1.4, "cy": 0.4}}, SCHEMA)

    assert (ids_of(settled.payload) == HALF).all()
    assert settled.method == "pixel vote, weighted"


def confusing(names: tuple[str, ...] = ("ann", "bo", "cy")) -> list[tuple[int, Vote]]:
    """Six pictures; the last person calls each sky road, and all stray at the edges, each elsewhere."""
    pairs = []
    for number in range(6):
        for place, name in enumerate(names):
            ids = np.roll(HALF, (number + place) % 2, axis=1)
            pairs.append((number, Vote(name, {"it": value_of(np.minimum(ids, 1) if place == 2 else ids)})))
    return pairs


def test_what_is_learnt_tells_categories_apart_and_nothing_of_names_or_their_order() -> None:
    skills = TASK_TYPE.fit(confusing(), SCHEMA)
    renamed = TASK_TYPE.fit(confusing(("z", "m", "a"))[::-1], SCHEMA)

    learnt = {name: np.array(rows) for name, rows in skills["corrections"].items()}
    assert learnt["cy"][2, 1] == 0.8 > 0 > learnt["ann"][2, 1]  # says road where sky is true, more than the crowd
    assert learnt["cy"][2, 2] == -0.8 < 0 < learnt["ann"][2, 2]
    assert [renamed["corrections"][name] for name in "zma"] == [skills["corrections"][n] for n in ("ann", "bo", "cy")]
    assert [renamed["weights"][name] for name in "zma"] == [skills["weights"][n] for n in ("ann", "bo", "cy")]


def test_one_person_alone_is_judged_by_what_is_known() -> None:
    alone = [pair for pair in confusing() if pair[1].worker == "cy"]

    assert TASK_TYPE.fit(alone, SCHEMA) == {}
    skills = TASK_TYPE.fit(alone, SCHEMA, {number: {"it": value_of()} for number in range(6)})
    assert list(skills["weights"]) == list(skills["corrections"]) == ["cy"]
    to_sky, to_road = (skills["corrections"]["cy"][true][1] for true in (2, 1))
    assert to_sky > to_road  # "road" from cy speaks for sky


def test_a_truth_without_its_picture_is_passed_over() -> None:
    bare = {"it": {**value_of(), "labeledImage": {}}}

    assert TASK_TYPE.fit(confusing(), SCHEMA, {0: bare}) == TASK_TYPE.fit(confusing(), SCHEMA)


def test_answers_without_their_picture_teach_nothing_and_still_compare() -> None:
    bare = {"it": {**value_of(), "labeledImage": {}}}

    assert TASK_TYPE.fit([(0, Vote("a", bare)), (0, Vote("b", bare))], SCHEMA) == {}
    assert TASK_TYPE.agreement(bare, bare, SCHEMA) == 1.0
    assert TASK_TYPE.agreement(bare, {"it": value_of()}, SCHEMA) == 0.0


def test_agreement_by_hand() -> None:
    other = np.repeat(np.array([[0, 0, 1, 1, 1, 1, 2, 0]], dtype=np.uint8), 6, axis=0)

    found = TASK_TYPE.agreement({"it": value_of()}, {"it": value_of(other, road=BLUE, sky=GREEN)}, SCHEMA)

    assert found == pytest.approx((3 / 4 + 1 / 2) / 2)


# --- the manifest ---------------------------------------------------------------------------------------

PRINTED = {
    "internal-color-map": {
        "0": {"class-name": "BACKGROUND", "confidence": 0.9, "hex-color": "#ffffff"},
        "1": {"class-name": "road", "confidence": 0.9, "hex-color": "#2acf59"},
    },
    "type": "groundtruth/semantic-segmentation",
}


def test_the_metadata_is_what_the_specification_prints() -> None:
    payload = {"labelMappings": {"road": {"color": "#2acf59"}}, "labeledImage": {"pngImageData": ""}, "confidence": 0.9}

    line = TASK_TYPE.encode(payload, 0.9, SCHEMA, ITEM)

    assert line.metadata == PRINTED
    assert line.value is None  # the delivery names the file


def test_what_the_specification_prints_is_read() -> None:
    uri = "s3://out/job/annotations/consolidated-annotation/output/0.png"

    payload, confidence = TASK_TYPE.decode(uri, PRINTED, SCHEMA)

    assert confidence == 0.9
    assert payload == {
        "labelMappings": {"road": {"color": "#2acf59"}},
        "labeledImage": {"src": uri},
        "confidence": 0.9,
    }
    assert TASK_TYPE.answer_of(payload, SCHEMA) == {
        "crowd-semantic-segmentation": {
            "labelMappings": {"road": {"color": "#2acf59"}},
            "labeledImage": {"src": uri},
        }
    }


def test_a_category_keeps_its_number_in_each_label_of_a_job() -> None:
    payload = {"labelMappings": {"sky": {"color": BLUE}}, "labeledImage": {}, "confidence": 0.0}

    assert list(TASK_TYPE.encode(payload, 0.0, SCHEMA, ITEM).metadata["internal-color-map"]) == ["0", "2"]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"class-name": "road", "confidence": 0.9}, "its metadata gives “road” no hex color."),
        ({"class-name": "road", "hex-color": "green"}, "its metadata gives “road” no hex color."),
        ({"class-name": "road", "hex-color": "#ffffff"}, "its metadata gives “road” no hex color."),
        ({"class-name": 7, "hex-color": GREEN}, "its metadata gives “7” no hex color."),
        ({"class-name": "lake", "hex-color": GREEN}, "“lake” is no category of this job."),
        ({"class-name": "road", "hex-color": GREEN, "confidence": 1.5}, "A confidence is from 0 to 1."),
        ({"class-name": "sky", "hex-color": BLUE, "confidence": float("nan")}, "A confidence is from 0 to 1."),
    ],
)
def test_a_label_that_cannot_be_read_says_why(entry: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as problem:
        TASK_TYPE.decode("s3://out/0.png", {"internal-color-map": {"1": entry}}, SCHEMA)

    assert str(problem.value) == sentence


@pytest.mark.parametrize(
    ("value", "metadata"),
    [
        ({"annotations": []}, PRINTED),
        ("0.png", PRINTED),
        ("s3://out/0.png", {}),
        ("s3://out/0.png", {"internal-color-map": ["road"]}),
        ("s3://out/0.png", {"internal-color-map": {"1": "road"}}),
        ("s3://out/0.png", {"internal-color-map": {"1": None}}),
        (
            "s3://out/0.png",
            {
                "internal-color-map": {
                    n: {"class-name": c, "hex-color": GREEN} for n, c in (("1", "road"), ("2", "sky"))
                }
            },
        ),
    ],
)
def test_a_line_of_another_kind_is_not_taken_for_a_mask(value: Any, metadata: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        TASK_TYPE.decode(value, metadata, SCHEMA)


def test_the_background_is_no_category() -> None:
    assert TASK_TYPE.problems(Schema(("road", "BACKGROUND")), "streets-ref") == [
        "“BACKGROUND” is what no category covers. Leave it out."
    ]
