"""The options of the measurement, looked at before anything is read or run."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options, each looked at; ends with a sentence where one cannot be."""
    parser = argparse.ArgumentParser(description="Measure automated labelling.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--target", type=float, default=0.95)
    parser.add_argument("--noise", type=float, default=0.0, help="how often each of three people an object errs")
    parser.add_argument("--base", action="store_true", help="features of the base installation alone")
    parser.add_argument("--predictions", type=Path, metavar="FILE", help="every label of the machine, as CSV")
    options = parser.parse_args(arguments)
    if why := refusal(options):
        parser.error(why)
    return options


def refusal(options: argparse.Namespace) -> str:
    """Return why these options cannot be, as a sentence; "" where they can."""
    if not options.folder.is_dir():
        return f"{options.folder} is no folder."
    if options.seeds < 1:
        return "--seeds is at least 1."
    if not 0 < options.target < 1:
        return "--target is between 0 and 1."
    if not 0 <= options.noise < 1:
        return "--noise is from 0 to below 1."
    if options.predictions and not _may_be_written(options.predictions):
        return f"{options.predictions} cannot be written."
    return ""


def _may_be_written(file: Path) -> bool:
    if file.exists():
        return file.is_file() and os.access(file, os.W_OK)
    return file.parent.is_dir() and os.access(file.parent, os.W_OK)
