"""The one form in which benchmarks say what they have measured: beside what is wanted, and what a rival needs.

The rival is Open WebUI 0.12.4, measured once on a machine of two processors such as this one may not be: the ratio
tells more than the numbers.
"""

from __future__ import annotations

ROW = "{:<56} {:>22} {:>20} {:>16}"


def begins(what: str) -> None:
    print(f"\n{what}", flush=True)
    told("", "Chatsite", "wanted", "Open WebUI")


def told(name: str, figure: str, wanted: str = "", rival: str = "") -> None:
    print(ROW.format(name, figure, wanted, rival).rstrip(), flush=True)
