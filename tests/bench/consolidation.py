"""Measure consolidation: `python3 -m tests.bench.consolidation DIR [--audited N] [--adaptive] [--speed]`.

Every pair NAME.labels.csv.gz and NAME.truth.csv.gz in DIR is settled with the one default setting, by its columns as
classes (task, worker, label), spans (doc, sentence, token, worker, tag) or boxes (image, worker, x, y, w, h; with
NAME.visits.csv.gz). The truth, which may cover a part, is read afterwards. Prints Markdown tables, and a last line of
JSON by set. `--audited N`: calibrate on N random audited objects and judge the others; of spans and boxes an audit
tells whether the whole object is right. `--adaptive`: ask for two answers an object and up to five where they leave a
doubt. `--speed`: beside crowd-kit's Dawid-Skene.
"""

import argparse
import json
from pathlib import Path

from tests.bench import consolidation_adaptive as adaptive
from tests.bench import consolidation_boxes as boxes
from tests.bench import consolidation_classes as classes
from tests.bench import consolidation_spans as spans
from tests.bench.consolidation_files import list_pairs
from tests.bench.consolidation_speed import measure_speed

Figures = dict[str, dict[str, float]]
KINDS = {kind.HEADER: kind.TRUTH for kind in (classes, spans, boxes)}


def print_table(columns: str, rows: list[str]) -> None:
    if rows:
        print(f"\n| {columns} |\n|{'---|' * len(columns.split('|'))}", *rows, sep="\n")


def measure(options: argparse.Namespace) -> Figures:
    """Measure every set of the folder, and print the tables."""
    figures: Figures = {}
    rows: dict[str, list[str]] = {"classes": [], "spans": [], "boxes": [], "adaptive": []}
    settled = []
    for pair in list_pairs(options.folder, KINDS):
        header = tuple(pair.answers.header)
        if header == spans.HEADER:
            figures[pair.name], row = spans.measure_spans(pair, options.audited)
            rows["spans"].append(row)
        elif header == boxes.HEADER:
            figures[pair.name], row = boxes.measure_boxes(pair, options.audited)
            rows["boxes"].append(row)
        else:
            crowd, outcome, figures[pair.name], row = classes.measure_classes(pair, options.audited)
            rows["classes"].append(row)
            settled.append((crowd, outcome))
            if options.adaptive and (asked := adaptive.measure_adaptive(pair)):
                figures[pair.name] |= asked[0]
                rows["adaptive"].append(asked[1])
    if options.predictions:
        classes.write_predictions(options.predictions, settled)
    print_table(classes.COLUMNS, rows["classes"])
    print_table(spans.COLUMNS, rows["spans"])
    print_table(boxes.COLUMNS, rows["boxes"])
    print_table(adaptive.COLUMNS, rows["adaptive"])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure consolidation.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--predictions", type=Path, metavar="FILE", help="every class label, as CSV")
    parser.add_argument("--audited", type=int, metavar="N", help="calibrate on N random audited objects")
    parser.add_argument("--adaptive", action="store_true", help="two answers an object, and up to five in doubt")
    parser.add_argument("--speed", action="store_true", help="a million annotations, beside crowd-kit")
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder.")
    if options.audited is not None and options.audited < 0:
        parser.error("--audited takes a number of objects, 0 or more.")
    figures = measure(options)
    if options.speed:
        figures["speed"] = measure_speed()
    rounded = {name: {key: round(value, 4) for key, value in found.items()} for name, found in figures.items()}
    print("", json.dumps(rounded), sep="\n")


if __name__ == "__main__":
    main()
