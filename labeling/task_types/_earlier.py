"""Jobs on the labels of an earlier job: where the label stands in an object's line, and what their set-up must say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.task_types import Item, Option, Schema

ATTRIBUTE = Option(
    "attribute",
    gettext_lazy("Earlier label"),
    gettext_lazy("The label attribute of the earlier job, as it stands in the manifest."),
    kind="text",
    default="",
    is_needed=True,
)


def read_earlier(item: Item, schema: Schema, read: Callable[[Any, dict[str, Any]], Any]) -> Any:
    """Return what `read` makes of the earlier label's value and metadata.

    Raises ValueError with a sentence where the object has no such label or it is not what a manifest holds.
    """
    name = schema.options.get("attribute", "")
    value, metadata = item.line.get(name), item.line.get(f"{name}-metadata")
    if value is None or not isinstance(metadata, dict):
        raise ValueError(_("This object has no label “%(name)s” from an earlier job.") % {"name": name})
    try:
        return read(value, metadata)
    except ValueError as problem:
        words = _("The label “%(name)s” of this object cannot be used: %(problem)s")
        raise ValueError(words % {"name": name, "problem": problem}) from problem
    except (LookupError, TypeError, AttributeError) as problem:
        words = _("The label “%(name)s” of this object is not one of the kind that this job is for.")
        raise ValueError(words % {"name": name}) from problem


def problems(schema: Schema, attribute: str) -> list[str]:
    """Return what is wrong with the attribute that is looked at, beside the one that is written."""
    name = schema.options.get("attribute", "")
    if not isinstance(name, str) or not name.strip():
        return [_("Name the label attribute of the earlier job.")]
    if name == attribute:
        return [_("The new label needs an attribute of its own: “%(name)s” is the earlier one.") % {"name": name}]
    return []
