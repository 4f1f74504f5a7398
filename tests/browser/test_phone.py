"""On a phone: the sidebar is a drawer, everything fits, and everything can be hit with a thumb."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Locator, expect
from tests.browser.people import Person
from tests.model_answers import Answer
from tests.model_server import ModelServer

TITLE = "Baking Bread on Short Notice"
WIDE = f"""| {" | ".join(f"a rather wide column {n}" for n in range(12))} |
|{"---|" * 12}
| {" | ".join(["some words in a cell"] * 12)} |

```python
value = "{"a long line of code " * 12}"
```

{"m" * 500}

https://example.org/{"path/" * 60}

- [ ] {"unbreakable" * 20}

> {"q" * 200}

$${"x + " * 100} y$$
"""

# What one can hit; a radio or a switch within its label is as large as that, links in a text are exempt.
SMALL = """() => {
    const found = [];
    for (const item of document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex='0']")) {
        const target = item.closest("label") ?? item;
        const {width, height, right, bottom, left, top} = target.getBoundingClientRect();
        const shown = item.checkVisibility({visibilityProperty: true}) && !item.closest("[inert]");
        const here = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
        if (shown && here && width > 1 && !item.closest(".prose, p") && Math.min(width, height) < 43.9) {
            found.push(`${target.outerHTML.slice(0, 120)} ${width} x ${height}`);
        }
    }
    return found;
}"""


@pytest.fixture
def drawer(phone: Chat) -> Locator:
    return phone.page.get_by_role("complementary", name="Sidebar")


@pytest.fixture
def opener(phone: Chat) -> Locator:
    return phone.page.get_by_role("button", name="Open conversations")


def test_the_sidebar_is_a_drawer(phone: Chat, drawer: Locator, opener: Locator) -> None:
    close = phone.page.get_by_role("button", name="Close conversations")
    expect(drawer).to_be_hidden()
    for how in ("button", "Escape", "beside"):
        opener.tap()
        expect(phone.navigation).to_be_in_viewport()
        expect(close).to_be_focused()
        expect(opener).to_have_attribute("aria-expanded", "true")
        if how == "button":
            close.tap()
        elif how == "Escape":
            phone.page.keyboard.press("Escape")
        else:
            phone.page.touchscreen.tap(375, 400)
        expect(drawer).to_be_hidden()
        expect(opener).to_be_focused()
        expect(opener).to_have_attribute("aria-expanded", "false")


def test_the_drawer_keeps_the_focus(phone: Chat, drawer: Locator, opener: Locator) -> None:
    opener.tap()
    expect(drawer).to_be_visible()
    for _ in range(12):
        phone.page.keyboard.press("Tab")
        assert phone.page.evaluate("!document.activeElement.closest('main, header.navbar')")
    phone.page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_a_conversation_is_chosen_in_the_drawer(phone: Chat, person: Person, drawer: Locator, opener: Locator) -> None:
    conversation = person.say(f"Hello [[title: {TITLE}]]").conversation
    phone.reload()
    opener.tap()
    phone.row(TITLE).tap()
    expect(phone.page).to_have_url(f"{phone.url}/c/{conversation}/")
    expect(drawer).to_be_hidden()
    expect(phone.questions).to_have_count(1)
    phone.page.get_by_role("link", name="New chat").tap()
    expect(phone.page).to_have_url(f"{phone.url}/c/new/")


def test_escape_closes_the_menu_first(phone: Chat, person: Person, drawer: Locator, opener: Locator) -> None:
    person.say(f"Hello [[title: {TITLE}]]")
    phone.reload()
    opener.tap()
    phone.navigation.get_by_role("button", name=f"Conversation options: {TITLE}").tap()
    expect(phone.menu).to_be_visible()
    phone.page.keyboard.press("Escape")
    expect(phone.menu).to_be_hidden()
    expect(drawer).to_be_visible()


def test_nothing_makes_the_page_wider_than_the_screen(phone: Chat, person: Person, model_server: ModelServer) -> None:
    model_server.script.append(Answer(text=WIDE, delay=0.001))
    conversation = person.say("w" * 500).conversation
    person.post(f"/c/{conversation}/rename/", {"title": "t" * 200})
    for page in ("new", conversation):
        phone.open(page)
        assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
        assert phone.page.evaluate("(scrollTo(200, 0), scrollX)") == 0
    assert phone.page.get_by_role("group", name="Conversation", exact=True).evaluate("it => it.scrollWidth") <= 390
    for article in (phone.questions, phone.replies):
        box = article.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    expect(phone.send).to_be_in_viewport(ratio=1)


def test_titles_are_whole_on_a_page_of_their_own(phone: Chat, person: Person) -> None:
    title = "What Was Said About Bread That Rises on Short Notice"
    conversation = person.say("Hello").conversation
    person.post(f"/c/{conversation}/rename/", {"title": title})
    person.post(f"/c/{conversation}/tags/", {"tags": "unbreakable" * 3})
    person.post(f"/c/{conversation}/archive/", {"on": "true"})
    phone.page.goto(f"{phone.url}/c/?tag={'unbreakable' * 3}")
    for whole in (phone.page.get_by_role("link", name=title), phone.heading.locator(".tag")):
        assert whole.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_is_touched_is_large_enough(phone: Chat, person: Person, opener: Locator) -> None:
    conversation = person.say(f"Hello [[title: {TITLE}]]").conversation
    phone.open(conversation)
    button = phone.page.get_by_role("button", name=f"Conversation options: {TITLE}")

    def large(target: Locator) -> None:
        box = target.bounding_box()
        assert box
        # What slides in is measured a hair too small.
        assert min(box["width"], box["height"]) > 43.9, target

    for target in (
        opener,
        phone.send,
        phone.page.get_by_role("link", name="New chat"),
        phone.replies.get_by_role("button", name="Copy reply"),
    ):
        large(target)
    phone.message.fill("Slowly [[hang]]")
    phone.send.tap()
    large(phone.stop)
    # Two taps in one place are a double one, which stops nothing.
    phone.stop.press("Enter")
    phone.answered()
    opener.tap()
    expect(phone.page.get_by_role("button", name="Close conversations")).to_be_focused()
    new_chat = phone.navigation.get_by_role("link", name="New chat")
    for target in (phone.page.get_by_role("button", name="Close conversations"), new_chat, phone.row(TITLE), button):
        large(target)
    button.tap()
    for name in ("Rename", "Delete"):
        large(phone.menu.get_by_role("menuitem", name=name))


def test_nothing_that_can_be_seen_is_too_small_to_be_hit(phone: Chat, person: Person, opener: Locator) -> None:
    said = person.say(f"Hello [[title: {TITLE}]]")
    person.say("Again", said.conversation, parent=None)
    for page in ("new", said.conversation):
        phone.open(page)
        expect(phone.send).to_be_visible()
        assert phone.page.evaluate(SMALL) == []
    phone.say("Slowly [[hang]]")
    phone.message.fill("And then?")
    phone.send.tap()
    expect(phone.queued).to_be_visible()
    phone.message.fill("Another")
    assert phone.page.evaluate(SMALL) == []
    opener.tap()
    expect(phone.page.get_by_role("button", name="Close conversations")).to_be_focused()
    phone.page.get_by_text(person.username, exact=True).tap()
    expect(phone.page.get_by_role("link", name="Settings")).to_be_visible()
    # What still slides in is measured a hair too small, and not where it will be.
    expect(phone.page.get_by_role("button", name="Close conversations")).to_be_in_viewport(ratio=1)
    assert phone.page.evaluate(SMALL) == []
    phone.page.goto(f"{phone.url}/settings/")
    assert phone.page.evaluate(SMALL) == []


def test_the_box_stays_above_the_keyboard(phone: Chat) -> None:
    """On iOS, where the keyboard covers the page, only the visual viewport tells."""
    phone.ask(f"Hello [[say: {'A line. ' * 400}]]")
    phone.page.evaluate(
        """() => {
            Object.defineProperty(visualViewport, "height", {value: 500, configurable: true});
            visualViewport.dispatchEvent(new Event("resize"));
        }"""
    )
    for target in (phone.message, phone.send):
        box = target.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 500


def test_all_that_stands_below_an_edited_reply_fits(phone: Chat) -> None:
    reply = phone.ask("Bread? [[say: Mix and bake.]]")
    reply.get_by_role("button", name="More about this reply").click()
    phone.page.get_by_role("menuitem", name="Edit reply").click()
    phone.page.get_by_role("textbox", name="Message in other words").fill("Bake.")
    phone.page.get_by_role("button", name="Save", exact=True).click()
    edited = phone.replies.last.get_by_text("Edited by you")
    last = phone.replies.last.get_by_role("button", name="More about this reply")
    expect(edited).to_be_visible()
    for width in (390, 360, 320):
        phone.page.set_viewport_size({"width": width, "height": 740})
        for part in (edited, last):
            box = part.bounding_box()
            assert box
            assert box["x"] + box["width"] <= width
        expect(phone.replies.last.get_by_text("2 of 2")).to_be_visible()
