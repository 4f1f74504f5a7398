from __future__ import annotations

import time

import pytest

from llm.title import TITLE_PROMPT, clean, fallback

USABLE = [
    ("Weekend in Rome", "Weekend in Rome"),
    ("  Weekend in Rome.\n", "Weekend in Rome"),
    ("Weekend\tin\u00a0Rome\r\n", "Weekend in Rome"),
    # Quotes
    ('"Weekend in Rome"', "Weekend in Rome"),
    ('"Weekend in Rome."', "Weekend in Rome"),
    ("'Weekend in Rome'", "Weekend in Rome"),
    ("“Weekend in Rome”", "Weekend in Rome"),
    ("„Wochenende in Rom“", "Wochenende in Rom"),
    ("« Un week-end à Rome »", "Un week-end à Rome"),
    ("「ローマの週末」", "ローマの週末"),
    ("『ローマの週末』", "ローマの週末"),
    ("《罗马周末》", "罗马周末"),
    ("【罗马周末】", "罗马周末"),
    ("`Weekend in Rome`", "Weekend in Rome"),
    ('"Weekend in Rome', "Weekend in Rome"),
    ("\"**'Weekend in Rome'**\"", "Weekend in Rome"),
    ('"Rome" and "Paris"', '"Rome" and "Paris"'),
    ("Rome's Best Cafés", "Rome's Best Cafés"),
    # Labels
    ("Title: Weekend in Rome", "Weekend in Rome"),
    ("**Title:** Weekend in Rome", "Weekend in Rome"),
    ("**Title**: *Weekend in Rome*", "Weekend in Rome"),
    ("# Title: “Weekend in Rome”", "Weekend in Rome"),
    ("Conversation Title: Weekend in Rome", "Weekend in Rome"),
    ("5-word title: Weekend in Rome", "Weekend in Rome"),
    ("Descriptive Title - Weekend in Rome", "Weekend in Rome"),
    ("Titel: Wochenende in Rom", "Wochenende in Rom"),
    ("Titre : Un week-end à Rome", "Un week-end à Rome"),
    ("Título: Fin de semana en Roma", "Fin de semana en Roma"),
    ("Заголовок: Выходные в Риме", "Выходные в Риме"),
    ("标题：罗马周末旅行", "罗马周末旅行"),
    ("タイトル：ローマの週末", "ローマの週末"),
    ("제목: 로마에서의 주말", "로마에서의 주말"),
    ("العنوان: عطلة في روما".replace("العنوان", "عنوان"), "عطلة في روما"),
    ("Title: Title: Weekend in Rome", "Weekend in Rome"),
    # Preambles
    ("Here is a 5-word title:\n\nWeekend in Rome", "Weekend in Rome"),
    ("Sure! Here's a descriptive title:\n\n**Weekend in Rome**", "Weekend in Rome"),
    ("Sure, here's a title: Weekend in Rome", "Weekend in Rome"),
    ("Certainly!\nWeekend in Rome", "Weekend in Rome"),
    ("The title is: Weekend in Rome", "Weekend in Rome"),
    ('A good title for this conversation would be "Weekend in Rome".', "Weekend in Rome"),
    ("I would call this conversation **Weekend in Rome**.", "Weekend in Rome"),
    ("Weekend in Rome\n\nThis title captures the essence of the chat.", "Weekend in Rome"),
    ("1. Weekend in Rome\n2. Roman Holiday\n3. Rome in Two Days", "Weekend in Rome"),
    ("- Weekend in Rome", "Weekend in Rome"),
    # Markdown, HTML, JSON
    ("# Weekend in Rome", "Weekend in Rome"),
    ("> **Weekend** in *Rome*", "Weekend in Rome"),
    ("---\nWeekend in Rome\n---", "Weekend in Rome"),
    ("```\nWeekend in Rome\n```", "Weekend in Rome"),
    ("```text\nWeekend in Rome\n```", "Weekend in Rome"),
    ("[Weekend in Rome](https://example.org)", "Weekend in Rome"),
    ("<title>Weekend in Rome</title>", "Weekend in Rome"),
    ("<b>Weekend</b> &amp; Rome", "Weekend & Rome"),
    ('{"title": "Weekend in Rome"}', "Weekend in Rome"),
    ('```json\n{"title": "Weekend in Rome"}\n```', "Weekend in Rome"),
    ('Here you go: {"conversation_title": "Weekend in Rome", "language": "en"}', "Weekend in Rome"),
    ('{"title": "Weekend in Ro', "Weekend in Ro"),
    ('["Weekend in Rome", "Roman Holiday"]', "Weekend in Rome"),
    ('{"title": "Rome \\ud83d\\u0000"}', "Rome"),
    # Emoji and what cannot be seen
    ("🇮🇹 Weekend in Rome 🍕", "Weekend in Rome"),
    ("👨‍👩‍👧‍👦 Family Trip ❤️", "Family Trip"),
    ("1️⃣ Weekend in Rome ✈️", "Weekend in Rome"),
    ("👍🏽 Weekend in Rome ⏰⭐", "Weekend in Rome"),
    ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f England Trip", "England Trip"),
    ("Weekend\u200b in\u2060 Rome\ufeff", "Weekend in Rome"),
    ("\u202eWeekend in Rome\u202c\u2066!\u2069", "Weekend in Rome"),
    ("Weekend\x00 in \x1b[31mRome", "Weekend in [31mRome"),
    ("Z" + "\u0301" * 500 + "algo Text", "Ź" + "\u0301" * 3 + "algo Text"),
    # Thinking
    ("<think>The user wants…</think>\n\nWeekend in Rome", "Weekend in Rome"),
    ("The user wants a title.\n</think>\n\nWeekend in Rome", "Weekend in Rome"),
    ("<think>a</think><thinking>b</thinking>Weekend in Rome", "Weekend in Rome"),
    ("Weekend in Rome<think>was that good?", "Weekend in Rome"),
    ("Weekend in Rome\n<think>good</think>", "Weekend in Rome"),
    ("[THINK]hmm[/THINK]Weekend in Rome", "Weekend in Rome"),
    (
        "<|channel|>analysis<|message|>Hmm<|end|><|start|>assistant<|channel|>final<|message|>Weekend in Rome",
        "Weekend in Rome",
    ),
    ("Weekend in Rome<|im_end|>\n<|im_start|>user\nHi", "Weekend in Rome"),
    ("<|im_start|>assistant\nWeekend in Rome</s>", "Weekend in Rome"),
    ("[/INST] Weekend in Rome <end_of_turn>", "Weekend in Rome"),
    # What must survive
    ("C++ and C# vs snake_case", "C++ and C# vs snake_case"),
    ("C++ vector<int> Basics", "C++ vector<int> Basics"),
    (".NET Basics", ".NET Basics"),
    ("What Is Love?", "What Is Love?"),
    ("History of the U.S.", "History of the U.S."),
    ("Symphony in C♯ Minor", "Symphony in C♯ Minor"),
    ("2 * 3 * 4 Explained", "2 * 3 * 4 Explained"),
    ("می‌خواهم به رم بروم", "می‌خواهم به رم بروم"),
    ("עֶרֶב טוב", "עֶרֶב טוב"),
    ("Emojis", "Emojis"),
    ("Unable to Install Python Packages", "Unable to Install Python Packages"),
    ("Let's Encrypt Certificate Renewal", "Let's Encrypt Certificate Renewal"),
    ("Rome: A Weekend Guide", "Rome: A Weekend Guide"),
    ("1984 by George Orwell", "1984 by George Orwell"),
    # Too long, but a title
    ("One two three four five six seven eight nine ten", "One two three four five six seven eight…"),
    ("罗马周末旅行计划" * 5, "罗马周末旅行计划" * 3 + "罗马周末旅行…"),
]

UNUSABLE = [
    "",
    " \n\t ",
    "...",
    "🎉🎉🎉",
    "42",
    "---\n***",
    "```\n```",
    "<think>Let me think about what the user wants",
    "<think>done</think>",
    "<think></think>\n\n",
    "<think>" * 8000,
    "</think>" * 6000,
    "{" * 50_000,
    "[" * 50_000,
    '{"title": ""}',
    '{"title": null}',
    "I'm sorry, but I can't help with that.",
    "I’m sorry, I cannot provide a title.",
    "I cannot create a title for this conversation.",
    "As an AI language model, I don't have opinions.",
    "Please provide the conversation you would like me to name.",
    "Could you please provide more context?",
    "Es tut mir leid, das kann ich nicht.",
    "很抱歉，我无法提供帮助。",
    "New Chat",
    "Untitled Conversation",
    "Title",
    "[Title]",
    "**Title:**",
    "None",
    "N/A",
    "Descriptive 5-word title",
    TITLE_PROMPT,
    f"{TITLE_PROMPT}.",
    "Hello! How can I help you today?",
    "Okay, let me think about this",
    "The user is asking for a title",
    "We need to produce a title",
    "Rome has many sights. You should see the Colosseum, the Forum and the Vatican, and eat well.",
    "Paris is the capital of France. It has two million people.",
    "To get to Rome you can take a train from Milan which takes about three hours in all",
    "去罗马旅行，您可以先参观斗兽场。然后去梵蒂冈，最后在特拉斯提弗列吃晚饭。" * 3,
    "```python\ndef rome():\n    return 1\n```",
    "a" * 50_000,
    "\u202e\u200b\u2066",
    "\ud83d\ud83d",
]


@pytest.mark.parametrize(("raw", "title"), USABLE)
def test_the_title_is_found_in_what_the_model_said(raw: str, title: str) -> None:
    assert clean(raw) == title


@pytest.mark.parametrize("raw", UNUSABLE, ids=range(len(UNUSABLE)))
def test_what_is_no_title_is_not_taken_for_one(raw: str) -> None:
    assert clean(raw) is None


@pytest.mark.parametrize(
    "filler", ["<think>", "**", "“", "# ", "Title: ", "```\n", "\n", "<|x|>", "[a](", '{"title":', "\u200d", "Here: "]
)
def test_fifty_thousand_characters_are_cleaned_at_once(filler: str) -> None:
    start = time.process_time()
    clean(filler * (50_000 // len(filler)))
    fallback(filler * (50_000 // len(filler)))
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How do I cook rice?", "How do I cook rice?"),
        ("How do I cook rice for twelve people without burning it?", "How do I cook rice for twelve people…"),
        ("👋 **Hello** there!\n\nSecond line", "Hello there"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("🎉", "New chat"),
        ("", "New chat"),
        (
            "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnungsentwurf",
            "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenve…",
        ),
        (
            "请告诉我罗马有哪些值得一看的地方以及最好的餐馆和交通方式",
            "请告诉我罗马有哪些值得一看的地方以及最好的餐馆和交通方式",
        ),
        ("I'm sorry", "I'm sorry"),
        ("a\0b \ud83d c", "ab c"),
    ],
)
def test_the_fallback_is_the_beginning_of_the_question(question: str, title: str) -> None:
    assert fallback(question) == title
