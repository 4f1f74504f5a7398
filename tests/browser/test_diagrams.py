"""Mermaid in a reply is drawn in a frame that can do nothing else; whatever it says, nobody hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.model_answers import Answer
from tests.model_server import ModelServer

FLOW = "flowchart LR\n  accTitle: The way of a question\n  A[Question] --> B{Known?}\n  B -- yes --> C[Answer]"
DRAWN = "svg[aria-roledescription]"
HOSTILE = """
flowchart LR
  A["<img src={x}/a.png onerror=top.hacked=1>"] --> B["<script>top.hacked=1</script>"]
====
flowchart LR
  A[Click] --> B
  click A href "{x}/b" "tip" _blank
  click B href "javascript:top.hacked=1"
====
flowchart LR
  A[Call] --> B
  click A call hacked()
  click B hacked "tip"
====
%%{init: {"securityLevel": "loose", "themeCSS": "@import url({x}/c.css); * { background: url({x}/d.png) }"}}%%
flowchart LR
  A --> B
====
%%{init: {"fontFamily": "x; } @font-face { font-family: y; src: url({x}/e.woff) } * { font-family: y", "secure": []}}%%
flowchart LR
  A --> B
  style A fill:url({x}/f.svg),background-image:url({x}/g.png)
====
---
config:
  securityLevel: loose
  htmlLabels: true
---
flowchart LR
  A["<iframe src={x}/h></iframe><a href={x}/i ping={x}/j>go</a><link rel=stylesheet href={x}/k>"] --> B
====
flowchart LR
  A@{ img: "{x}/l.png", label: "Picture", w: 60, h: 60 } --> B
====
sequenceDiagram
  participant A
  link A: Go @ {x}/m
  links A: {"Run": "javascript:top.hacked=1"}
  A->>A: <img src={x}/n>
====
classDiagram
  class A["<svg onload=top.hacked=1>"]
  link A "{x}/o" "tip"
  callback A "hacked"
====
mindmap
  root((<style>@import url({x}/p);</style>))
    ::icon(fa fa-book)
    B["`<img src={x}/q>`"]
====
flowchart LR
  A["$$\\href{javascript:top.hacked=1}{x} \\includegraphics{{x}/r.png}$$"] --> B
""".strip().split("\n====\n")


def fenced(source: str) -> str:
    return f"See:\n\n```mermaid\n{source}\n```\n\nThat is it."


@pytest.fixture
def told(chat: Chat, person: Person, model_server: ModelServer) -> Chat:
    """A conversation with a reply that draws something."""
    model_server.script.append(Answer(text=fenced(FLOW)))
    return chat.open(person.say("Draw [[title: A Drawing]]").conversation)


def drawing(chat: Chat, number: int = 0) -> Locator:
    return chat.page.frame_locator("iframe[title=Diagram]").nth(number).locator(DRAWN)


def test_a_diagram_is_drawn_and_its_code_is_at_hand(told: Chat) -> None:
    expect(drawing(told)).to_contain_text("Question")
    for label in ("Known?", "yes", "Answer"):
        expect(drawing(told)).to_contain_text(label)
    expect(drawing(told).locator("title")).to_have_text("The way of a question")
    expect(told.page.locator(".code pre")).to_be_hidden()
    told.page.get_by_role("button", name="Show code").press("Enter")
    expect(told.page.locator(".code pre")).to_contain_text("flowchart LR")
    expect(told.page.get_by_title("Diagram")).to_be_hidden()
    told.context.grant_permissions(["clipboard-read", "clipboard-write"])
    told.page.get_by_role("button", name="Copy code").click()
    expect(told.page.get_by_role("status").filter(has_text="Copied.")).to_be_attached()
    assert told.page.evaluate("navigator.clipboard.readText()").strip() == FLOW
    told.page.get_by_role("button", name="Show diagram").click()
    expect(drawing(told)).to_be_visible()
    box = told.page.get_by_title("Diagram").bounding_box()
    assert box
    assert 40 < box["height"] < 400


def test_it_is_drawn_as_soon_as_its_block_is_complete_and_only_once(chat: Chat, model_server: ModelServer) -> None:
    model_server.script.append(Answer(text=f"{fenced(FLOW)}\n\n{'And on it goes. ' * 30}", delay=0.05))
    chat.say("Draw while you talk")
    expect(drawing(chat)).to_contain_text("Answer")
    frame = chat.page.get_by_title("Diagram").element_handle()
    chat.answered()
    expect(chat.page.get_by_title("Diagram")).to_have_count(1)
    assert frame.evaluate("frame => frame.isConnected")
    chat.reload()
    expect(drawing(chat)).to_contain_text("Answer")
    expect(chat.page.get_by_title("Diagram")).to_have_count(1)


def test_what_cannot_be_drawn_stays_code_and_says_so(chat: Chat, person: Person, model_server: ModelServer) -> None:
    for source in (
        "flowchart LR\n  A[[[ --> nope",
        "nothing\n  of that kind",
        f"flowchart LR\n%% {'x' * 50_000}\nA --> B",
    ):
        model_server.script.append(Answer(text=fenced(source)))
        chat.open(person.say("Draw").conversation)
        expect(chat.page.get_by_text("This diagram could not be drawn.")).to_be_visible()
        expect(chat.page.locator(".code pre")).to_be_visible()
        expect(chat.page.get_by_role("button", name="Show code")).to_have_count(0)


def test_it_has_the_theme_of_the_page(told: Chat, person: Person) -> None:
    node = drawing(told).locator(".node rect").first
    expect(node).to_have_css("fill", "rgb(228, 239, 233)")
    told.page.emulate_media(color_scheme="dark")
    expect(node).to_have_css("fill", "rgb(33, 55, 48)")
    told.page.get_by_text(person.username, exact=True).click()
    told.page.get_by_role("radiogroup", name="Theme").get_by_role("radio", name="Light").check()
    expect(node).to_have_css("fill", "rgb(228, 239, 233)")


def test_what_was_drawn_in_the_dark_is_light_on_paper(told: Chat) -> None:
    node = drawing(told).locator(".node rect").first
    frame = told.page.get_by_title("Diagram")
    told.page.emulate_media(color_scheme="dark")
    expect(node).to_have_css("fill", "rgb(33, 55, 48)")
    expect(frame).to_have_css("filter", "none")
    told.page.emulate_media(media="print", color_scheme="dark")
    expect(frame).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    told.page.emulate_media(media="print", color_scheme="light")
    expect(node).to_have_css("fill", "rgb(228, 239, 233)")
    expect(frame).to_have_css("filter", "none")


def test_many_diagrams_live_only_near_to_what_is_read(chat: Chat, person: Person, model_server: ModelServer) -> None:
    text = "\n\n".join(fenced(f"flowchart TD\n  A[Number {n}] --> B --> C --> D") for n in range(30))
    model_server.script.append(Answer(text=text))
    chat.open(person.say("Draw a lot").conversation)
    expect(chat.page.get_by_title("Diagram").last).to_be_attached()
    assert chat.page.get_by_title("Diagram").count() < 15
    chat.page.locator(".code").first.scroll_into_view_if_needed()
    expect(drawing(chat)).to_contain_text("Number 0")


def test_a_page_without_diagrams_loads_nothing_of_them(chat: Chat) -> None:
    asked: list[str] = []
    chat.context.on("request", lambda request: asked.append(request.url))
    chat.ask("Code [[say: no drawing here, only `flowchart LR`]]")
    chat.reload()
    chat.page.wait_for_load_state("networkidle")
    assert asked
    assert not [url for url in asked if "mermaid" in url or "diagram" in url or "drawing" in url]


class Listener(BaseHTTPRequestHandler):
    heard: list[str]

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(204)
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """pytest shows enough."""


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """The address of somebody who would like to hear of it, and what they heard."""
    heard: list[str] = []
    handler = type("Heard", (Listener,), {"heard": heard})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_diagrams_reach_nobody(
    visit: Visit, person: Person, model_server: ModelServer, guard: Guard, source: str
) -> None:
    # The browser says what it refused.
    guard.expect("Content Security Policy", "a request for http://127.0.0.1", "sandboxed", "net::ERR_")
    with listening() as (address, heard):
        model_server.script.append(Answer(text=fenced(source.replace("{x}", address))))
        chat = visit(person).open(person.say("Draw").conversation)
        switch = chat.page.get_by_role("button", name="Show code")
        expect(switch.or_(chat.page.get_by_text("This diagram could not be drawn."))).to_be_visible()
        if switch.is_visible():
            for node in drawing(chat).locator(".node, .actor, a").all():
                node.dispatch_event("click")
            chat.page.get_by_title("Diagram").click()
            assert drawing(chat).locator("script, iframe, a, [onclick], [onerror], [onload]").count() == 0
        expect(chat.message).to_be_editable()
        assert len(chat.context.pages) == 1
        assert chat.page.evaluate("typeof hacked") == "undefined"
        assert heard == []


def test_the_frame_has_no_origin(told: Chat) -> None:
    expect(drawing(told)).to_be_visible()
    frame = told.page.frames[-1]
    assert frame.evaluate("self.origin") == "null"
    assert (
        frame.evaluate("() => { try { return document.cookie } catch (error) { return error.name } }")
        == "SecurityError"
    )
    assert (
        frame.evaluate("() => { try { return top.document.title } catch (error) { return error.name } }")
        == "SecurityError"
    )
