"""What the machine promises, in words: what a quality is depends on what is labelled."""

from __future__ import annotations

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.autolabel.loop import LEARNERS


def in_percent(share: float | None) -> str:
    """Write a share with its tenth, where it has one: a promise of 99.5 % is none of 100 %."""
    return "" if share is None else f"{number_format(round(100 * share, 1)).removesuffix('.0')}\N{NO-BREAK SPACE}%"


def promise(learner: str, target: float, probability: float) -> str:
    """Say what the machine's labels keep."""
    words = {"target": in_percent(target), "probability": in_percent(probability)}
    if learner == "multilabel":
        said = _(
            "On average the machine’s label and people’s share %(target)s of the categories that either names, "
            "with a probability of %(probability)s"
        )
    elif learner == "masks":
        said = _(
            "On average the machine’s regions and people’s overlap by %(target)s of what either covers (IoU), "
            "with a probability of %(probability)s"
        )
    elif learner == "boxes":
        said = _(
            "On average the machine’s boxes and people’s overlap by %(target)s of what either covers (IoU), a box too "
            "many or too few counting 0, with a probability of %(probability)s"
        )
    else:
        said = _("%(target)s of the machine’s labels are right, with a probability of %(probability)s")
    return said % words


def expected(learner: str, quality: float | None, low: float | None, judged_on: int) -> str:
    """Say what can be expected of them; "" where nothing is known yet."""
    if quality is None:
        return ""
    words = {"expected": in_percent(quality), "low": in_percent(low), "n": f"{judged_on:,}"}
    measure = LEARNERS[learner].measure
    if measure == "shared":
        return _("%(expected)s shared, at least %(low)s; judged on %(n)s objects") % words
    if measure == "overlap":
        return _("%(expected)s overlap, at least %(low)s; judged on %(n)s objects") % words
    return _("%(expected)s right, at least %(low)s; judged on %(n)s objects") % words


def looked_again(count: int) -> str:
    """Say how many objects more people answered, since the model said something else; "" for none."""
    if not count:
        return ""
    said = ngettext(
        "%(n)s object, on which machine and people differed",
        "%(n)s objects, on which machine and people differed",
        count,
    )
    return said % {"n": f"{count:,}"}


def checked(learner: str, check: dict[str, Any] | None) -> str:
    """Say what people found who checked some, and what that alone proves; "" where nobody did."""
    if not check or not check["of"]:
        return ""
    if "low" not in check:
        return _found(learner, check)
    words = {"found": _found(learner, check), "low": in_percent(check["low"])}
    return _("%(found)s: by this check alone, at least %(low)s of all") % words


def _found(learner: str, check: dict[str, Any]) -> str:
    measure = LEARNERS[learner].measure
    if measure == "right":
        return _("%(right)s of %(of)s right") % {"right": round(check["right"]), "of": check["of"]}
    if measure == "shared":
        words = ngettext("%(share)s shared, of %(of)s object", "%(share)s shared, of %(of)s objects", check["of"])
    else:
        words = ngettext("%(share)s overlap, of %(of)s object", "%(share)s overlap, of %(of)s objects", check["of"])
    return words % {"share": in_percent(check["right"] / check["of"]), "of": check["of"]}
