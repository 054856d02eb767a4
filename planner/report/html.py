"""Two charts as inline SVG: cumulative cost of each strategy, and 12-month cost against replicas.

Colours come from style-sheet variables, so that light, dark and print each get their own; every line also has its own
dash and mark, because colour is never the only carrier.

A report as one HTML file: inline style and SVG, dark and light, ready to print; no scripts, nothing loaded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from types import MappingProxyType

from planner import quantities
from planner.engine.specs import STRATEGIES, CostPoint, Evaluation, Strategy
from planner.quantities import fixed
from planner.records import dataclass
from planner.report.document import Block, Bullets, Chart, Document, Paragraph, Section, Table
from planner.report.sections import FULL, View, build
from planner.report.tables.ledger import cumulative as spent_by_month
from planner.report.text import GAP, clean
from planner.words.labels import STRATEGY_LABELS, STRATEGY_MARKERS
from planner.words.ledger_notes import name_marks

NO_CHARTS: Mapping[str, str] = MappingProxyType({})
WIDTH, HEIGHT = 860, 336
LEFT, RIGHT, TOP, BOTTOM = 84, 250, 32, 52
_SAMPLE, _SAMPLED = 8, 44
"""Where the sample of a line starts and ends, right of the plot."""
_DASHES: dict[Strategy, str] = {
    "api_today": "",
    "api_tuned": "14 5",
    "hosted_open": "2 4",
    "dedicated": "14 4 2 4",
    "self_host": "7 4",
    "hybrid": "14 4 2 4 2 4",
}
"""Told apart in grey and by who sees no colour."""
_MARKED_EVERY = 3
"""Months between two marks of a line; each line starts at a month of its own, so that marks of near lines differ."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Maps (x, value) to the picture: x from `first` to `last`, values from zero to `top`."""

    first: float
    last: float
    top: float

    def x(self, value: float) -> float:
        span = self.last - self.first or 1.0
        return LEFT + (value - self.first) / span * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM)


def cumulative(evaluation: Evaluation) -> str:
    """Running cost of each possible strategy over 12 months, with the payback month marked."""
    ledgers = [evaluation.ledgers[strategy] for strategy in STRATEGIES]
    lines = {ledger.strategy: spent_by_month(ledger)[1:] for ledger in ledgers if ledger.distinct and ledger.months}
    if not lines:
        return ""
    frame = Frame(1, max(len(line) for line in lines.values()), max(*map(max, lines.values()), 0.0) or 1.0)
    parts = _grid(frame, evaluation.inputs.currency)
    parts += [_under_axis(frame.x(month), month) for month in range(1, int(frame.last) + 1)]
    parts.append(_axis_title("month"))
    for place, (strategy, values) in enumerate(lines.items()):
        parts += [_line(frame, strategy, values), *_marks(frame, strategy, values, place)]
    parts += _labels(frame, lines, {ledger.strategy: name_marks(ledger, brief=True) for ledger in ledgers})
    parts += _payback(frame, evaluation.payback_month)
    return _svg("Cumulative cost of each strategy by month", parts)


def _line(frame: Frame, strategy: Strategy, values: Sequence[float]) -> str:
    points = " ".join(
        f"{fixed(frame.x(month), 1)},{fixed(frame.y(value), 1)}" for month, value in enumerate(values, start=1)
    )
    return f'<polyline class="line {_css(strategy)}" points="{points}"{_dash(strategy)}/>'


def _dash(strategy: Strategy) -> str:
    return f' stroke-dasharray="{_DASHES[strategy]}"' if _DASHES[strategy] else ""


def _marks(frame: Frame, strategy: Strategy, values: Sequence[float], place: int) -> Iterator[str]:
    """The line's own mark on some of its months; `place`: which of the lines it is."""
    for month in range(1 + place % _MARKED_EVERY, len(values) + 1, _MARKED_EVERY):
        yield _mark(strategy, frame.x(month), frame.y(values[month - 1]))


def _mark(strategy: Strategy, x: float, y: float) -> str:
    sign = STRATEGY_MARKERS[strategy]
    return f'<text class="sign {_css(strategy)}" x="{fixed(x, 1)}" y="{fixed(y, 1)}">{sign}</text>'


def _css(strategy: Strategy) -> str:
    return f"s-{strategy.replace('_', '-')}"


def _labels(frame: Frame, lines: dict[Strategy, tuple[float, ...]], marks: Mapping[Strategy, str]) -> Iterator[str]:
    """At the end of each line a sample of it, its name and what it leaves unserved; moved apart where they meet."""
    last_y, start = HEIGHT + 0.0, WIDTH - RIGHT
    for strategy in sorted(lines, key=lambda s: lines[s][-1]):
        end = frame.y(lines[strategy][-1])
        y = last_y = min(end, last_y - 17)
        level, dash = fixed(y, 1), _dash(strategy)
        yield f'<line class="lead" x1="{start}" x2="{start + _SAMPLE}" y1="{fixed(end, 1)}" y2="{level}"/>'
        yield (
            f'<line class="line {_css(strategy)}" x1="{start + _SAMPLE}" x2="{start + _SAMPLED}"'
            f' y1="{level}" y2="{level}"{dash}/>'
        )
        yield _mark(strategy, start + (_SAMPLE + _SAMPLED) / 2, y)
        label = escape(f"{STRATEGY_LABELS[strategy]}{marks[strategy]}")
        yield f'<text class="label" x="{start + _SAMPLED + 6}" y="{fixed(y + 4, 1)}">{label}</text>'


def _payback(frame: Frame, month: int | None) -> list[str]:
    if month is None:
        return []
    x = frame.x(month)
    return [
        f'<line class="mark" x1="{fixed(x, 1)}" x2="{fixed(x, 1)}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>',
        f'<text class="tick" x="{fixed(x + 4, 1)}" y="{TOP + 10}">payback: month {month}</text>',
    ]


def replicas(evaluation: Evaluation) -> str:
    """12-month cost as stacked bars against replicas; the plan's count is outlined, a broken rule hatched."""
    points = evaluation.curve
    if len(points) < 2:
        return ""
    frame = Frame(-0.5, len(points) - 0.5, max(*(point.total for point in points), 0.0) or 1.0)
    planned = evaluation.planned_replicas
    parts = _grid(frame, evaluation.inputs.currency)
    for place, point in enumerate(points):
        parts += _bar(frame, place, point, point.replicas == planned)
    parts += [_axis_title("replicas"), *_legend()]
    return _svg("Cost of 12 months against the number of replicas", parts)


def _bar(frame: Frame, place: int, point: CostPoint, chosen: bool) -> list[str]:
    wide = (WIDTH - LEFT - RIGHT) / (frame.last - frame.first) * 0.6
    left, base, parts = frame.x(place) - wide / 2, 0.0, []
    for kind, amount in (("gpu", point.gpu), ("people", point.people_and_fixed), ("api", point.api)):
        top = frame.y(base + amount)
        parts.append(_rect(f"b-{kind}", left, top, wide, frame.y(base) - top))
        base += amount
    if chosen:
        parts.append(_rect("chosen", left, frame.y(base), wide, HEIGHT - BOTTOM - frame.y(base)))
        parts.append(_centred(frame.x(place), frame.y(base) - 6, "the plan"))
    note = f"{point.replicas}{'' if point.feasible else ' ✗'}"
    return [*parts, _under_axis(frame.x(place), note)]


def _rect(name: str, *box: float) -> str:
    """Left, top, width and height, to a tenth of a pixel."""
    x, y, wide, high = (fixed(value, 1) for value in box)
    return f'<rect class="{name}" x="{x}" y="{y}" width="{wide}" height="{high}"/>'


def _under_axis(x: float, text: object) -> str:
    return _centred(x, HEIGHT - BOTTOM + 16, text)


def _centred(x: float, y: float, text: object) -> str:
    return f'<text class="tick" text-anchor="middle" x="{fixed(x, 1)}" y="{fixed(y, 1)}">{text}</text>'


def _axis_title(text: str) -> str:
    return _centred((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, text)


def _legend() -> list[str]:
    parts = []
    for place, (kind, label) in enumerate((("api", "API"), ("people", "People, fixed"), ("gpu", "GPU"))):
        y, x = TOP + 8 + place * 18, WIDTH - RIGHT + 8
        parts.append(f'<rect class="b-{kind}" x="{x}" y="{y - 9}" width="11" height="11"/>')
        parts.append(f'<text class="label" x="{x + 17}" y="{y}">{label}</text>')
    return [*parts, f'<text class="tick" x="{WIDTH - RIGHT + 8}" y="{TOP + 66}">✗ breaks a rule</text>']


def _grid(frame: Frame, currency: str) -> list[str]:
    parts = []
    for value in _round_steps(frame.top):
        y = frame.y(value)
        label = escape(quantities.money(value, currency))
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{fixed(y, 1)}" y2="{fixed(y, 1)}"/>')
        parts.append(f'<text class="tick" text-anchor="end" x="{LEFT - 8}" y="{fixed(y + 4, 1)}">{label}</text>')
    return parts


def _round_steps(top: float) -> list[float]:
    """Three to six values from zero up, in steps of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(top / 4))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= top / 5)
    return [step * count for count in range(int(top / step) + 1)]


def _svg(title: str, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    name = escape(title)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">\n<title>{name}</title>\n{body}\n</svg>'


_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #d0d7de; --accent: #0b5c94;
  --api-today: #8a5a00; --api-tuned: #0b5c94; --hosted-open: #8b3a68; --self-host: #00624a; --hybrid: #6b4ea0;
  --dedicated: #a3342b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --paper: #12161b; --line: #30363d;
  --accent: #56b4e9; --api-today: #e69f00; --api-tuned: #56b4e9; --hosted-open: #d98cb8; --self-host: #2db88e;
  --hybrid: #f0e442; --dedicated: #f08070; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
.strip { margin: .5rem 0; padding: .5rem .75rem; border-left: 4px solid var(--accent); font-weight: 600;
  white-space: pre-wrap; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; } .r { text-align: right; } td.r { white-space: nowrap; }
.facts td:first-child { white-space: nowrap; }
tr.sum td { font-weight: 600; border-top: 2px solid var(--line); }
section td:first-child { min-width: 5.5rem; }
nav ol { columns: 2; } nav a { color: var(--accent); } summary { cursor: pointer; } summary h2 { display: inline; }
details { margin: 1rem 0; } figure { margin: .75rem 0; } figcaption, footer { color: var(--soft); font-size: .9rem; }
svg { width: 100%; height: auto; max-width: 860px; } svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--line); stroke-width: 1; } .mark { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; }
.line { fill: none; stroke-width: 2; } svg text.label { fill: var(--ink); }
.s-api-today { stroke: var(--api-today); } .s-api-tuned { stroke: var(--api-tuned); }
.s-hosted-open { stroke: var(--hosted-open); } .s-dedicated { stroke: var(--dedicated); }
.s-self-host { stroke: var(--self-host); }
.s-hybrid { stroke: var(--hybrid); stroke-width: 3; } .lead { stroke: var(--soft); stroke-width: 1; }
svg text.sign { font-size: 13px; text-anchor: middle; dominant-baseline: central; stroke-width: .5; }
.sign.s-api-today { fill: var(--api-today); } .sign.s-api-tuned { fill: var(--api-tuned); }
.sign.s-hosted-open { fill: var(--hosted-open); } .sign.s-dedicated { fill: var(--dedicated); }
.sign.s-self-host { fill: var(--self-host); } .sign.s-hybrid { fill: var(--hybrid); }
.b-gpu { fill: var(--self-host); } .b-people { fill: var(--hosted-open); fill-opacity: .6; }
.b-api { fill: var(--api-today); fill-opacity: .3; stroke: var(--api-today); }
.chosen { fill: none; stroke: var(--ink); stroke-width: 2.5; }
@media print { :root { --ink: #000; --soft: #333; --paper: #fff; --line: #999; --accent: #0b5c94; --api-today: #8a5a00;
  --api-tuned: #0b5c94; --hosted-open: #8b3a68; --self-host: #00624a; --hybrid: #6b4ea0;
  --dedicated: #a3342b; }
  html { font-size: 11px; } body { font-size: 1rem; } main { max-width: none; padding: 0; }
  h2 { margin: 1rem 0 .25rem; font-size: 1.2rem; } h2, summary, thead { break-after: avoid; }
  tr, li, figure { break-inside: avoid; } svg { max-height: 70mm; }
  .wide { overflow: visible; } table { font-size: .9rem; } td:not(.r) { overflow-wrap: anywhere; min-width: 5.2rem; }
  th, td { padding: .15rem .5rem .15rem 0; }
  nav, details:not([open]) { display: none; } }
@page { size: A4; margin: 14mm 15mm; }
"""


def to_html(evaluation: Evaluation, view: View = FULL) -> str:
    """The answer page, its charts, and everything else under a contents list; folded unless all was asked for.

    What replicas cost is among what it rests on, unless the answer is to have some.
    """
    charts = {"cumulative": cumulative(evaluation), "replicas": replicas(evaluation)}
    first = ("cumulative", "replicas") if evaluation.is_self_hosting or evaluation.at_host else ("cumulative",)
    return render(build(evaluation, replace(view, full=True)), charts, first, opened=view.full)


def render(document: Document, charts: Mapping[str, str], leading: Sequence[str] = (), *, opened: bool = True) -> str:
    """A complete page; every text is escaped, charts arrive as finished SVG; details are closed unless `opened`.

    `leading`: the charts that stand before the contents, in this order; the others stand in their sections.
    """
    title, answer = _text(document.title), _text(document.strip).replace(GAP, "\n")
    first = "\n".join(_section(section) for section in document.sections if section.opens)
    behind = [section for section in document.sections if not section.opens]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="strip">{answer}</p>
{first}
{_figures(behind, charts, leading)}
{_contents(behind)}
{_details(behind, {kind: chart for kind, chart in charts.items() if kind not in leading}, opened)}
<footer><p>{_text(document.footer)}</p></footer>
</main>
</body>
</html>
"""


def _figures(sections: Iterable[Section], charts: Mapping[str, str], leading: Sequence[str]) -> str:
    found = {block.kind: block for section in sections for block in section.blocks if isinstance(block, Chart)}
    return "\n".join(_figure(found[kind], charts.get(kind, "")) for kind in leading if kind in found)


def _contents(sections: Sequence[Section]) -> str:
    links = "".join(f'<li><a href="#s{n}">{_text(section.title)}</a></li>' for n, section in enumerate(sections, 1))
    return f'<nav aria-label="Contents"><h2>What it rests on</h2><ol>{links}</ol></nav>' if links else ""


def _details(sections: Iterable[Section], charts: Mapping[str, str], opened: bool) -> str:
    state = " open" if opened else ""
    return "\n".join(
        f'<details id="s{n}"{state}><summary><h2>{_text(section.title)}</h2></summary>\n'
        f"{_blocks(section, charts)}\n</details>"
        for n, section in enumerate(sections, 1)
    )


def _text(text: str) -> str:
    return escape(clean(text), quote=True)


def _section(section: Section) -> str:
    heading = f"<h2>{_text(section.title)}</h2>\n" if section.title else ""
    return f"<section>\n{heading}{_blocks(section)}\n</section>"


def _blocks(section: Section, charts: Mapping[str, str] = NO_CHARTS) -> str:
    return "\n".join(
        _figure(block, charts.get(block.kind, "")) if isinstance(block, Chart) else _block(block)
        for block in section.blocks
    )


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_text(block.text)}</p>"
    if isinstance(block, Bullets):
        tag = "ol" if block.numbered else "ul"
        return f"<{tag}>{''.join(f'<li>{_text(item)}</li>' for item in block.items)}</{tag}>"
    return _table(block) if isinstance(block, Table) else ""


def _figure(chart: Chart, picture: str) -> str:
    return f"<figure>\n{picture}\n<figcaption>{_text(chart.caption)}</figcaption>\n</figure>" if picture else ""


def _table(table: Table) -> str:
    head = f"<thead>{_row(table.headers, table.align, 'th')}</thead>" if any(table.headers) else ""
    last = len(table.rows) - 1 if table.total_row else None
    rows = (_row(row, table.align, "td", "sum" if place == last else "") for place, row in enumerate(table.rows))
    facts = "" if head else "facts"  # a label beside its text
    return f'<div class="wide"><table{_class(facts)}>{head}<tbody>{"".join(rows)}</tbody></table></div>'


def _row(cells: tuple[str, ...], align: str, tag: str, kind: str = "") -> str:
    body = "".join(
        f"<{tag}{_class('r' if side == 'r' else '')}>{_text(cell)}</{tag}>"
        for cell, side in zip(cells, align, strict=True)
    )
    return f"<tr{_class(kind)}>{body}</tr>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
