"""How far people agree, in words that somebody can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.consolidation.worker_pairs import ENOUGH
from labeling.models import Job, StepKind

# From here on labels can be relied on, and from there on they allow tentative conclusions: Krippendorff 2004,
# "Reliability in content analysis", doi:10.1111/j.1468-2958.2004.tb00738.x.
FIRM, TENTATIVE = 0.8, 0.667
FEW = 20  # objects: below it an interval tells little
SKEWED = 0.2  # so much higher is AC1 than alpha where one category is nearly everywhere
NEARLY_ALL = 0.8  # of the answers

Report = dict[str, Any]


def title_of(job: Job) -> str:
    """Name a job among others of its batch, which have the same title where people look at labels again."""
    return job.title if job.kind == StepKind.LABEL else f"{job.title} ({job.get_kind_display()})"


def figure(value: float) -> str:
    """Write a coefficient with two places."""
    return number_format(round(value, 2), 2)


def estimate(found: dict[str, Any]) -> str:
    """Write an estimate with its interval."""
    return _("%(value)s (%(low)s to %(high)s)") % {name: figure(found[name]) for name in ("value", "low", "high")}


def compared(report: Report) -> list[tuple[str, str]]:
    """Say what the figures rest on, as names and counts."""
    objects = f"{report['objects']:,}"
    if report["of"] > report["objects"]:
        objects = _("%(n)s, spread over %(of)s") % {"n": objects, "of": f"{report['of']:,}"}
    return [
        (_("Objects compared"), objects),
        (_("Answers"), f"{report['answers']:,}"),
        (_("People"), f"{report['workers']:,}"),
    ]


def meaning(report: Report, *, looks_again: bool = False) -> str:
    """Say what the figures mean. looks_again: of objects that were sent as something seemed wrong with their labels."""
    if not report["objects"]:
        return _("No object has answers of two people that count: there is nothing to compare.")
    if "alpha" not in report:
        return _("Two people’s answers to an object agree by %(mean)s on average; 1 is the same.") % {
            "mean": figure(report["mean"]["value"])
        }
    if len(report["categories"]) < 2:
        return _("All answers name one category: agreement cannot be told from chance.")
    if _agree_on_one(report):
        return _(
            "Nearly all answers name one category, and people agree on it; on the rarer ones they agree less. Alpha "
            "judges by the rare ones, AC1 by all."
        )
    if looks_again and report["alpha"]["value"] < TENTATIVE:
        return _("People differ often: these objects were sent because something seemed wrong with their labels.")
    return _of_alpha(report["alpha"])


def _agree_on_one(report: Report) -> bool:
    """Tell whether people agree on one category that nearly all answers name: AC1 may exceed alpha without, too."""
    most = max(category["named"] for category in report["categories"])
    is_skewed = report["ac1"]["value"] - report["alpha"]["value"] > SKEWED
    return is_skewed and report["ac1"]["value"] >= TENTATIVE and most >= NEARLY_ALL * report["answers"]


def _of_alpha(alpha: dict[str, Any]) -> str:
    if alpha["low"] <= 0:
        return _("People agree no more than they would by chance, as far as can be told: the instructions need work.")
    if alpha["value"] >= FIRM:
        return _("People agree well: such labels can be relied on.")
    if alpha["value"] >= TENTATIVE:
        return _("People agree more often than not, beyond chance: such labels carry tentative conclusions.")
    return _("People differ often: see which categories are confused, and make the instructions clearer.")


def notes(report: Report) -> list[str]:
    """Say what must be known to read the figures."""
    if 0 < report["objects"] < FEW:
        return [_("Few objects were compared: the intervals are rough.")]
    return []


def why_discarded(code: str, numbers: Mapping[str, int]) -> str:
    """Say why an answer has no part in its object's label; "" where it has."""
    if not code:
        return ""
    if code == "untelling" and {"agreed", "compared", "by_chance"} <= numbers.keys():
        said = _(
            "Left out: this person’s answers tell nothing about the category. %(agreed)s of %(compared)s are the "
            "others’, as %(by_chance)s would be by chance."
        )
        return said % {name: f"{numbers[name]:,}" for name in ("agreed", "compared", "by_chance")}
    return _("Left out of the label.")


def discarded(counts: Mapping[str, int]) -> list[str]:
    """Say how many answers have no part in the labels, and why; nothing where all have. counts: by code."""
    count = sum(counts.values())
    if not count:
        return []
    said = ngettext(
        "%(n)s answer has no part in the labels, as its author’s answers tell nothing about the category.",
        "%(n)s answers have no part in the labels, as their authors’ answers tell nothing about the category.",
        count,
    )
    return [said % {"n": f"{count:,}"}]


def so_far(agreement: float, agreed: int) -> str:
    """Say what the days' sums tell while people still work."""
    if not agreed:
        return _("No object has two answers yet.")
    said = ngettext(
        "So far two people’s answers agree by %(mean)s on average (1 is the same), on %(n)s object.",
        "So far two people’s answers agree by %(mean)s on average (1 is the same), on %(n)s objects.",
        agreed,
    )
    return said % {"mean": figure(agreement / agreed), "n": f"{agreed:,}"}


def advice(first: str, second: str) -> str:
    """Suggest to operations what to do about the worst confusion."""
    return _("Add a note on the instructions that says how to tell “%(first)s” from “%(second)s”.") % {
        "first": first,
        "second": second,
    }


def pairs_told(pairs: dict[str, Any]) -> str:
    """Say which pairs of workers are listed, and which are not."""
    enough = ngettext(
        "%(n)s pair of workers shares %(least)s objects or more",
        "%(n)s pairs of workers share %(least)s objects or more",
        pairs["enough"],
    ) % {"n": f"{pairs['enough']:,}", "least": ENOUGH}
    few = ngettext("%(n)s pair shares fewer.", "%(n)s pairs share fewer.", pairs["few"]) % {"n": f"{pairs['few']:,}"}
    return f"{enough}; {few}"
