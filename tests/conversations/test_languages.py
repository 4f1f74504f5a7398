"""One conversation in several languages: each reader has their own, and what is kept has none."""

from __future__ import annotations

import html
from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest
from bs4 import BeautifulSoup
from django.utils.translation import gettext, override

from conversations import render
from conversations.labels import in_readers_words
from conversations.templatetags.drawn import thought
from tests.conversations import kept
from tests.site import Site, Visitor, events_in

MARKDOWN = """```
x
```

- [ ] one
- [x] two

| a | b |
|---|---|
| 1 | 2 |

Text[^1] and ![a cat](https://example.org/cat.png).

[^1]: The note."""
LABELS = {
    "en": ["Code", "Copy code", "Copy code", "Task", "Task", "Table", "Note 1"],
    "de": ["Code", "Code kopieren", "Code kopieren", "Aufgabe", "Aufgabe", "Tabelle", "Anmerkung 1"],
    "zh-hans": ["代码", "复制代码", "复制代码", "任务", "任务", "表格", "注释 1"],
}
IMAGE = {"en": "Image", "de": "Bild", "zh-hans": "图片"}
BACK = {"en": "Back to the text of note 1", "de": "Zurück zum Text von Anmerkung 1", "zh-hans": "返回注释 1 的正文"}
GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def german(reader: Visitor) -> Iterator[httpx2.Client]:
    """Another browser of the same reader."""
    http = httpx2.Client(base_url=reader.http.base_url, timeout=30, trust_env=False, headers=GERMAN)
    with http:
        http.cookies.set("sessionid", reader.http.cookies["sessionid"])
        yield http


def labels(body: str) -> list[str]:
    found = []
    for element in BeautifulSoup(body, "html.parser").find_all(True):
        if {"code-language", "image"} & {*element.get_attribute_list("class")}:
            found.append(element.get_text())
        found += [str(element[name]) for name in ("aria-label", "title") if element.has_attr(name)]
    return found


@pytest.mark.parametrize("language", LABELS)
def test_our_words_in_a_reply_are_the_readers(language: str) -> None:
    with override(language):
        shown = labels(in_readers_words(render.html(MARKDOWN, "m")))
    assert shown == [*LABELS[language], f"{IMAGE[language]}: a cat (example.org)", BACK[language]]


@pytest.mark.parametrize(
    "text",
    [
        '<button class="code-copy" type="button" aria-label="Copy code" title="Copy code">',
        '`<a class="image" href="x">Image`',
        '```html\n<div class="table-scroll" tabindex="0" role="group" aria-label="Table">\n```',
        '[a](https://example.org/ "<span class=\\"code-language\\">Code</span>")',
        'Say aria-label="Task" and Image and Code and Note 1.',
    ],
)
def test_what_a_model_says_stays_as_it_is(text: str) -> None:
    written = render.html(text, "m")
    with override("zh-hans"):
        translated = in_readers_words(written)
    ours = {"Code", "HTML", "代码", "Copy code", "复制代码"}
    soups = [BeautifulSoup(one, "html.parser") for one in (written, translated)]
    words = [[one for one in soup.get_text("\n").split("\n") if one not in ours] for soup in soups]
    assert words[0] == words[1]
    assert [a.attrs for a in soups[0].find_all("a")] == [a.attrs for a in soups[1].find_all("a")]


def test_each_who_watches_a_reply_hears_it_in_their_language(reader: Visitor, german: httpx2.Client) -> None:
    conversation, message = str(uuid4()), str(uuid4())
    text = "Watch [[slow 0.1]] [[say: ```\nx\n```\n\none two three four five]]"
    body = {"message": message, "parent": None, "text": text}
    with reader.stream(f"/c/{conversation}/messages/", body) as events:
        name, data = next(events)
        assert name == "started"
        url = f"/c/{conversation}/replies/{data['reply']}/"
        with german.stream("GET", url, headers={"Accept": "text/event-stream"}) as response:
            theirs = "".join(data.get("html", "") for _, data in events_in(response))
        ours = "".join(data.get("html", "") for _, data in events)
    assert 'aria-label="Copy code"' in ours
    assert "kopieren" not in ours
    assert 'aria-label="Code kopieren"' in theirs
    assert "Copy code" not in theirs
    page = german.get(f"/c/{conversation}/").text
    assert 'aria-label="Code kopieren" title="Code kopieren"' in page
    assert "Copy code" not in page


def test_a_failure_is_told_in_the_language_of_who_reads_it(site: Site, reader: Visitor, german: httpx2.Client) -> None:
    said = reader.say("Refuse [[fail 402]]")
    url = f"/c/{said.conversation}/"
    english = "The quota for this model is used up. Please try another model or come back later."
    with override("de"):
        sentence = gettext(english)
    assert sentence.startswith("Das Kontingent für dieses Modell ist aufgebraucht.")
    assert said["failed"]["message"] == english
    with german.stream("GET", f"{url}replies/{said.reply}/", headers={"Accept": "text/event-stream"}) as response:
        assert dict(events_in(response))["failed"] == {"code": "billing", "message": sentence, "retry_after": None}
    assert html.escape(sentence) in german.get(url).text
    assert html.escape(english) in reader.http.get(url).text
    assert kept.messages(site, said.conversation)[said.reply]["error"] == "billing"


def test_what_is_kept_and_exported_is_the_same_whoever_reads_it(
    site: Site, reader: Visitor, german: httpx2.Client
) -> None:
    german.get("/c/new/")
    headers = {"X-CSRFToken": german.cookies["csrftoken"], "Referer": str(german.base_url), **GERMAN}
    said = reader.say("Say something [[say: Something.]]")
    german.post(f"/c/{said.conversation}/messages/{said.reply}/rating/", json={"value": "good"}, headers=headers)
    for kind in ("md", "txt", "json"):
        url = f"/c/{said.conversation}/export/{kind}/"
        assert german.get(url).content == reader.http.get(url).content
    assert "You: Say something" in german.get(f"/c/{said.conversation}/export/txt/").text


def test_the_days_of_the_sidebar_are_named_and_stay_known(reader: Visitor, german: httpx2.Client) -> None:
    reader.say("Hello")
    group = BeautifulSoup(german.get("/c/").text, "html.parser").find("section")
    assert group
    assert (group["data-group"], group.h2 and group.h2.get_text()) == ("Today", "Heute")


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Thought for 1 second", "Thought for 12 seconds", "Thought for 2 minutes"]),
        ("de", ["1 Sekunde nachgedacht", "12 Sekunden nachgedacht", "2 Minuten nachgedacht"]),
        ("fr", ["A réfléchi pendant 1 seconde", "A réfléchi pendant 12 secondes", "A réfléchi pendant 2 minutes"]),
        ("zh-hans", ["思考了 1 秒", "思考了 12 秒", "思考了 2 分钟"]),
    ],
)
def test_counts_have_the_right_form(language: str, sentences: list[str]) -> None:
    with override(language):
        assert [thought(milliseconds) for milliseconds in (900, 12_000, 130_000)] == sentences
