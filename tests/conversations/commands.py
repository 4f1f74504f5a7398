"""manage.py, as an operator runs it."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO

from django.core.management import call_command
from django.core.management.base import CommandError


@dataclass
class Ran:
    code: int
    out: str
    err: str


def manage(command: str, *arguments: str) -> Ran:
    out, err = StringIO(), StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=err)
    except CommandError as failed:
        return Ran(failed.returncode, out.getvalue(), err.getvalue() + str(failed))
    except SystemExit as left:
        return Ran(int(left.code or 0), out.getvalue(), err.getvalue())
    return Ran(0, out.getvalue(), err.getvalue())
