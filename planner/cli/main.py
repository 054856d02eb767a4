"""The command line: finds the command, runs it, turns what can go wrong into one line and an exit code.

Nothing heavy is imported here, nor in `grammar`: `planner --help` loads neither Textual nor pydantic nor numpy.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from planner import __version__
from planner.cli.grammar import COMMANDS
from planner.cli.options import VALUE_OPTIONS, Parser, common_options, say
from planner.toml.errors import InputError

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""As a program has that SIGPIPE ended."""
TRACEBACK = "PLANNER_TRACEBACK"
MODULES = {"demo": "app", "import": "imports"}
"""Of commands that are not called as their module is."""
ASKS = "_ARGCOMPLETE"
"""Variable that a shell sets when it asks what may come next."""
LONGEST_FAULT = 200
_EPILOG = """\
exit codes: 0 done, 1 the answer is no (size: it does not fit or start; track: it has changed), 2 bad input
`planner` alone opens the app; `planner COMMAND --help` explains a command"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _forgive_narrow_encodings()
    try:
        if ASKS in os.environ:
            _complete()
        words = _with_command(list(sys.argv[1:] if argv is None else argv))
        args = build_parser(_needed(words)).parse_args(words)
        module = MODULES.get(args.command, args.command)
        code: int = import_module(f"planner.cli.{module}").run(args)
    except SystemExit as leaving:  # --help, --version and wrong arguments
        code = leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        code = EXIT_BROKEN_PIPE
    except InputError as error:
        say(f"planner: {error}")
        code = EXIT_BAD_INPUT
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        fault = f"{type(error).__name__}: {str(error)[:LONGEST_FAULT]}"
        say(f"planner: {fault}: this is a fault of planner; {TRACEBACK}=1 shows where")
        code = EXIT_BAD_INPUT  # 1 would say that the answer is no
    return _ended(code)


def _complete() -> NoReturn:
    """Tell a shell what may come next, and end."""
    from planner.cli.completion import answer

    answer(build_parser())


def build_parser(commands: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line with these commands; the app starts sooner without the others."""
    parser = Parser(
        prog="planner",
        usage="planner [PLAN.toml]  |  planner COMMAND ...",
        description="Should we self-host an open model? An honest answer, with the numbers behind it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common_options()],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"planner {__version__}")
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", parser_class=Parser, prog="planner"
    )
    for name in commands:
        COMMANDS[name](subparsers)
    return parser


def _needed(argv: Sequence[str]) -> Iterable[str]:
    """The one command that is called; all of them where the help before it lists them."""
    place = _first_positional(argv)
    before = argv if place is None else argv[:place]
    return COMMANDS if place is None or {"-h", "--help"} & set(before) else (argv[place],)


def _with_command(argv: list[str]) -> list[str]:
    """`planner PLAN.toml` and plain `planner` mean the app."""
    place = _first_positional(argv)
    if (place is not None and argv[place] in COMMANDS) or {"-h", "--help", "--version"} & set(argv[:place]):
        return argv
    return [*argv, "app"] if place is None else [*argv[:place], "app", *argv[place:]]


def _first_positional(argv: Sequence[str]) -> int | None:
    place = 0
    while place < len(argv):
        if argv[place] == "--" or not argv[place].startswith("-"):
            return place
        place += 2 if argv[place] in VALUE_OPTIONS else 1
    return None


def _forgive_narrow_encodings() -> None:
    """A mark that the terminal's encoding lacks becomes "?" instead of ending the report."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            reconfigure(errors="replace")


def _ended(code: int) -> int:
    """The exit code, once all is written; the interpreter's own flush at the end would complain in several lines.

    `planner report ... | head` is no error; what a full disk did not take is.
    """
    with suppress(AttributeError):  # there is no stdout
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return code or EXIT_BAD_INPUT
    return code
