"""Runs every ```bash block of a README in order, in one directory; the app itself is started in a pseudo-terminal."""

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time

PAINT_SECONDS = 60
QUIT_KEY = b"\x11"  # ctrl+q
APP = re.compile(r"^(\.venv/bin/)?planner( demo| [\w/.-]+\.toml)?$")


def blocks(text: str) -> list[str]:
    """The shell blocks of a Markdown text."""
    return re.findall(r"^```bash\n(.*?)^```", text, flags=re.M | re.S)


def starts_app(line: str) -> bool:
    """True for a command that opens the app rather than printing."""
    return APP.match(line.split("#")[0].strip()) is not None


def run_app(line: str) -> None:
    """Start the app, wait until it paints, quit with its own key, expect exit status 0."""
    command = shlex.split(line.split("#")[0])
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="40")
        os.execvp(command[0], command)
    seen, status, deadline, asked = b"", None, time.monotonic() + PAINT_SECONDS, 0.0
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                break
        if b"Plans" in seen and time.monotonic() > asked + 3:
            os.write(terminal, QUIT_KEY)
            asked = time.monotonic()
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        sys.exit(f"{line}: did not paint and quit within {PAINT_SECONDS} s")
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{line}: exit status {os.waitstatus_to_exitcode(status)}")


def run_block(block: str) -> None:
    """Lines that open the app run alone; the lines between them run together in one shell."""
    shell: list[str] = []
    for line in [*block.splitlines(), None]:
        if line is None or starts_app(line):
            if shell:
                subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join(shell)], check=True)
            shell = []
            if line is not None:
                run_app(line)
        else:
            shell.append(line)


def main() -> None:
    """Run all blocks of the file named on the command line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        found = blocks(file.read())
    if not found:
        sys.exit("no command blocks found")
    for block in found:
        print(f"-- README:\n{block}", flush=True)
        run_block(block)


if __name__ == "__main__":
    main()
