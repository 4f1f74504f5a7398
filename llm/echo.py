"""What a model server says of a failure, without what it repeats of the conversation: for the operator's log."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+")

COMMON = frozenset(
    _WORD.findall("""
    a about above access account active after allowed already an and any api are argument at authentication
    authorized available bad balance be because been before below body both budget busy but by call can cannot
    capacity cause chat check completion completions configured connection contact content context could
    credentials credit credits current currently daily data day delete denied deployment disabled does done due
    during e each empty end endpoint enough error errors exceed exceeded exceeds exist exists expected expired
    extra failed false feature field fields finish for forbidden format found free from function gateway get got
    had has have hf his hour hourly however http https i id if image in inference input insufficient int integer
    internal into invalid is it items its json key keys large larger last length less limit limited limits list
    loaded loading log long longer many max maximum may message messages minimum minute minutes missing model
    models month monthly more most must name need new no none not null number object of on one only openai or
    other our out output over overloaded page parameter parameters parse pay payment per permission plan please
    post prompt properties property provider providers quota rate rates reached reason reduce refused reply
    request requested requests require required requires resource response retry role router s second seconds see
    sequence server service set should size slow small smaller some soon status stop stream streaming string
    support supported system t temperature than that the their there these this tier time timed timeout to token
    tokens too top total true try type unable unauthorized unavailable unexpected unknown unsupported until
    upgrade upstream url usage use used user using valid value values version via wait was we were when which
    while with within without wrong you your
    """)
)
"""Words that failures are told in. Of these it is no secret that somebody has typed them too."""

_STATUS = re.compile(r"\d{3}: ")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def without_echo(detail: str, said: Iterable[str]) -> str:
    """Each word that stands in the conversation too becomes `…`, but for those every failure is told in."""
    everything = "\n".join(said).casefold()
    status = _STATUS.match(detail)
    begin = status.end() if status else 0
    # Some repeat what they were sent as they were sent it, in JSON.
    answer = _ESCAPED.sub(_letter, detail[begin:])

    def seen(found: re.Match[str]) -> str:
        word = found[0].casefold()
        return "…" if word not in COMMON and word in everything else found[0]

    return detail[:begin] + re.sub(r"…(?:\W+…)+", "…", _WORD.sub(seen, answer))


def _letter(escaped: re.Match[str]) -> str:
    """A space for what would look like another line of the log."""
    letter = chr(int(escaped[1], 16))
    return letter if letter.isprintable() else " "
