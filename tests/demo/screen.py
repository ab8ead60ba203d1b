"""What a terminal shows after all that was written to it."""

import re

_SEQUENCE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|(.)", re.DOTALL)


def screen(written: str) -> list[str]:
    """Give the lines, without colours; understands what a bar needs, and no more."""
    lines, column = [""], 0
    for _, order, letter in _SEQUENCE.findall(written):
        if order == "K":
            lines[-1] = lines[-1][:column]
        elif letter == "\r":
            column = 0
        elif letter == "\n":
            lines.append("")
            column = 0
        elif letter:
            lines[-1] = lines[-1][:column] + letter + lines[-1][column + 1 :]
            column += 1
    return lines
