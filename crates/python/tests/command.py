"""What the command answers to the same questions."""

from __future__ import annotations

import subprocess
import sys


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with these arguments."""
    return subprocess.run(
        [sys.executable, "-m", "tilesim", *arguments], capture_output=True, text=True, check=False
    )


def json_of(*arguments: str) -> str:
    """The JSON that it prints."""
    answer = run(*arguments, "--format", "json")
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


