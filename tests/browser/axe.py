"""axe-core in a page: what keeps people out who do not see the page well, hear it, or use no mouse."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

GRAVE = ("serious", "critical")
TRIES = 30  # seconds; a loaded machine draws the charts of another theme late
# What we cannot change, as it stands in a widget of Streamlit's own: (rule, part of the element's HTML): the reason.
STREAMLITS: dict[tuple[str, str], str] = {}
RUN = """async ([only, within]) => {
  const find = (root) => root.querySelector(within)
    ?? [...root.querySelectorAll("*")].map((one) => one.shadowRoot && find(one.shadowRoot)).find(Boolean);
  const place = within ? find(document) : document;
  if (!place) throw new Error(`there is no ${within}`);
  const options = { resultTypes: ["violations"], ...(only && { runOnly: only, preload: false }) };
  const { violations } = await axe.run(place, options);
  return violations.flatMap(({ id, impact, help, nodes }) => nodes.map(({ html, target, any, all, none }) =>
    ({ id, impact, help, html, at: target.flat().join(" "), why: [...any, ...all, ...none].map((c) => c.message) })));
}"""
# The colours of the theme are everywhere as soon as the drawings that Python makes are in its ink.
THEMED = """() => {
  const lit = (colour) => { const [r, g, b] = colour.match(/[\\d.]+/g).map(Number); return r + g + b > 382; };
  const app = getComputedStyle(document.querySelector(".stApp")), probe = document.createElement("i");
  probe.style.color = getComputedStyle(document.documentElement).getPropertyValue("--ink");
  document.body.append(probe);
  const ink = getComputedStyle(probe).color;
  probe.remove();
  return lit(ink) === matchMedia("(prefers-color-scheme: dark)").matches && lit(app.backgroundColor) !== lit(ink);
}"""


@cache
def script() -> str:
    """axe-core itself, which the package of its Python wrapper brings along."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def grave(page: Page, within: str = "") -> list[str]:
    """The serious and critical findings in the page as it stands: all rules in its theme, colours in the other one too.

    Each says its rule, what is asked, the element, and what is wrong with it. The page stays in the other theme. Only
    what lies `within` an element is looked at, where the rest stands as it was at the last look.
    """
    found = _that_stay(page, None, within)
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    page.emulate_media(color_scheme="light" if dark else "dark")
    page.wait_for_function(THEMED)
    return found + _that_stay(page, ["color-contrast"], within)


def _that_stay(page: Page, only: list[str] | None, within: str) -> list[str]:
    """The findings, but for those of a page that is still being drawn."""
    for _ in range(TRIES):
        if not (found := list(findings(page, only, within))):
            break
        page.wait_for_timeout(1000)
    return found


def findings(page: Page, only: list[str] | None = None, within: str = "") -> Iterator[str]:
    """The serious and critical findings of all rules, or of these `only`, in the page or `within` an element of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(script())
    for found in page.evaluate(RUN, [only, within]):
        listed = any(rule == found["id"] and part in found["html"] for rule, part in STREAMLITS)
        if found["impact"] in GRAVE and not listed:
            yield "{id} ({impact}): {help}\n  {html}\n  at {at}\n  {why}".format_map(found)
