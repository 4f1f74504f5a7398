"""What a screen reader hears of a reply: whole sentences, each once, in their time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.browser.chat import Chat, expect
from tests.browser.people import Person
from tests.conversations.asked import let_go_on
from tests.conversations.kept import wait_for
from tests.model_server import ModelServer

HEAR = """() => {
    const region = document.querySelector("[data-part=status]");
    globalThis.heard = [];
    new MutationObserver(() => heard.push([region.textContent, performance.now()])).observe(
        region, {childList: true, subtree: true, characterData: true});
}"""
SAID = """# The plan

First, take **500 g** of flour. Then add water, e.g. from the tap! Is it 3.5 dl? Yes.

```python
print("never read aloud.")
```

- one item
- another item

| what | how much |
|---|---|
| flour | 500 g |

天气很好。明天也是。

The [last one](https://example.org/a.b.c) of all."""
SENTENCES = [
    "The plan",
    "First, take 500 g of flour.",
    "Then add water, e.g. from the tap!",
    "Is it 3.5 dl?",
    "Yes.",
    "Code block.",
    "one item",
    "another item",
    "what, how much",
    "flour, 500 g",
    "天气很好。",
    "明天也是。",
    "The last one of all.",
]


@pytest.fixture
def listener(chat: Chat) -> Chat:
    chat.page.evaluate(HEAR)
    return chat


def heard(chat: Chat) -> list[tuple[str, float]]:
    return [(text, at) for text, at in chat.page.evaluate("heard")]


def hears(chat: Chat, words: str) -> None:
    """Now or before: what is said is soon followed by something else."""
    wait_for(lambda: any(words in text for text, _ in heard(chat)))


def ends_with(chat: Chat, sentence: str) -> None:
    expect(chat.page.locator("[data-part=status]")).to_have_text(sentence)


def test_a_reply_is_announced_by_whole_sentences_each_once(listener: Chat, model_server: ModelServer) -> None:
    text = f"Slowly [[slow 0.08]] [[hold 29]] [[say: {SAID}]]"
    listener.say(text)
    # What comes after the code is still to be said.
    hears(listener, "Code block.")
    let_go_on(model_server, text)
    ends_with(listener, "The reply is done.")
    (begin, _), *reading, (end, _) = heard(listener)
    assert (begin, end) == ("test-model is replying.", "The reply is done.")
    assert " ".join(text for text, _ in reading) == " ".join(SENTENCES)
    assert len(reading) >= 2
    left = list(SENTENCES)
    for text, _ in reading:
        rest = text
        while rest:
            sentence = left.pop(0)
            assert rest.startswith(sentence), (text, sentence)
            rest = rest.removeprefix(sentence).lstrip()
    assert min(later - earlier for (_, earlier), (_, later) in pairwise(heard(listener))) > 1900


def test_what_has_been_read_is_not_read_again_when_a_reply_goes_on(listener: Chat) -> None:
    listener.say("Go [[slow 0.05]] [[die 9]] [[say: One is done. Two is]] [[then: not. Three is done.]]")
    expect(listener.replies.last).to_have_attribute("data-finish", "failed")
    hears(listener, "One is done.")
    listener.replies.last.get_by_role("button", name="Continue").click()
    listener.answered()
    ends_with(listener, "The reply is done.")
    assert sum(text.count("One is done.") for text, _ in heard(listener)) == 1


def test_what_was_there_when_the_page_was_opened_is_not_read(chat: Chat, model_server: ModelServer) -> None:
    text = "Slowly [[hold 3]] [[say: Alpha beta. Gamma delta. Epsilon zeta. Eta theta. Iota kappa.]]"
    chat.say(text)
    expect(chat.replies.last).to_contain_text("Gamma")
    chat.page.add_init_script(f"addEventListener('DOMContentLoaded', {HEAR})")
    chat.reload()
    expect(chat.stop).to_be_visible()
    let_go_on(model_server, text)
    ends_with(chat, "The reply is done.")
    words = " ".join(text for text, _ in heard(chat))
    assert "Alpha" not in words
    assert "Iota kappa." in words


def test_who_wants_only_to_know_the_end_hears_only_that(person: Person, chat: Chat) -> None:
    assert person.post("/settings/", {"announcements": "done"}).status_code == 204
    chat.reload()
    chat.page.evaluate(HEAR)
    chat.ask("Slowly [[slow 0.05]] [[say: One sentence. Another sentence. And a third.]]")
    ends_with(chat, "The reply is done.")
    assert [text for text, _ in heard(chat)] == ["test-model is replying.", "The reply is done."]
