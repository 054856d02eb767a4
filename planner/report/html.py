"""A report as one HTML file: inline style and SVG, dark and light, ready to print; no scripts, nothing loaded."""

from __future__ import annotations

from html import escape

from planner.engine.specs import Evaluation
from planner.report import svg
from planner.report.cells import clean
from planner.report.document import Block, Bullets, Chart, Document, Paragraph, Section, Table
from planner.report.sections import build

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #d0d7de; --accent: #0b5c94;
  --api-today: #8a5a00; --api-tuned: #0b5c94; --hosted-open: #8b3a68; --self-host: #00624a; --hybrid: #6b4ea0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --paper: #12161b; --line: #30363d;
  --accent: #56b4e9; --api-today: #e69f00; --api-tuned: #56b4e9; --hosted-open: #d98cb8; --self-host: #2db88e;
  --hybrid: #f0e442; } }
@media print { :root { --ink: #000; --soft: #333; --paper: #fff; --line: #999; --accent: #0b5c94; --api-today: #8a5a00;
  --api-tuned: #0b5c94; --hosted-open: #8b3a68; --self-host: #00624a; --hybrid: #6b4ea0; }
  section { break-inside: avoid; } main { max-width: none; padding: 0; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
.strip { margin: .5rem 0; padding: .5rem .75rem; border-left: 4px solid var(--accent); font-weight: 600;
  white-space: pre-wrap; }
.lead { font-size: 1.1rem; margin: .5rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; } .r { text-align: right; white-space: nowrap; }
tr.sum td { font-weight: 600; border-top: 2px solid var(--line); }
figure { margin: .75rem 0; } figcaption, footer { color: var(--soft); font-size: .9rem; }
svg { width: 100%; height: auto; max-width: 760px; } svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--line); stroke-width: 1; } .mark { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; }
.line { fill: none; stroke-width: 2; } svg text.label { fill: var(--ink); }
.s-api-today { stroke: var(--api-today); } .s-api-tuned { stroke: var(--api-tuned); }
.s-hosted-open { stroke: var(--hosted-open); } .s-self-host { stroke: var(--self-host); }
.s-hybrid { stroke: var(--hybrid); stroke-width: 3; } svg text.label { stroke: none; }
.b-gpu { fill: var(--self-host); } .b-people { fill: var(--hosted-open); } .b-api { fill: var(--api-today); }
.chosen { fill: none; stroke: var(--ink); stroke-width: 2.5; }
"""


def to_html(evaluation: Evaluation) -> str:
    """The whole report with both charts."""
    charts = {"cumulative": svg.cumulative(evaluation), "replicas": svg.replicas(evaluation)}
    return render(build(evaluation), charts)


def render(document: Document, charts: dict[str, str]) -> str:
    """A complete page; every text is escaped, charts arrive as finished SVG."""
    title = _text(document.title)
    lead = "\n".join(f'<p class="lead">{_text(sentence)}</p>' for sentence in document.lead)
    sections = "\n".join(_section(section, charts) for section in document.sections)
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
<p class="strip">{_text(document.strip)}</p>
{lead}
{sections}
<footer><p>{_text(document.footer)}</p></footer>
</main>
</body>
</html>
"""


def _text(text: str) -> str:
    return escape(clean(text), quote=True)


def _section(section: Section, charts: dict[str, str]) -> str:
    blocks = "\n".join(_block(block, charts) for block in section.blocks)
    return f"<section>\n<h2>{_text(section.title)}</h2>\n{blocks}\n</section>"


def _block(block: Block, charts: dict[str, str]) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_text(block.text)}</p>"
    if isinstance(block, Bullets):
        tag = "ol" if block.numbered else "ul"
        return f"<{tag}>{''.join(f'<li>{_text(item)}</li>' for item in block.items)}</{tag}>"
    if isinstance(block, Chart):
        return _figure(block, charts.get(block.kind, ""))
    return _table(block)


def _figure(chart: Chart, picture: str) -> str:
    return f"<figure>\n{picture}\n<figcaption>{_text(chart.caption)}</figcaption>\n</figure>" if picture else ""


def _table(table: Table) -> str:
    head = f"<thead>{_row(table.headers, table.align, 'th')}</thead>" if any(table.headers) else ""
    last = len(table.rows) - 1 if table.total_row else None
    rows = (_row(row, table.align, "td", "sum" if place == last else "") for place, row in enumerate(table.rows))
    return f'<div class="wide"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'


def _row(cells: tuple[str, ...], align: str, tag: str, kind: str = "") -> str:
    body = "".join(
        f"<{tag}{_class('r' if side == 'r' else '')}>{_text(cell)}</{tag}>"
        for cell, side in zip(cells, align, strict=True)
    )
    return f"<tr{_class(kind)}>{body}</tr>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
