"""Base models: the dialogue they are given, and where what they add to it is cut."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.dialogue import Clipper, prompt, stops

ENGLISH = ("Human", "Bot")
GERMAN = ("Mensch", "Modell")
CHINESE = ("人类", "机器人")
INVENTED = [
    (" Hello there!\nHuman: and you?", "Hello there!"),
    ("Hi\n\n\nHUMAN : x", "Hi"),
    ("Hi\nhuman:x", "Hi"),
    ("Hi\nhUmAn:", "Hi"),
    ("Hi\n**Human:** x", "Hi"),
    ("Hi\n**Human**: x", "Hi"),
    ("Hi\n__Human__ : x", "Hi"),
    ("Hi\n*Human:* x", "Hi"),
    ("Hi\n### Human: x", "Hi"),
    ("Hi\n## **Human:** x", "Hi"),
    ("Hi\n> Human: x", "Hi"),
    ("Hi\n>Human: x", "Hi"),
    ("Hi\n- Human: x", "Hi"),
    ("Hi\n[Human]: x", "Hi"),
    ("Hi\n<human>: x", "Hi"),
    ("Hi\n(Human): x", "Hi"),
    ('Hi\n"Human": x', "Hi"),
    ("Hi\n   Human: x", "Hi"),
    ("Hi\n\tHuman\t: x", "Hi"),
    ("Hi\nHuman： x", "Hi"),
    ("Hi\r\nHuman: x", "Hi"),
    ("Hi\rHuman: x", "Hi"),
    ("Hi\u2028Human: x", "Hi"),
    ("Hi\n\u200bHuman: x", "Hi"),
    ("Hi \t \n \n Human: x", "Hi"),
    ("Hi\nUser: x", "Hi"),
    ("Hi\n**USER**: x", "Hi"),
    ("Hi\nBot: and again\nHuman: x", "Hi"),
    ("Bot: Hi\nHuman: x", "Hi"),
    (" **Bot:** Hi\nHuman: x", "Hi"),
    ("Assistant: Hi\nHuman: x", "Hi"),
    ("İstanbul güzel\nhuman: x", "İstanbul güzel"),
    ("Human: x", ""),
    ("\n\nHuman: x", ""),
    ("Bot:\nHuman: x", ""),
    ("one\ntwo\n\nthree\nHuman: x\nBot: y\nHuman: z", "one\ntwo\n\nthree"),
    ("```\ncode\n```\nHuman: x", "```\ncode\n```"),
]
SAID = [
    "To err is human: yes",
    "Hi\nHumans are nice",
    "Humans: a history",
    "Hi\nuserland: no",
    "code:\n    human_name = 1",
    "- User: who signs in\n- Admin: who may do all",
    "* User: who signs in",
    "1. Human: the first word of a list",
    "superhuman: y\nsuperHuman: z",
    "Bottle\nBot",
    "B",
    "ends with\nHum",
    "ends with\n**Human",
    "ends with\nHuman",
    "*Hello*",
    "> quoted",
    "# Heading\n\n> Human nature",
    "- one\n- two",
    "The user: a study",
    "Ünïcödé 人类 🙂",
    "Time 12:30\nHumanity: 1",
]
OWN_NAMES = [
    (GERMAN, "Modell: Gut!\nMENSCH: Und du?", "Gut!", True),
    (GERMAN, "Gut!\n**Mensch:** Und du?", "Gut!", True),
    (GERMAN, "Gut!\nHuman: And you?", "Gut!", True),
    (GERMAN, "Menschen: viele\nModelleisenbahn: ja", "Menschen: viele\nModelleisenbahn: ja", False),
    (CHINESE, "机器人：你好！\n人类：再见", "你好！", True),
    (CHINESE, "你好！\n**人类**： 再见", "你好！", True),
    (CHINESE, "你好！人类：不", "你好！人类：不", False),
    (("Zoë", "C++ (v2)"), "C++ (v2): Ja.\nZOË: Nein?", "Ja.", True),
    (("ÉLÈVE", "Maître"), "Oui.\nélève : Non ?", "Oui.", True),
]
CASES = [(ENGLISH, text, kept, True) for text, kept in INVENTED]
CASES += [(ENGLISH, text, text, False) for text in SAID] + OWN_NAMES


def clipped(pieces: list[str], speakers: tuple[str, str] = ENGLISH, *, goes_on: bool = False) -> tuple[str, bool]:
    clipper = Clipper(speakers, goes_on=goes_on)
    return "".join([*map(clipper.feed, pieces), clipper.rest()]), clipper.stopped


def in_pieces(text: str, dice: random.Random) -> list[str]:
    cuts = sorted(dice.choices(range(len(text) + 1), k=dice.randint(0, len(text))))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@pytest.mark.parametrize(("speakers", "text", "kept", "stopped"), CASES)
def test_a_reply_ends_where_the_next_turn_is_invented(
    speakers: tuple[str, str], text: str, kept: str, stopped: bool
) -> None:
    dice = random.Random(text)
    assert clipped([text], speakers) == (kept, stopped)
    assert clipped(list(text), speakers) == (kept, stopped)
    for _ in range(100):
        pieces = in_pieces(text, dice)
        assert clipped(pieces, speakers) == (kept, stopped), pieces


PARTS = ["human", "Human:", "user", ":", "：", "\n", "\r\n", "**", "__", "#", ">", "-", "*", "bot:", "**Bot:**"]
PARTS += ["hu", "man", "é", "[", "]", "(", ")", "<", " ", "\t", "B", "人类", "机器人：", "Mensch", "🙂"]
talk = st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=14)


@given(talk, st.sampled_from([ENGLISH, GERMAN, CHINESE]), st.randoms(use_true_random=False), st.booleans())
def test_in_pieces_it_is_the_same(
    parts: list[str], speakers: tuple[str, str], dice: random.Random, goes_on: bool
) -> None:
    text = "".join(parts)
    whole = clipped([text], speakers, goes_on=goes_on)
    assert clipped(in_pieces(text, dice), speakers, goes_on=goes_on) == whole
    assert clipped(list(text), speakers, goes_on=goes_on) == whole


@given(talk, st.randoms(use_true_random=False))
def test_what_was_given_is_never_taken_back_and_nothing_is_made_up(parts: list[str], dice: random.Random) -> None:
    text = "".join(parts)
    assert clipped(in_pieces(text, dice))[0] in text


def test_plain_text_is_shown_as_it_comes() -> None:
    clipper = Clipper(ENGLISH)
    assert [clipper.feed(piece) for piece in (" Well", ", it", " depends", ".\n\nFirst", " of all")] == [
        "Well", ", it", " depends", ".\n\nFirst", " of all",
    ]  # fmt: skip


def test_nothing_comes_after_the_end() -> None:
    clipper = Clipper(ENGLISH)
    assert clipper.feed("Yes.\nHuman:") == "Yes."
    assert (clipper.feed(" Why?\nBot: Because."), clipper.rest()) == ("", "")


def test_a_turn_that_goes_on_keeps_its_first_space() -> None:
    assert clipped([" of Rome.\nHuman: x"], goes_on=True) == (" of Rome.", True)
    assert clipped(["\n\nNext"], goes_on=True) == ("\n\nNext", False)
    assert clipped(["human: no marker here"], goes_on=True) == ("human: no marker here", False)


def test_a_long_reply_is_clipped_in_no_time() -> None:
    hostile = [" " * 50_000, "\n" * 20_000, "human " * 5_000, "**" * 20_000, "Human" + " " * 20_000, "> " * 20_000]
    for text in hostile:
        assert clipped([text])[1] is False
        assert clipped([text[:100], *text[100:2_000]])[1] is False


MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": " Hi\n"},
    {"role": "assistant", "content": "Hello!"},
    {"role": "user", "content": "Who are you?"},
]


def test_the_model_is_given_a_dialogue_that_ends_where_it_is_to_speak() -> None:
    assert prompt(MESSAGES, preprompt="A talk.", speakers=ENGLISH) == (
        "A talk.\nBe brief.\n\nHuman: Hi\nBot: Hello!\nHuman: Who are you?\nBot:"
    )


def test_names_and_preamble_are_the_operator_s() -> None:
    assert prompt(MESSAGES[1:2], preprompt="", speakers=CHINESE) == "人类: Hi\n机器人:"
    assert stops(GERMAN) == ("\nMensch:", "\nModell:")


def test_a_reply_that_was_cut_off_is_left_open() -> None:
    cut = [*MESSAGES, {"role": "assistant", "content": "I am a "}]
    assert prompt(cut, preprompt="", speakers=ENGLISH).endswith("\nBot: I am a")
