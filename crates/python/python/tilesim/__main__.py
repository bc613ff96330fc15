"""The command `tilesim`."""

import signal
import sys

from ._tilesim import command


def main() -> int:
    """Runs the command with the arguments of this process, and gives its exit code."""
    # The command ends at Ctrl-C and at a closed pipe as any other does, instead of waiting for Python.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command(["tilesim", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
