"""Every conversation sits in the sidebar, the newest first."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.browser.chat import Chat, Visit, expect
from tests.browser.people import Person


def group(chat: Chat, label: str) -> list[str]:
    section = chat.navigation.get_by_role("heading", name=label).locator("xpath=..")
    return section.get_by_role("link").all_inner_texts()


def test_a_new_conversation_appears_at_the_top_of_today_without_a_reload(chat: Chat) -> None:
    chat.page.evaluate("globalThis.same = true")
    chat.ask("Sourdough starter rescue tips please [[title: Rescuing a Tired Sourdough]]")
    expect(chat.row("Rescuing a Tired Sourdough")).to_have_attribute("aria-current", "page")
    assert group(chat, "Today") == ["Rescuing a Tired Sourdough"]
    assert chat.page.evaluate("globalThis.same")


def test_without_a_title_from_the_model_the_first_words_are_one(chat: Chat) -> None:
    chat.ask("sourdough starter rescue tips [[title fail]]")
    expect(chat.heading).to_contain_text("ourdough starter rescue")
    expect(chat.rows.first).to_contain_text("ourdough starter rescue")


def test_new_chat_opens_an_empty_page(chat: Chat) -> None:
    chat.ask("Sourdough starter rescue tips please")
    chat.navigation.get_by_role("link", name="New chat").click()
    expect(chat.page).to_have_url(f"{chat.url}/c/new/")
    expect(chat.questions).to_have_count(0)
    expect(chat.rows).to_have_count(1)
    expect(chat.message).to_be_focused()


def test_the_conversation_talked_to_moves_to_the_top(chat: Chat, person: Person) -> None:
    first, second = (person.say(f"Hello [[title: {name} Among Four Other Words]]").conversation for name in ("A", "B"))
    chat.open(first)
    newest, older = "B Among Four Other Words", "A Among Four Other Words"
    assert group(chat, "Today") == [newest, older]
    expect(chat.row(older)).to_have_attribute("aria-current", "page")
    expect(chat.navigation.locator("[aria-current]")).to_have_count(1)
    chat.ask("And again")
    assert group(chat, "Today") == [older, newest]
    chat.row(newest).click()
    expect(chat.page).to_have_url(f"{chat.url}/c/{second}/")
    expect(chat.row(newest)).to_have_attribute("aria-current", "page")
    assert group(chat, "Today") == [older, newest]


def test_an_old_conversation_talked_to_comes_back_to_today(chat: Chat, person: Person) -> None:
    conversation = person.say("Hello [[title: An Old Talk Come Back]]").conversation
    person.last_spoke(conversation, hours=24)
    chat.open(conversation)
    assert group(chat, "Yesterday") == ["An Old Talk Come Back"]
    chat.ask("And again")
    assert group(chat, "Today") == ["An Old Talk Come Back"]
    expect(chat.navigation.get_by_role("heading", name="Yesterday")).to_have_count(0)


def test_scrolling_loads_the_rest_each_row_once(chat: Chat, person: Person) -> None:
    person.has_talked(120)
    chat.reload()
    expect(chat.rows).to_have_count(50)
    for count in (100, 120):
        chat.rows.last.scroll_into_view_if_needed()
        expect(chat.rows).to_have_count(count)
    assert chat.rows.all_inner_texts() == [f"Talk {n:03}" for n in range(120)]
    headings = chat.navigation.get_by_role("heading").all_inner_texts()
    assert headings[:4] == ["Today", "Yesterday", "Previous 7 days", "Previous 30 days"]
    assert len(set(headings)) == len(headings)


def twelve_hours_apart() -> tuple[str, str]:
    """Zones where neither noon nor midnight is near: twelve hours ago it was yesterday in exactly one of them."""
    is_near = (datetime.now(UTC).hour + 9) % 12 == 11
    return ("Asia/Karachi", "America/Phoenix") if is_near else ("Asia/Tokyo", "America/Cayenne")


def test_the_days_are_those_of_the_reader(visit: Visit, person: Person) -> None:
    conversation = person.say("Hello [[title: Said Half a Day Ago]]").conversation
    person.last_spoke(conversation, hours=12)
    days = set()
    for zone in twelve_hours_apart():
        chat = visit(person, timezone_id=zone)
        with chat.page.expect_response("**/c/?after=*"):
            chat.open()
        cookies = {cookie.get("name"): cookie.get("value") for cookie in chat.context.cookies()}
        assert cookies["timezone"] == zone.replace("/", "%2F")
        chat.reload()
        days.add(chat.navigation.get_by_role("heading").inner_text())
    assert days == {"Today", "Yesterday"}


def test_a_list_that_changes_elsewhere_keeps_the_place_one_is_at(chat: Chat, person: Person, visit: Visit) -> None:
    person.has_talked(120)
    chat.reload()
    for count in (50, 100, 120):
        expect(chat.rows).to_have_count(count)
        chat.rows.last.scroll_into_view_if_needed()
    chat.row("Talk 030").focus()
    other = visit(person).open()
    other.options("Talk 003").get_by_role("menuitem", name="Delete").click()
    expect(chat.row("Talk 003")).to_have_count(0)
    assert chat.rows.all_inner_texts() == [f"Talk {n:03}" for n in range(120) if n != 3]
    expect(chat.row("Talk 030")).to_be_focused()
