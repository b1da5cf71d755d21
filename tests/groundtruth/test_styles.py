"""The style sheets keep the house's rules, and become one file without losing a part."""

import os
import re
from pathlib import Path

import pytest
from django.test import override_settings

from groundtruth.styles import SITE, StyleFinder, with_imports

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
SHEETS = sorted(CSS.rglob("*.css"))


def test_the_site_sheet_imports_every_component_once():
    named = re.findall(r'url\("components/([\w-]+)\.css"\)', (CSS / "site.css").read_text())

    assert sorted(named) == sorted(sheet.stem for sheet in (CSS / "components").glob("*.css"))


def test_written_out_it_holds_every_part_and_asks_for_none():
    text = with_imports(CSS / "site.css")

    assert "@import" not in text
    assert text.index("@layer reset, base, components, pages;") < text.index(":root {")
    assert all(part.read_text().strip() in text for part in (CSS / "components").glob("*.css"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_only_the_tokens_name_a_colour(sheet):
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)

    literals = re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(", text)

    assert (sheet.name == "tokens.css") == bool(literals)
    assert "!important" not in text


def test_every_token_that_is_used_is_defined():
    text = "".join(sheet.read_text() for sheet in SHEETS)
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))

    assert set(re.findall(r"var\((--[\w-]+)", text)) - defined == set()


def test_the_finder_makes_the_sheet_anew_when_a_part_changes(tmp_path):
    part = tmp_path / "static" / "css" / "a.css"
    part.parent.mkdir(parents=True)
    part.write_text("a {}")
    (part.parent / "site.css").write_text('@layer base;\n@import url("a.css");\n')
    with override_settings(BASE_DIR=tmp_path, VAR=tmp_path / "var"):
        finder = StyleFinder()
        made = Path(finder.find(SITE))
        first = made.read_text()
        part.write_text("b {}")
        part.touch()
        os.utime(made, (1, 1))

        assert (first, Path(finder.find(SITE)).read_text()) == ("@layer base;\na {}\n", "@layer base;\nb {}\n")
        assert finder.find("css/a.css") == []
