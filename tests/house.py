"""How the house is built, in figures from the source text: `python -m tests.house [--against REV] [--list ROW]`.

Every function on a `House` is one row of the table, and its docstring says what the row counts. Most return the places
they count, as `file:line`, so that a test can show them and `--list` can name them.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import tarfile
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FUNCTION = 40
PROSE_WORDS = 3


@dataclass(frozen=True, eq=False)  # found again in caches by identity, without comparing trees
class Source:
    """One Python file of `planner/`."""

    path: str
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]
    """All of the tree's."""

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


House = tuple[Source, ...]
Count = int | str | list[str]


def house_of(files: Mapping[str, str]) -> House:
    """From the text of each file by its path: `planner/engine/units.py`."""
    trees = ((path, text, ast.parse(text)) for path, text in sorted(files.items()))
    return tuple(Source(path, text, tree, tuple(ast.walk(tree))) for path, text, tree in trees)


@cache
def here() -> House:
    """This tree, as it is on disk."""
    files = (ROOT / "planner").rglob("*.py")
    return house_of({path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files})


def at_revision(revision: str) -> House:
    """As git keeps it."""
    archive = ["git", "archive", "--format=tar", revision, "planner"]
    packed = subprocess.run(archive, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    files = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for member in tar.getmembers():
            if member.name.endswith(".py") and (held := tar.extractfile(member)):
                files[member.name] = held.read().decode()
    return house_of(files)


def files(house: House) -> int:
    """Python files, empty ones included."""
    return len(house)


def files_with_code(house: House) -> int:
    """Files that hold more than a docstring."""
    return sum(any(not _is_bare_string(node) for node in source.tree.body) for source in house)


def lines(house: House) -> int:
    """All lines of all files."""
    return sum(len(source.text.splitlines()) for source in house)


def code_lines(house: House) -> int:
    """Lines that are neither blank nor only a comment nor part of a docstring."""
    return sum(len(_code_lines(source)) for source in house)


def comment_lines(house: House) -> int:
    """Lines that hold a comment, beside code or alone, other than an order to a checker (`noqa`, `type: ignore`)."""
    orders = ("# noqa", "# type:", "# fmt:")
    return sum(not token.string.startswith(orders) for source in house for token in _comments(source))


def docstring_lines(house: House) -> int:
    """Lines of docstrings that are not blank: of modules, classes, functions, and under an attribute or constant."""
    return sum(len(_filled(source) & _docstring_lines(source)) for source in house)


def functions(house: House) -> int:
    """Functions and methods, nested ones included."""
    return sum(1 for _ in _functions(house))


def long_functions(house: House) -> list[str]:
    """Functions of more than 40 lines, from `def` to the last: blank lines counted, docstring and decorators not."""
    return [
        f"{source.at(found)} {found.name}: {length} lines"
        for source, found in _functions(house)
        if (length := _length(found)) > LONGEST_FUNCTION
    ]


def cycles(house: House) -> list[str]:
    """Groups of modules that import one another in a circle, by any import statement.

    Those for type checkers and inside functions count; a module named in a string (`import_module`) does not. A package
    counts for what its `__init__` imports, and is imported only where something is taken from itself.
    """
    edges = imports(house)
    reached = {module: _reached(module, edges) for module in edges}
    groups = {frozenset(m for m in reached[module] if module in reached[m]) for module in edges}
    return [f"{len(group)} modules: {', '.join(sorted(group))}" for group in groups if group]


def dataclasses(house: House) -> list[str]:
    """Classes under a `dataclass` decorator, with or without arguments."""
    return [
        f"{source.at(node)} {node.name}"
        for source, node in _nodes(house)
        if isinstance(node, ast.ClassDef) and any(_name(found) == "dataclass" for found in node.decorator_list)
    ]


def modules_with_one_importer(house: House) -> list[str]:
    """Modules that exactly one other module of the house imports, by any import statement."""
    importers: dict[str, set[str]] = {}
    for module, imported in imports(house).items():
        for name in imported - {module}:
            importers.setdefault(name, set()).add(module)
    return [f"{module} by {found.pop()}" for module, found in sorted(importers.items()) if len(found) == 1]


def engine_prose(house: House) -> list[str]:
    """Strings of three or more words in `planner/engine/`, outside docstrings, `raise` and the patterns of `re`.

    A word stands between blanks and has a letter and no digit: "a100 sxm 80gb" has one. Each value put into an f-string
    is one.
    """
    return [
        f"{source.at(node)} {text!r}"
        for source in _engine(house)
        for node, text in _strings(source.tree)
        if sum(_is_word(word) for word in text.split()) >= PROSE_WORDS
    ]


def engine_number_formats(house: House) -> list[str]:
    """Places in `planner/engine/` that turn a number into text, outside `raise`.

    A format spec that is more than a width, `format(`, `.format(`, `%` after a string, and `round(` inside an f-string,
    `str(` or one of these. Other `round(` is arithmetic.
    """
    return [
        f"{source.at(node)} {ast.unparse(node)}"
        for source in _engine(house)
        for node in _walk(source.tree)
        if _formats_number(node) or _formats_anything(node) or _rounds_to_show(node)
    ]


def files_that_format_numbers(house: House) -> list[str]:
    """Files with a format spec for numbers: in an f-string, `format(x, ".2f")`, `"{:.2f}".format` or `"%.2f" %`.

    A spec that is only a width or a date is none, nor is one that is wholly a variable.
    """
    found: dict[str, set[int]] = {}
    for source, node in _nodes(house):
        if _formats_number(node):
            found.setdefault(source.path, set()).add(getattr(node, "lineno", 1))
    return [f"{path}, lines {', '.join(map(str, sorted(at)))}" for path, at in found.items()]


def imports_in_functions(house: House) -> list[str]:
    """Import statements inside a function, of whatever they import."""
    found = {
        f"{source.at(node)} {ast.unparse(node)}"
        for source, function in _functions(house)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return sorted(found)


def query_one_calls(house: House) -> list[str]:
    """Calls of `query_one` on a widget, each of which names the type again."""
    return [
        source.at(node)
        for source, node in _nodes(house)
        if isinstance(node, ast.Call) and _name(node) == "query_one" and not _is_getter(node)
    ]


def typed_getters(house: House) -> list[str]:
    """Uses of Textual's `getters.query_one` and `getters.child_by_id`, which name the type once."""
    return [source.at(node) for source, node in _nodes(house) if _is_getter(node)]


def longest_file(house: House) -> str:
    """Lines of the longest file, all counted, and its name."""
    length, path = max((len(source.text.splitlines()), source.path) for source in house)
    return f"{length} {path.rpartition('/')[2]}"


ROWS: Mapping[str, tuple[Callable[[House], Count], str]] = {
    "files": (files, ""),
    "files with code": (files_with_code, "200 at most"),
    "lines": (lines, ""),
    "code lines": (code_lines, "22,500 at most"),
    "comment lines": (comment_lines, "not fewer"),
    "docstring lines": (docstring_lines, "not fewer"),
    "functions": (functions, ""),
    "functions over 40 lines": (long_functions, "0"),
    "import cycles": (cycles, "0"),
    "dataclasses": (dataclasses, ""),
    "modules with one importer": (modules_with_one_importer, ""),
    "prose in engine": (engine_prose, "0"),
    "number formats in engine": (engine_number_formats, "0"),
    "files that format numbers": (files_that_format_numbers, "1"),
    "imports in functions": (imports_in_functions, ""),
    "query_one calls": (query_one_calls, ""),
    "typed getters": (typed_getters, ""),
    "longest file": (longest_file, "400 at most"),
}


@cache
def imports(house: House) -> Mapping[str, frozenset[str]]:
    """The modules of the house that each module imports, by any import statement in it."""
    modules = {source.module for source in house}
    return {source.module: frozenset(_imported(source) & modules | _taken(source, modules)) for source in house}


def _imported(source: Source) -> set[str]:
    """By `import a.b`."""
    return {name.name for node in source.nodes if isinstance(node, ast.Import) for name in node.names}


def _taken(source: Source, modules: set[str]) -> set[str]:
    """By `from a import b`: the module `a.b` where there is one, else `a`."""
    found = set()
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom):
            base = _base(source, node)
            found |= {inner if (inner := f"{base}.{name.name}") in modules else base for name in node.names}
    return found & modules


def _base(source: Source, node: ast.ImportFrom) -> str:
    """The module after `from`, its leading dots resolved."""
    if not node.level:
        return node.module or ""
    folders = source.path.split("/")[: -node.level]
    return ".".join([*folders, *([node.module] if node.module else [])])


def _reached(module: str, edges: Mapping[str, frozenset[str]]) -> set[str]:
    """What a module imports, and what that imports, and so on."""
    found: set[str] = set()
    ahead = [module]
    while ahead:
        fresh = edges[ahead.pop()] - found
        found |= fresh
        ahead += fresh
    return found


def _nodes(house: House) -> Iterator[tuple[Source, ast.AST]]:
    return ((source, node) for source in house for node in source.nodes)


def _functions(house: House) -> Iterator[tuple[Source, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for source, node in _nodes(house):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield source, node


def _engine(house: House) -> Iterator[Source]:
    return (source for source in house if source.path.startswith("planner/engine/"))


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return _span(function) - (_span(function.body[0]) if _is_bare_string(function.body[0]) else 0)


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _is_bare_string(node: ast.AST) -> bool:
    """A docstring, or one under an attribute or a constant."""
    return isinstance(node, ast.Expr) and _is_string(node.value)


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _filled(source: Source) -> set[int]:
    """Numbers of the lines that are not blank."""
    return {number for number, line in enumerate(source.text.splitlines(), 1) if line.strip()}


def _docstring_lines(source: Source) -> set[int]:
    bare = (node for node in source.nodes if isinstance(node, ast.Expr) and _is_bare_string(node))
    return {number for node in bare for number in range(node.lineno, node.lineno + _span(node))}


def _code_lines(source: Source) -> set[int]:
    alone = {token.start[0] for token in _comments(source) if token.line.lstrip().startswith("#")}
    return _filled(source) - _docstring_lines(source) - alone


def _comments(source: Source) -> Iterator[tokenize.TokenInfo]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return (token for token in tokens if token.type == tokenize.COMMENT)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those of `raise` statements and docstrings."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Raise) and not _is_bare_string(child):
            yield from _walk(child)


def _strings(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Strings outside `raise`, docstrings and patterns; an f-string is one, and those inside its values are others."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node, node.value
    elif isinstance(node, ast.JoinedStr):
        yield node, _text(node, "x")
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _strings(part.value)
    elif not isinstance(node, ast.Raise) and not _is_bare_string(node):
        for child in node.args[1:] if _is_pattern(node) else ast.iter_child_nodes(node):
            yield from _strings(child)


def _is_pattern(node: ast.AST) -> TypeGuard[ast.Call]:
    """A call of `re`: its first argument reads what others wrote."""
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and _name(called.value) == "re"


def _is_word(text: str) -> bool:
    return any(map(str.isalpha, text)) and not any(map(str.isdigit, text))


def _text(node: ast.JoinedStr, value: str) -> str:
    """An f-string with one stand-in for each of its values."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else value for part in node.values)


def _name(node: ast.AST) -> str:
    """The last name of a decorator or of what is called: `dataclass` of `dataclasses.dataclass(frozen=True)`."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


_PLAIN = re.compile(r"(.?[<>^])?\d*(\.\d+s)?s?")
_DATE = re.compile(r"%[-A-Za-z]")
_BRACES = re.compile(r"\{[^{}:]*:([^{}]*)\}")
_PERCENT = re.compile(r"%[-+ #0]*\d*(\.\d+)?[deEfFgGixX]")


def _is_number_spec(spec: str) -> bool:
    return not _PLAIN.fullmatch(spec) and not _DATE.search(spec)


def _formats_number(node: ast.AST) -> bool:
    """Whether a node has a format spec for numbers; a value inside a spec counts as a digit."""
    if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
        return _is_number_spec(_text(node.format_spec, "1"))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
        return isinstance(node.left.value, str) and bool(_PERCENT.search(node.left.value))
    if isinstance(node, ast.Call) and _name(node) == "format":
        held = node.args[1] if isinstance(node.func, ast.Name) and len(node.args) > 1 else node.func
        template = held.value if isinstance(held, ast.Attribute) else held
        if isinstance(template, ast.Constant) and isinstance(template.value, str):
            specs = [template.value] if template is held else _BRACES.findall(template.value)
            return any(_is_number_spec(spec) for spec in specs)
    return False


def _formats_anything(node: ast.AST) -> bool:
    """`format(`, `.format(`, or `%` after a string."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _is_string(node.left) or isinstance(node.left, ast.JoinedStr)
    return isinstance(node, ast.Call) and _name(node) == "format"


def _rounds_to_show(node: ast.AST) -> bool:
    """Whether text is made of a value that `round(` is part of."""
    shows = isinstance(node, ast.FormattedValue) or (isinstance(node, ast.Call) and _name(node) == "str")
    return shows and any(isinstance(n, ast.Call) and _name(n) == "round" for n in ast.walk(node))


def _is_getter(node: ast.AST) -> bool:
    """By its own name, or as an attribute of Textual's module `getters`."""
    if not isinstance(node, ast.Call) or _name(node) not in ("query_one", "child_by_id"):
        return False
    return isinstance(node.func, ast.Name) or (
        isinstance(node.func, ast.Attribute) and _name(node.func.value) == "getters"
    )


def shown(count: Count) -> str:
    return f"{len(count):,}" if isinstance(count, list) else f"{count:,}" if isinstance(count, int) else count


def main() -> None:
    """Print the table, or the places of one row."""
    parser = argparse.ArgumentParser(prog="python -m tests.house")
    parser.add_argument("--against", metavar="REV", help="a git revision to set beside this tree")
    parser.add_argument("--list", metavar="ROW", choices=ROWS, help=f"the places of a row: {', '.join(ROWS)}")
    given = parser.parse_args()
    if given.list:
        found = ROWS[given.list][0](here())
        print(*(found if isinstance(found, list) else [shown(found)]), sep="\n")
        return
    houses = ([at_revision(given.against)] if given.against else []) + [here()]
    print(f"{'':<28}" + "".join(f"{name:>26}" for name in [given.against or "", "here"][-len(houses) :]) + "  target")
    for label, (row, target) in ROWS.items():
        print(f"{label:<28}" + "".join(f"{shown(row(house)):>26}" for house in houses) + f"  {target}".rstrip())


if __name__ == "__main__":
    main()
