"""The weights of a translation, turned while it trains: they act at once, and the curves say when."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App, count, number, pause, play, visit, wait_beyond

WEIGHT = "Weight of the reconstruction (λ)"
WHILE = 120  # steps after which a weight has done most of what it does
PLOT = "document.querySelector('.st-key-scores .js-plotly-plot')"


def test_lambda_to_0_and_back_while_it_trains(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?game=paired&dataset=digits&seed=0&device=cpu")
    play(page, WHILE)
    expect(chart(page)).to_contain_text("×1")
    both = error(page)
    off = turn(page, 0)
    wait_beyond(page, off + WHILE)
    alone = error(page)
    on = turn(page, 1)
    wait_beyond(page, on + WHILE)
    pause(page)
    again = error(page)
    assert alone > 1.15 * both, "without the truth G leaves it"
    assert again < alone / 1.15, "and with it comes back"
    steps = page.evaluate("window.steps")
    assert steps == sorted(steps), "nothing that was learned is lost: the run never started over"
    said = page.evaluate(f"{PLOT}.data.flatMap((trace) => trace.hovertext || [])")
    for change in ("1 → 0", "0 → 1"):
        assert any(f"{WEIGHT}: {change}" in text for text in said), "each turn of the knob is an event on the curve"


def chart(page: Page) -> Locator:
    """The curve of how far G is from the truth, with its legend."""
    return page.locator(".st-key-scores").first


def turn(page: Page, value: int) -> int:
    """Type another weight beside its slider, and wait until the run has it; gives the step."""
    field = number(page, WEIGHT)
    field.fill(str(value))
    field.press("Enter")
    expect(chart(page)).to_contain_text(f"×{value}")
    return count(page)


def error(page: Page) -> float:
    """The mean of the latest points of the curve of the reconstruction."""
    latest: list[float] = page.evaluate(f"Array.from({PLOT}.data[0].y).slice(-4)")
    return sum(latest) / len(latest)
