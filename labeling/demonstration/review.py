"""The customer's review: look at a few objects of the sample, say which labels are right, send all of it at once."""

from __future__ import annotations

from collections.abc import Mapping

from labeling.demonstration.client import Browser, Page
from labeling.demonstration.subject import Subject

FEW = 5  # objects that get feedback; the rest of the sample is sent without, as the page allows


def carry_out(browser: Browser, address: str, subject: Subject, shown: Mapping[str, str]) -> int:
    """Review at `address` by what each object is, and return how many labels were called wrong.

    Raises Unexpected where a page does not do its part.
    """
    wrong = 0
    for number in range(1, FEW + 1):
        page = browser.get(f"{address}?object={number}")
        wrong += not _judge(browser, page, subject, shown)
        if 'rel="next"' not in page.text:
            break
    browser.send(browser.get(address).form_to(f"{address}send/"), {})
    return wrong


def _judge(browser: Browser, page: Page, subject: Subject, shown: Mapping[str, str]) -> bool:
    """Look at the object on a page and say whether its label is right, in words where it is not."""
    seen, answer = subject.look(browser, page.data("label-html")), page.data("label-answer")
    truth, said = shown[seen.mark], answer[seen.name]["label"]
    comment = "" if said == truth else f"This is “{truth}”."
    browser.submit(page.form("verdict", "comment"), verdict="right" if said == truth else "wrong", comment=comment)
    return said == truth
