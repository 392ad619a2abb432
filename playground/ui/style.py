"""Colours and the few rules of CSS that Streamlit's theme has no word for."""

from __future__ import annotations

import re
from dataclasses import replace

import streamlit as st

# The pages find them here too.
from playground.utils.colors import DARK as DARK
from playground.utils.colors import LIGHT as LIGHT
from playground.utils.colors import Palette as Palette

LARGE = 1.4  # how much larger type is on a projector
PROJECTOR = "_projector"

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    f'<circle cx="11" cy="12" r="9" fill="{LIGHT.real}"/>'
    f'<path d="M21 11 31 29H11z" fill="{LIGHT.generated}"/></svg>'
)


def palette() -> Palette:
    """The colours for the theme that the browser shows."""
    colours = DARK if _dark() else LIGHT
    return replace(colours, scale=LARGE) if st.session_state.get(PROJECTOR) else colours


def _dark() -> bool:
    return st.context.theme.type == "dark"


def apply() -> None:
    """Put the rules of CSS into the page; the charts share the height that the window leaves them."""
    now = palette()
    ring = st.get_option(f"theme.{'dark' if _dark() else 'light'}.primaryColor")
    colours = f"--real: {now.real}; --generated: {now.generated}; --ink: {now.ink}; --ring: {ring};"
    st.html(f"<style>:root {{ {colours} }}\n{_CSS}</style>")


def escape_markdown(text: str) -> str:
    """Markdown that shows `text`, which a person may have written, as it is: no link, no formula, no picture."""
    text = _MARKS.sub(r"\\\g<0>", text)
    return _JOINED.sub("\\g<0>\u2060", text)


_MARKS = re.compile(r"[\\`*\[\]<>~$|{}]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|^\s*[#+-]|^\s*\d+(?=[.)])")
# After these a word joiner, which nobody sees, stops what Markdown makes of them: addresses, arrows, dashes, icons.
_JOINED = re.compile(r"www(?=\.)|https?(?=:)|@|-(?=[->\\])|=(?=[->\\])|[<>~](?=[=-])|:(?=\w)", re.IGNORECASE)

_CSS = """
:root { --foot: 5.15rem; --room: calc(100dvh - 12.3rem - var(--foot)); }
.st-key-window { display: none; }
:focus-visible { outline: 2px solid var(--ring) !important; outline-offset: 2px !important; }
.stMain:focus-visible, .stCheckbox label:has(:focus-visible), input:focus-visible { outline-offset: -2px !important; }
.stSlider input:focus-visible { outline: none !important; }
.stSlider [data-rac]:not([data-orientation]):has(input:focus-visible) {
  outline: 2px solid var(--ring); outline-offset: 2px;
}
[data-selected="true"] p, [data-testid="stSliderThumbValue"] p { color: var(--ink); }
[data-testid="stCaptionContainer"] { color: var(--ink) !important; opacity: 0.75 !important; }
.token.keyword, .token.function { color: light-dark(#0B5CAD, #6CB6FF) !important; }
.token.boolean { color: light-dark(#1A7F37, #56D364) !important; }
.stMainBlockContainer { padding-left: 1.5rem; padding-right: 1.5rem; padding-bottom: 0; }
.st-key-stage, .st-key-curves, .st-key-game { min-height: var(--room); max-height: var(--room); }
.st-key-curves > div, .st-key-game > div { flex: 1 1 0; min-height: 0; }
.st-key-measures { min-height: var(--room); max-height: var(--room); }
.st-key-measures > div { flex: none; }
.st-key-measures > div:has(> .st-key-measures_few), .st-key-measures > div:has(> .st-key-measures_grid),
.st-key-measures_few, .st-key-measures_few > div { flex: 1 1 0; min-height: 0; position: relative; }
.st-key-measures_grid { display: grid; grid-template-columns: 1fr 1fr; grid-auto-rows: minmax(7.5rem, 1fr);
  height: 100%; overflow-y: auto; scrollbar-width: thin; }
.st-key-measures_grid > div { min-width: 0; position: relative; }
@media (max-width: 1320px) { .st-key-measures_grid { grid-template-columns: 1fr; } }
.st-key-measures_help { overflow-y: auto; padding: 0.8rem 0.5rem 0 0; gap: 0.8rem; }
.needs { overflow-wrap: anywhere; }
.bars.help { grid-template-columns: max-content 1fr max-content; gap: 0.5rem 0.8rem; }
.bars.help span { max-width: none; }
.bars.help .bar i { height: 1.3em; }
.st-key-measures button { min-height: 0; padding: 0.1rem 0.6rem; }
.st-key-card { max-height: var(--room); min-height: var(--room); overflow-y: auto; }
.st-key-card { container-type: inline-size; gap: 0.5rem; padding-right: 0.5rem; scrollbar-width: thin; }
.st-key-card > div { flex: none; }
.st-key-walk { min-height: var(--room); max-height: var(--room); gap: 0.5rem; }
.st-key-walk > div { flex: none; }
.st-key-walk > div:has(> .st-key-walk_body) { flex: 1 1 0; min-height: 0; overflow-y: auto; scrollbar-width: thin; }
.st-key-walk_body { gap: 0.4rem; padding-right: 0.5rem; }
.phase { font-size: 1.3rem; font-weight: 600; }
.st-key-walk_body pre { padding: 0.6rem; }
.st-key-walk_body code { font-size: 0.78rem; }
.st-key-walk { --picture: clamp(9rem, 100dvh - 42rem, 15rem); }
.st-key-walk_chart { height: var(--picture); position: relative; }
.st-key-walk_picture .tiles { width: min(100%, var(--picture) * var(--shape)); }
.st-key-walk_body:has(.st-key-walk_points) {
  display: grid; grid-template: auto 1fr / minmax(0, 1fr) var(--picture); column-gap: 1rem;
  > * { grid-column: 1 / 3; }
  > :nth-child(-n + 2) { grid-column: 1; }
  > :has(> .st-key-walk_points) { grid-area: 1 / 2 / 3 / 3; }
}
.turn { font-weight: 600; }
.turn, .tensor > b { color: color-mix(in srgb, var(--own) 80%, var(--ink)); }
.game { display: grid; grid-template-columns: repeat(11, max-content); grid-template-rows: 1.5rem 1.5rem;
  align-items: center; gap: 0 0.25rem; white-space: nowrap; line-height: 1.35; }
.game span { border: 1px solid rgba(128, 128, 128, 0.45); border-radius: 0.3rem; padding: 0 0.4rem; opacity: 0.75; }
.game i { font-style: normal; opacity: 0.5; padding: 0 0.2rem; }
.game span.lit { background: color-mix(in srgb, var(--lit) 80%, var(--ink));
  border-color: var(--lit); color: var(--on); opacity: 1; font-weight: 600; }
.game span.lit b { color: inherit !important; }
@media (max-width: 1150px) {
  .game { font-size: 0.85rem; gap: 0; }
  .game span { padding: 0 0.25rem; }
  .game i { padding: 0 0.1rem; }
}
.game i.lit { color: var(--lit); opacity: 1; font-weight: 700; }
.st-key-walk_parts .again { opacity: 0.7; }
@media (max-width: 1150px) { .st-key-walk_parts > :has(.again), .st-key-walk_bar .wide { display: none; } }
.numbers { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; font-variant-numeric: tabular-nums; }
.tensor { margin-bottom: 0.4rem; font-variant-numeric: tabular-nums; }
.tensor .span { float: right; opacity: 0.7; }
.tensor table { width: 100%; font-size: 0.85rem; border-collapse: collapse; }
.tensor th { font-weight: 400; opacity: 0.7; text-align: left; white-space: nowrap; width: 1%; padding-right: 0.8rem; }
.tensor td { text-align: right; min-width: 3.4rem; padding-left: 0.6rem; }
.st-key-objective .stMarkdown p { font-size: 1.25rem; }
.st-key-formulas, .st-key-formulas_wide { padding-bottom: 0.3rem; }
.st-key-formulas .katex-display .katex { font-size: clamp(1rem, 7cqi, 1.9rem); }
.st-key-formulas_wide .katex-display .katex { font-size: clamp(1rem, 5cqi, 1.9rem); }
.st-key-card .katex-display { margin: 0 0 0.4rem; }
.st-key-terms { display: grid; gap: 0.8rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 25rem), 1fr)); }
.st-key-terms > * { height: 100%; }
.st-key-terms > * > .stVerticalBlock { height: 100%; }
.st-key-terms strong { font-size: 1.1rem; }
.st-key-terms .katex-display { margin: 0.2rem 0 0.6rem; overflow-x: auto; overflow-y: hidden; scrollbar-width: thin; }
.st-key-terms { padding-bottom: 1.5rem; }
:is(.st-key-card, .st-key-terms) :is(.katex-display, .katex-display > .katex) { text-align: left; }
.st-key-card p .katex { font-size: 1em; white-space: nowrap; }
.st-key-card pre { padding: 0.6rem; }
.st-key-card code { font-size: 0.78rem; }
.st-key-g_loss { height: 8rem; position: relative; }
.st-key-g_gradient { height: 9.5rem; position: relative; }
.st-key-play button, .st-key-race_play button { min-width: 6.3rem; }
.meter, .key, .js-plotly-plot text { font-variant-numeric: tabular-nums; }
.meter { display: flex; gap: 1.2em; justify-content: flex-end; white-space: nowrap; }
.meter .rate { min-width: 6.5em; text-align: right; }
.meter .step { min-width: 6em; text-align: right; }
.key { display: flex; gap: 1.2em; white-space: nowrap; font-size: 0.95rem; }
.tiles { width: min(100%, (100dvh - 15.4rem - var(--foot)) * var(--shape)); }
.tiles img { display: block; width: 100%; border-radius: 0.2rem; }
.tiles.crisp img { image-rendering: pixelated; }
.tiles .heads { display: grid; grid-template-columns: repeat(var(--columns), 1fr); text-align: center; opacity: 0.75; }
.tiles .heads span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.st-key-sheet { min-height: calc(100dvh - 8.5rem); max-height: calc(100dvh - 8.5rem); }
.st-key-sheet .tiles { width: min(100%, (100dvh - 11rem) * var(--shape)); }
.st-key-facts { max-height: calc(100dvh - 8.5rem); overflow-y: auto; scrollbar-width: thin; padding-right: 0.5rem; }
.st-key-facts > div { flex: none; }
.st-key-facts [data-testid="stSliderTickBar"] { display: none; }
.st-key-repeat { margin-bottom: 0.4rem; }
.st-key-repeat .stMarkdown p { font-size: 0.875rem; }
.st-key-preview { height: calc(100dvh - 23rem); min-height: 12rem; position: relative; }
.st-key-dataset_lists .stHorizontalBlock { gap: 0.35rem; }
.st-key-dataset_lists button { min-height: 0; padding: 0.1rem 0.6rem; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 0.15rem 0.6rem; align-items: center; }
.bars.two { grid-template-columns: repeat(2, max-content 1fr max-content); column-gap: 0.6rem; }
.bars span { max-width: 9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bars .bar { max-width: none; }
.bars .bar i { display: block; height: 0.8em; border-radius: 0.2em; background: var(--real); }
.bars .n { text-align: right; font-variant-numeric: tabular-nums; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 0.8rem; }
.facts, .facts dt, .facts dd { margin: 0 !important; padding: 0 !important; }
.facts dt { opacity: 0.7; }
.facts dd { overflow-wrap: anywhere; }
@media (max-width: 1500px) { .st-key-side button { padding-left: 0.55rem; padding-right: 0.55rem; } }
@media (max-width: 960px) { .meter .rate, .meter .device, .meter .cost { display: none; } }
@media (max-width: 1320px) {
  .meter .cost { display: none; }
  .meter:not(.race) .device { max-width: 4em; overflow: hidden; text-overflow: ellipsis; }
}
@media (max-width: 1240px) { .meter .device { display: none; } }
@media (max-width: 1150px) {
  .st-key-transport button, .st-key-race_transport button { padding-left: 0.45rem; padding-right: 0.45rem; }
  .st-key-play button, .st-key-race_play button { min-width: 5.8rem; }
}
@media (max-width: 640px) {
  .st-key-transport, .st-key-race_transport { flex-wrap: wrap !important; gap: 0.6rem; }
  .st-key-play button, .st-key-race_play button { min-width: 4.9rem; }
}
@media (max-width: 1150px) { .meter .step { min-width: 0; } .meter .rate, .lane i { display: none; } }
@media (min-width: 641px) and (max-aspect-ratio: 1) { /* upright: what stands beside the stage stands below it */
  .stHorizontalBlock:has(> .stColumn .st-key-stage) {
    --side: 0.58; --rooms: calc(100dvh - 13.3rem - var(--foot)); flex-direction: column;
    > .stColumn { flex: none; width: 100%; }
    .st-key-stage { --room: calc(var(--rooms) * (1 - var(--side))); }
    .st-key-stage > div { flex: 1 1 0; min-height: 0; }
    .empty { height: var(--room); }
    :is(.st-key-curves, .st-key-game, .st-key-measures, .st-key-card, .st-key-walk) {
      --room: calc(var(--rooms) * var(--side));
    }
    .st-key-curves { flex-direction: row; gap: 1rem; }
    .st-key-curves > div { align-self: stretch; height: auto !important; min-width: 0; position: relative; }
  }
  .stHorizontalBlock:has(> .stColumn .st-key-stage):has(.st-key-curves) { --side: 0.42; }
}
@media (min-width: 641px) and (max-width: 1150px) { /* two lines take the room of one */
  .st-key-sentence { min-height: 1.6rem; max-height: 1.6rem; justify-content: center; }
  .st-key-sentence p { font-size: 0.9rem; line-height: 1.25; }
}
.empty { display: grid; place-items: center; height: calc(100dvh - 12.6rem - var(--foot)); opacity: 0.75; }
.line { height: 3.9rem; }
.st-key-line { min-height: var(--line, 3.9rem); }
.st-key-timeline > :has(> .st-key-moment_buttons) { flex: none; width: auto; }
.st-key-moment_buttons { min-width: 29rem; justify-content: flex-end; }
@media (max-width: 1150px) { .st-key-moment_buttons { min-width: 26.2rem; } }
@media (max-width: 1150px) { .st-key-moment_buttons button { padding-left: 0.45rem; padding-right: 0.45rem; } }
@media (max-width: 640px) {
  .st-key-timeline, .st-key-moment_buttons { flex-wrap: wrap !important; }
  .st-key-timeline > .st-key-line { flex: 1 1 100%; }
  .st-key-timeline > :has(> .st-key-moment_buttons) { flex: 1 1 60%; }
  .st-key-moment_buttons { min-width: 0; justify-content: flex-start; }
  .st-key-sheet, .st-key-facts { min-height: 0; max-height: none; }
  .st-key-sheet:has(.stBidiComponent) { min-height: 100vw; max-height: 100vw; }
  .st-key-stage { min-height: calc(100vw + 5rem); max-height: calc(100vw + 5rem); }
}
.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(4.2rem, 1fr)); gap: 0.5rem; }
.strip figure { margin: 0; }
.strip img { display: block; width: 100%; border-radius: 0.2rem; }
.strip.crisp img { image-rendering: pixelated; }
.strip figcaption { text-align: center; font-size: 0.85rem; font-variant-numeric: tabular-nums; opacity: 0.85; }
.pictures { display: flex; gap: 0.6rem 1rem; }
.pictures.starts { flex-wrap: wrap; }
.pictures figure { margin: 0; flex: 0 1 min(15rem, 30dvh); min-width: 0; }
.pictures.starts figure { flex: 0 0 calc(12.5% - 0.9rem); max-width: 5.5rem; }
.pictures img { display: block; width: 100%; border-radius: 0.2rem; }
.pictures.crisp img { image-rendering: pixelated; }
.pictures figcaption { text-align: center; font-variant-numeric: tabular-nums; opacity: 0.85; }
.pictures.starts figcaption { font-size: 0.85rem; }
.st-key-find_histogram { height: 14rem; position: relative; }
.pictures.near figure { flex: 0 1 clamp(4rem, (100dvh - 38rem) / 2.5, 7.5rem); }
.pictures.near figure:first-child { margin-right: 1rem; }
.st-key-neighbours_histogram { height: clamp(7rem, 100dvh - 45rem, 13rem); position: relative; }
.st-key-latent_tools { row-gap: 0.3rem; margin-top: -0.3rem; }
.st-key-latent_tools .group { opacity: 0.7; white-space: nowrap; }
.st-key-latent_transport .meter :is(.device, .cost) { display: none; }
@media (max-width: 640px) { [class*="st-key-latent_"] .stButtonGroup [role="radiogroup"] { flex-wrap: wrap; } }
.st-key-latent_noise { padding-bottom: 0.9rem; }
.st-key-latent_transport button { min-height: 0; padding-top: 0.35rem; padding-bottom: 0.35rem; }
.empty { border: 1px dashed; border-radius: 0.4rem; padding: 1rem; text-align: center; }
:is(.st-key-race_room, .st-key-stage, .st-key-curves) [data-stale="true"] { opacity: 1 !important; } /* they are live */
.st-key-race_room { container: race / inline-size; }
.st-key-race { --race: calc(100dvh - 12.3rem); min-height: var(--race); max-height: var(--race); }
.st-key-race { --lane: max(9rem, var(--race) - 16.5rem); }
.st-key-race > .st-key-race_curves { flex: 1 1 0; min-height: 0; position: relative; }
@media (min-aspect-ratio: 17 / 10) {
  .st-key-race:has(.st-key-lanes .stBidiComponent):not(:has(.stColumn:nth-child(3))) {
    --feet: var(--lane_feet, 8.6rem); flex-direction: row;
    --lane: min(var(--race) - var(--feet), (100cqw - var(--curves, 14rem)) / 2 - 1rem);
    > :has(> .st-key-lanes) { flex: none; width: calc(2 * (var(--lane) + 1rem) - 1rem); }
    > .st-key-race_curves { align-self: stretch; height: auto !important; max-height: calc(var(--lane) + var(--feet)); }
    .lane_bars { display: grid; }
    .lane_foot:has(+ .lane_bars) { display: none; }
  }
}
@media (max-width: 640px) {
  .st-key-race { min-height: 0; max-height: none; --lane: 60vw; padding-bottom: 1rem; }
  .st-key-race > .st-key-race_curves { flex: none; height: 18rem; }
  .st-key-lanes .stHorizontalBlock { flex-wrap: wrap; }
  .st-key-lanes .stColumn { flex: 0 1 calc(50% - 0.5rem) !important; min-width: calc(50% - 0.5rem) !important; }
}
.st-key-lanes .stColumn { min-width: 0; }
.st-key-lanes .stElementContainer:has(> .stBidiComponent) {
  aspect-ratio: 1; width: min(100%, var(--lane)) !important; align-self: center; position: relative;
}
.st-key-lanes .tiles { width: min(100%, var(--lane) * var(--shape)); }
.empty.lane_empty { aspect-ratio: 1; height: auto; max-height: var(--lane); width: 100%; }
.lane { display: flex; gap: 0.5em; align-items: center; white-space: nowrap; }
.lane i { border: 1px solid; border-radius: 0.25em; font-size: 0.8em; font-style: normal; padding: 0 0.4em; }
.st-key-lanes .stColumn .stHorizontalBlock { min-height: 2.95rem; }
.st-key-lanes .stColumn .stHorizontalBlock > :first-child { flex: 1 1 0; min-width: 0; }
.lane_foot { flex-wrap: wrap; white-space: normal; }
.lane_bars { align-items: center; display: none; gap: 0.5rem 0.7rem; padding-top: 0.7rem; }
.lane_bars { grid-template-columns: max-content minmax(0, 1fr) max-content; }
.lane_bars :is(.bar, i) { border-radius: 0.2rem; display: block; height: 1.1rem; }
.lane_bars .bar { background: color-mix(in srgb, var(--generated) 16%, transparent); }
.lane_bars i { background: var(--generated); }
.lane_bars .n { text-align: right; }
.lane span, .chips span { overflow: hidden; text-overflow: ellipsis; }
.badge { border-radius: 0.25em; flex: none; line-height: 1.5; min-width: 1.5em; text-align: center; }
.chips { display: grid; gap: 0.4rem; font-size: 0.9rem; }
.chips div { display: flex; flex-wrap: wrap; gap: 0.2rem 0.5rem; align-items: center; }
.st-key-coach { --line: 2.5rem; min-height: var(--line); max-height: var(--line); overflow: visible; }
.st-key-coach { margin: calc(0.8rem - var(--line) / 2) 0; padding-bottom: 0; padding-top: 0; }
.st-key-coach .stMarkdown { min-width: 0; }
.st-key-coach .stMarkdown p { font-size: 0.9rem; line-height: 1.3; }
.st-key-coach button { min-height: 1.75rem; padding: 0.05rem 0.6rem; white-space: nowrap; }
@media (max-width: 1150px) {
  .st-key-coach { --line: 3.4rem; }
  .st-key-coach .stMarkdown p { font-size: 0.85rem; line-height: 1.25; }
}
@media (max-width: 640px) {
  .st-key-coach { --line: calc(10.4rem - 46px); flex-wrap: wrap !important; margin: 0; }
  .st-key-coach { align-content: flex-start; row-gap: 0.4rem; }
  .st-key-coach > :has(> .stMarkdown) { flex: 1 1 100%; order: -1; }
  .st-key-coach > .st-key-cure_now { max-width: calc(100% - 5.2rem); }
  .st-key-coach .st-key-cure_now button { line-height: 1.2; white-space: normal; }
  .st-key-coach .st-key-cure_now button p { line-height: 1.2; }
  .stMain:has(.st-key-stage) :is(.st-key-sentence, .st-key-moment) { min-height: calc(10.4rem - 46px); }
}
.term { cursor: help; font-style: inherit; text-decoration: underline dotted; text-underline-offset: 0.2em; }
.term > [role="tooltip"] { display: none; }
.term:is(:hover, :focus):not([data-shut]) { anchor-name: --term; }
.term:is(:hover, :focus):not([data-shut]) > [role="tooltip"] {
  background: var(--st-background-color, Canvas); border: 1px solid rgba(128, 128, 128, 0.6); border-radius: 0.4rem;
  box-shadow: 0 0.2rem 0.8rem rgba(0, 0, 0, 0.2); display: block; font-weight: 400; left: 0;
  left: max(0px, min(anchor(--term left), 100% - 26rem)); line-height: 1.4; max-width: min(26rem, 100%);
  padding: 0.4rem 0.7rem; position: absolute; top: 100%; width: max-content; z-index: 100;
}
.st-key-offer p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.st-key-offer .stMarkdown { min-width: 0; }
.st-key-offer button { min-height: 0; padding: 0.05rem 0.6rem; }
.st-key-offer { background: rgba(128, 128, 128, 0.16); border-radius: 0.4rem; margin: -0.1rem 0; min-height: 2.1rem; }
.st-key-offer { padding: 0.1rem 0.1rem 0.1rem 0.8rem; }
.st-key-history { max-width: 9rem; }
@media (min-width: 769px) { .st-key-history { margin: -3.3rem 0 -0.8rem; } }
.st-key-history button { padding: 0.2rem 0.6rem; min-height: 0; }
.st-key-preset kbd, .st-key-history kbd { display: none; }
.st-key-projector [data-testid="stMarkdownContainer"], .st-key-strip_close [data-testid="stMarkdownContainer"],
.st-key-undo [data-testid="stMarkdownContainer"], .st-key-redo [data-testid="stMarkdownContainer"],
:where(.st-key-knobs, .st-key-folder_knob, .st-key-at_hand_knobs) :where(.stButton)
  [data-testid="stMarkdownContainer"] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
/* A row has a knob, its number and the way back. Selectors that look for a part of a class cost time at each View. */
:where(.st-key-knobs, .st-key-folder_knob, .st-key-at_hand_knobs) .stHorizontalBlock {
  position: relative;
  .stSlider label { width: calc(100% + 6.1rem); }
  [data-testid="stSliderThumbValue"] { display: none; }
  [data-testid="stNumberInputContainer"] { height: 2rem; }
  input[type="number"] { padding: 0.2rem 0.5rem; font-variant-numeric: tabular-nums; }
  > :where(.stElementContainer):has(> .stButton) { position: absolute; right: 1.6rem; top: 0.4rem; }
  :where(.stButton) button { min-height: 0; padding: 0; color: var(--ring); }
  &:has(.stButton) label p { font-weight: 700; }
}
.st-key-warning { background: rgba(230, 159, 0, 0.18); border-radius: 0.4rem; padding: 0.1rem 0.1rem 0.1rem 0.8rem; }
.st-key-findings, .st-key-waiting, .st-key-moment {
  background: rgba(128, 128, 128, 0.16); border-radius: 0.4rem; padding: 0.1rem 0.1rem 0.1rem 0.8rem;
}
.st-key-warning, .st-key-findings, .st-key-waiting, .st-key-moment { margin: -0.1rem 0; }
@media (max-width: 640px) {
  .st-key-moment { background: none; margin: 0; padding: 0; }
  .st-key-moment .stMarkdown { background: rgba(128, 128, 128, 0.16); border-radius: 0.4rem; padding: 0.1rem 0.8rem; }
}
.st-key-question, .st-key-race_question { background: rgba(0, 114, 178, 0.2); border-radius: 0.4rem; }
.st-key-question, .st-key-race_question { padding: 0.1rem 0.1rem 0.1rem 0.8rem; }
[data-testid="stLayoutWrapper"]:has(> :is(.st-key-projector_corner, .st-key-share_corner)) {
  position: fixed; top: 0.55rem; right: 1.5rem; width: auto; z-index: 999991;
}
[data-testid="stLayoutWrapper"]:has(> .st-key-share_corner) { right: 5.4rem; }
@media (max-width: 768px) { /* below an open sidebar, which has its button to close there */
  [data-testid="stLayoutWrapper"]:has(> :is(.st-key-projector_corner, .st-key-share_corner)) { z-index: 999990; }
}
@media (max-width: 1150px) { .st-key-transport:has(.st-key-own_copy) .meter .rate { display: none; } }
.st-key-projector_corner kbd { display: none; }
.st-key-projector_corner button, .st-key-share_corner button {
  min-height: 0; height: 2rem; padding: 0.25rem 0.7rem; white-space: nowrap;
}
@media (max-width: 640px) {
  .stButton kbd { display: none !important; }
  .stToastContainer { bottom: 1rem; top: auto !important; } /* not over Play */
}
"""
