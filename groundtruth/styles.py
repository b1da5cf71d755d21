"""One request for the style of every page: a finder that serves css/site.css with its imports written out.

The sources stay one file a component. Without this finder the page looks the same and asks thirty times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SITE = "css/site.css"
IMPORT = re.compile(r'^@import url\("([\w./-]+)"\);$', re.MULTILINE)


def with_imports(sheet: Path) -> str:
    """Return a style sheet with each import replaced by the file it names; those import nothing themselves."""
    return IMPORT.sub(lambda found: (sheet.parent / found[1]).read_text().strip(), sheet.read_text())


class StyleFinder(BaseFinder):
    """Finds css/site.css alone, made anew when one of its parts is younger."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        self.source = Path(settings.BASE_DIR) / "static" / SITE
        self.folder = Path(settings.VAR) / "made"

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != SITE:
            return []
        made = str(self.make())
        return [made] if find_all else made

    def list(self, ignore_patterns: object) -> Iterator[tuple[str, FileSystemStorage]]:
        self.make()
        yield SITE, FileSystemStorage(location=self.folder)

    def make(self) -> Path:
        """Write the sheet if a part is younger than it, and return where it stands."""
        made = self.folder / SITE
        newest = max(part.stat().st_mtime for part in self.source.parent.rglob("*.css"))
        if not made.exists() or made.stat().st_mtime < newest:
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_text(with_imports(self.source))
        return made
