"""What every command shares: options, number formats, and where an answer goes.

An answer goes to stdout, or to a file that is written whole or not at all; only the latter needs `toml.files`, which is
imported then.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

from planner.cli.examples import EXAMPLES
from planner.toml.errors import InputError
from planner.toml.paths import exists, is_file, is_folder, is_same
from planner.toml.text import printable

Subparsers = Any
"""What `add_subparsers` returns; argparse names its class privately."""

VALUE_OPTIONS = ("--profiles", "--catalog", "--as-of")
"""Options of every command that take a value, before or after the command's name."""


class HelpFormatter(argparse.HelpFormatter):
    """Lines of examples stay as they are; everything else is filled."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        raw, _, rest = text.partition("\n\n") if text.startswith("examples:") else ("", "", text)
        filled = super()._fill_text(rest, width, indent) if rest else ""
        return "\n\n".join(part for part in (raw, filled) if part)


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line; exit code 2. What begins with a minus and a digit is a value:
    a volume may fall by -10%."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def error(self, message: str) -> NoReturn:
        say(f"{self.prog}: {message} (see: {self.prog} --help)")
        raise SystemExit(2)


def common_options() -> argparse.ArgumentParser:
    """Options that stand before or after the command's name."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("everywhere")
    keep = argparse.SUPPRESS
    group.add_argument(
        "--profiles",
        metavar="DIR",
        type=Path,
        default=keep,
        help="folder of plans (default: $PLANNER_PROFILES or ./profiles)",
    )
    group.add_argument(
        "--catalog", metavar="FILE", type=Path, default=keep, help="own catalogue file laid over the shipped one"
    )
    group.add_argument(
        "--as-of",
        metavar="YYYY-MM-DD",
        type=iso_date,
        default=keep,
        help="date that prices are judged by (default: today)",
    )
    return parent


def add_command(subparsers: Subparsers, name: str, summary: str, **settings: Any) -> argparse.ArgumentParser:
    """A command's parser with the shared options."""
    lines = EXAMPLES.get(name, ())
    notes = ("\n".join(["examples:", *(f"  {line}" for line in lines)]) if lines else "", settings.pop("epilog", ""))
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=settings.pop("description", summary[0].upper() + summary[1:] + "."),
        epilog="\n\n".join(note for note in notes if note),
        formatter_class=HelpFormatter,
        parents=[common_options()],
        allow_abbrev=False,
        **settings,
    )
    return parser


def add_output_options(parser: argparse.ArgumentParser, formats: Sequence[str] = ("text", "json")) -> None:
    """`--format F`: how the answer is written; `-o FILE`: where it goes instead of stdout."""
    parser.add_argument("--format", choices=formats, help="default: what the ending of FILE says, else text")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write to FILE, whole or not at all")
    parser.set_defaults(formats=formats)


def format_of(args: argparse.Namespace) -> str:
    """How the answer is written: as asked, else as the file's ending says, else text.

    Raises `InputError` where the two disagree, or where the command does not write what the ending says.
    """
    asked, target = getattr(args, "format", None), getattr(args, "output", None)
    if not is_written(target):
        return asked or "text"
    from planner.report.formats import ENDINGS  # `--help` does without

    said = ENDINGS.get(target.suffix.lower())
    if said is None or said == asked:
        return asked or "text"
    if asked is not None:
        raise InputError(f"ends as {said} does, and --format says {asked}; change one of the two", path=target)
    if said not in args.formats:
        raise InputError(f"ends as {said} does; this command writes {', '.join(args.formats)}", path=target)
    return said


def as_of(args: argparse.Namespace) -> date:
    """The date prices are judged by."""
    given: date | None = getattr(args, "as_of", None)
    return given or date.today()


def iso_date(text: str) -> date:
    """A date such as 2026-11-23."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write it as 2026-11-23") from None


def quantity(text: str) -> float:
    """A positive number as people write it: 1000, 1_000, 1,000, 4k, 6M, 1.5B."""
    from planner.typed import parse_number  # `--help` does without

    try:
        value = parse_number(text)
    except ValueError:
        value = math.nan
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number; write 1000, 1_000, 4k or 6M")
    return value


def amount(text: str) -> float:
    """A quantity, or 0: an embedding writes nothing."""
    return 0.0 if text.strip() in ("0", "0.0") else quantity(text)


def whole(text: str) -> int:
    """A positive whole number, written like a quantity."""
    value = quantity(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(value)


def fraction(text: str) -> float:
    """A share above 0 and up to 1: 0.92 or 92%."""
    from planner.typed import parse_fraction, parse_number  # `--help` does without

    try:
        value = parse_fraction(text) if text.strip().endswith("%") else parse_number(text, small=True)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share; write 0.92 or 92%")
    return value


def share(text: str) -> float:
    """A share from 0 to 1: 0, 0.5 or 50%."""
    return 0.0 if text.strip() in ("0", "0%", "0.0") else fraction(text)


def deliver(text: str, target: Path | None, args: argparse.Namespace, *kept: Path) -> None:
    """Print the answer, or write it to `target` and say so on stderr.

    `kept` is what the command has read or is to write: that, and the user's catalogue, is never written over.
    """
    text = printable(text)
    if is_written(target):
        _refuse_to_replace(target, args, kept)
        _write(text, target)
        say(f"wrote {target}")
    elif sys.stdout is None:
        raise InputError("standard output is closed; name a file with --output")
    else:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(f"standard output cannot be written: {error.strerror or error}") from None


def say(line: str) -> None:
    """One line on stderr, where there is one."""
    with suppress(OSError, AttributeError):  # nobody listens, or it was closed from the start
        sys.stderr.write(f"{printable(' '.join(line.split()))}\n")


def is_written(target: Path | None) -> TypeGuard[Path]:
    """Whether an answer goes to a file; "-" is stdout."""
    return target is not None and str(target) != "-"


def _refuse_to_replace(target: Path, args: argparse.Namespace, kept: Iterable[Path]) -> None:
    from planner.catalog.load import default_user_file

    for path in (*kept, getattr(args, "catalog", None) or default_user_file()):
        if path is not None and is_same(target, path):
            raise InputError(f"is also {path}, which this command uses; name another file to write to", path=target)


def _write(text: str, target: Path) -> None:
    from planner.toml.files import resolved, write_whole

    if is_folder(target):
        raise InputError("this is a folder; name a file in it", path=target)
    try:
        if exists(target) and not is_file(target):  # a device or a pipe must be written to, never replaced
            target.write_text(text, encoding="utf-8")
            return
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be written: {getattr(error, 'strerror', None) or error}", path=target) from None
    if not is_folder(target.parent):
        raise InputError(f"there is no folder {target.parent}", path=target)
    write_whole(resolved(target), text.encode())
