"""Pages know of each other: two tabs of one browser, two devices of one person."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.people import Person
from tests.conversations.asked import let_go_on
from tests.model_server import ModelServer

TITLE = "Baking Bread on Short Notice"
WORDS = " ".join(f"word{n:02}" for n in range(60))
LINES = "A line.\n\n" * 80
SLOW = f"Tell me some words [[slow 0.1]] [[say: {WORDS}]]"
HELD = f"{SLOW} [[hold 0]]"
SLOWER = SLOW.replace("0.1", "0.5")


@pytest.fixture
def talk(chat: Chat) -> Chat:
    """A conversation that is open in a tab."""
    chat.ask(f"Bread? [[title: {TITLE}]] [[say: Yes.]]")
    expect(chat.row(TITLE)).to_be_visible()
    return chat


@pytest.fixture
def tab(talk: Chat) -> Chat:
    """The same conversation in a second tab of the same browser."""
    return Chat(talk.context.new_page(), talk.url).open(talk.id)


@pytest.fixture
def device(visit: Visit, person: Person, talk: Chat) -> Chat:
    """The same conversation on another device."""
    return visit(person).open(talk.id)


@pytest.fixture(params=["tab", "device"])
def other(request: pytest.FixtureRequest) -> Chat:
    page: Chat = request.getfixturevalue(request.param)
    return page


def test_what_is_said_on_one_page_is_seen_live_on_the_other(talk: Chat, other: Chat, model_server: ModelServer) -> None:
    other.page.evaluate("globalThis.first = document.querySelector('article')")
    other.record()
    talk.say(HELD)
    expect(other.questions.last).to_contain_text("Tell me some words")
    expect(other.stop).to_be_visible()
    let_go_on(model_server, HELD)
    expect(other.answered()).to_contain_text(WORDS)
    assert other.growths >= 3
    expect(talk.answered()).to_contain_text(WORDS)
    for chat in (talk, other):
        expect(chat.questions).to_have_count(2)
        expect(chat.replies).to_have_count(2)
    assert other.page.evaluate("first === document.querySelector('article')")


def test_how_full_the_window_is_is_seen_on_the_other(talk: Chat, other: Chat) -> None:
    mine, theirs = (each.page.locator("[data-part=meter-text]") for each in (talk, other))
    before = theirs.inner_text()
    talk.ask(f"More? [[say: {WORDS}]]")
    expect(mine).not_to_have_text(before)
    expect(theirs).to_have_text(mine.inner_text())


def test_both_pages_can_take_turns(talk: Chat, other: Chat) -> None:
    talk.ask("One [[say: First.]]")
    expect(other.replies.last).to_contain_text("First.")
    expect(other.send).to_be_visible()
    other.ask("Two [[say: Second.]]")
    expect(talk.replies.last).to_contain_text("Second.")
    talk.reload()
    expect(talk.replies).to_have_count(3)


def test_a_draft_and_the_place_one_reads_at_stay(talk: Chat, other: Chat) -> None:
    talk.ask(f"Long [[say: {LINES}]]")
    expect(other.replies).to_have_count(2)
    expect(other.send).to_be_visible()
    other.message.fill("Half a thought")
    other.page.mouse.move(640, 300)
    other.page.mouse.wheel(0, -400)
    scroller = other.page.get_by_role("group", name="Conversation")
    expect(other.page.get_by_role("button", name="Jump to the latest")).to_be_visible()
    place = scroller.evaluate("element => element.scrollTop")
    talk.ask(f"And more [[slow 0.01]] [[say: {WORDS}]]")
    expect(other.answered()).to_contain_text(WORDS)
    assert abs(scroller.evaluate("element => element.scrollTop") - place) < 3
    expect(other.message).to_have_value("Half a thought")


def test_stopping_on_one_page_ends_it_on_the_other(talk: Chat, other: Chat) -> None:
    talk.say(SLOWER)
    expect(other.replies.last).to_contain_text("word03")
    other.stop.click()
    for chat in (talk, other):
        expect(chat.answered().get_by_text("You stopped this reply.")).to_be_visible()


def test_a_new_conversation_and_its_title_appear_on_the_other_page(visit: Visit, person: Person, chat: Chat) -> None:
    tab = Chat(chat.context.new_page(), chat.url).open()
    device = visit(person).open()
    chat.ask("Where to? [[title: A Weekend in Rome]]")
    for other in (tab, device):
        expect(other.row("A Weekend in Rome")).to_be_visible()
        expect(other.rows).to_have_count(1)


def test_a_new_name_appears_on_the_other_page(talk: Chat, other: Chat) -> None:
    talk.page.bring_to_front()
    talk.options(TITLE).get_by_role("menuitem", name="Rename").click()
    dialog = talk.page.get_by_role("dialog", name="Rename conversation")
    dialog.get_by_label("Title").fill("Bread")
    dialog.get_by_role("button", name="Save").click()
    expect(other.row("Bread")).to_be_visible()
    expect(other.heading).to_have_text("Bread")
    expect(other.page).to_have_title("Bread · Chatsite")


def edit_reply(chat: Chat, text: str) -> None:
    chat.page.bring_to_front()
    chat.replies.last.get_by_role("button", name="More about this reply").click()
    chat.page.get_by_role("menuitem", name="Edit reply").click()
    chat.page.get_by_role("textbox", name="Message in other words").fill(text)
    chat.page.get_by_role("button", name="Save", exact=True).click()
    expect(chat.replies.last).to_contain_text(text)


def test_another_version_of_a_reply_is_seen_on_the_other_page_and_answered_to(talk: Chat, other: Chat) -> None:
    edit_reply(talk, "In my own words.")
    expect(other.replies).to_contain_text("In my own words.")
    talk.replies.get_by_role("button", name="Previous version").click()
    expect(other.replies).to_contain_text("Yes.")
    talk.replies.get_by_role("button", name="Next version").click()
    expect(other.replies).to_contain_text("In my own words.")
    other.ask("And rolls? [[say: Smaller.]]")
    expect(talk.replies).to_have_count(2)
    expect(talk.replies.first).to_contain_text("In my own words.")
    talk.reload()
    expect(talk.replies.first).to_contain_text("In my own words.")
    expect(talk.replies.last).to_contain_text("Smaller.")


def test_a_conversation_cleared_on_one_page_begins_anew_on_the_other(talk: Chat, other: Chat) -> None:
    other.message.fill("Half a thought")
    talk.page.bring_to_front()
    talk.options(TITLE).get_by_role("menuitem", name="Clear").click()
    clean = other.page.get_by_role("heading", name="A clean page")
    expect(clean).to_be_visible()
    expect(other.questions).to_have_count(0)
    expect(other.message).to_have_value("Half a thought")
    talk.page.get_by_role("button", name="Undo").click()
    expect(talk.replies).to_contain_text("Yes.")
    expect(other.replies).to_contain_text("Yes.")
    expect(clean).to_be_hidden()


def hear_of_it(chat: Chat) -> None:
    """Until the page has been told of what happened elsewhere, if it was not before, and had time to follow."""
    told = "**/c/changes/?since=*"
    for _ in range(2):
        # The first answer may have been on its way already.
        with chat.page.expect_response(told):
            chat.come_back()
    with chat.page.expect_response(told):
        pass


def test_what_is_typed_in_an_editor_stays_while_the_other_page_goes_on(talk: Chat, other: Chat) -> None:
    talk.page.bring_to_front()
    editor = talk.page.get_by_role("textbox", name="Message in other words")
    talk.questions.hover()
    talk.questions.get_by_role("button", name="Edit message").click()
    editor.fill("Half a thought")
    other.replies.get_by_role("button", name="Regenerate").click()
    expect(other.answered().get_by_text("2 of 2")).to_be_visible()
    hear_of_it(talk)
    editor.press("Escape")
    expect(talk.replies.get_by_text("2 of 2")).to_be_visible()
    talk.replies.get_by_role("button", name="More about this reply").click()
    talk.page.get_by_role("menuitem", name="Edit reply").click()
    editor.fill("Another thought")
    other.replies.get_by_role("button", name="Previous version").click()
    expect(other.replies.get_by_text("1 of 2")).to_be_visible()
    hear_of_it(talk)
    expect(editor).to_have_value("Another thought")
    expect(editor).to_be_focused()
    talk.page.get_by_role("button", name="Save", exact=True).click()
    for chat in (talk, other):
        expect(chat.replies).to_contain_text("Another thought")


def test_what_is_typed_about_a_reply_stays_while_the_other_page_goes_on(talk: Chat, other: Chat) -> None:
    talk.page.bring_to_front()
    talk.replies.get_by_role("button", name="Good reply").click()
    comment = talk.page.get_by_role("textbox", name="What was good about it?")
    comment.fill("Half a thought")
    other.replies.get_by_role("button", name="Regenerate").click()
    expect(other.answered().get_by_text("2 of 2")).to_be_visible()
    hear_of_it(talk)
    expect(comment).to_have_value("Half a thought")
    comment.press("Enter")
    expect(talk.replies.get_by_text("2 of 2")).to_be_visible()


def test_a_message_sent_while_the_other_page_is_answered_waits_its_turn(
    talk: Chat, other: Chat, model_server: ModelServer
) -> None:
    other.message.fill("And then? [[say: Afterwards.]]")
    talk.say(HELD)
    expect(other.stop).to_be_visible()
    other.message.press("Enter")
    expect(other.queued).to_contain_text("And then?")
    expect(other.message).to_have_value("")
    let_go_on(model_server, HELD)
    for chat in (other, talk):
        expect(chat.replies).to_have_count(3)
        expect(chat.replies.last).to_contain_text("Afterwards.")
        expect(chat.replies.nth(1)).to_contain_text(WORDS)
    expect(other.message).to_have_value("")


def test_two_pages_that_send_at_once_keep_both_and_end_up_with_the_same(talk: Chat, other: Chat) -> None:
    other.look_away()
    talk.look_away()
    talk.say(f"From the one [[slow 0.02]] [[say: One {WORDS}]]")
    other.say(f"From the other [[slow 0.06]] [[say: Two {WORDS}]]")
    expect(talk.answered()).to_contain_text("One word00")
    expect(other.answered()).to_contain_text("Two word00")
    talk.come_back()
    other.come_back()
    for chat in (talk, other):
        expect(chat.questions.last).to_contain_text("From the other")
        expect(chat.answered()).to_contain_text("Two word00")
        expect(chat.questions).to_have_count(2)


def test_a_page_that_comes_back_shows_what_it_missed(talk: Chat, other: Chat) -> None:
    other.look_away()
    talk.ask("And rolls? [[say: Smaller.]]")
    talk.ask("And cake? [[say: Sweeter.]]")
    expect(other.questions).to_have_count(1)
    other.come_back()
    expect(other.replies).to_have_count(3)
    expect(other.replies.last).to_contain_text("Sweeter.")
    expect(other.stop).to_be_hidden()


def test_a_rating_is_seen_in_the_other_tab(talk: Chat, tab: Chat) -> None:
    theirs = tab.replies.get_by_role("button", name="Bad reply")
    expect(theirs).to_have_attribute("aria-pressed", "false")
    for pressed in ("true", "false"):
        talk.replies.get_by_role("button", name="Bad reply").click()
        expect(theirs).to_have_attribute("aria-pressed", pressed)


def test_a_page_nobody_looks_at_asks_for_nothing(talk: Chat) -> None:
    talk.look_away()
    asked: list[str] = []
    talk.page.on("request", lambda request: asked.append(request.url))
    talk.page.wait_for_timeout(3500)
    assert asked == []
    with talk.page.expect_request("**/c/changes/?since=*"):
        talk.come_back()


def test_two_people_in_one_browser_do_not_mix(talk: Chat, person: Person) -> None:
    stranger = person.site.visitor()
    stranger.say("Hello [[title: Not Your Business At All]]")
    tab = Chat(talk.context.new_page(), talk.url)
    sessions = [stranger.http.cookies["sessionid"], person.session]
    # Once it has been told of another account, it does not ask again by itself.
    with talk.page.expect_response("**/c/changes/?since=*"):
        talk.context.add_cookies([{"name": "sessionid", "value": sessions[0], "url": talk.url}])
        tab.open()
        talk.page.bring_to_front()
    expect(tab.rows).to_have_count(1)
    expect(talk.rows).to_have_count(1)
    expect(talk.row(TITLE)).to_be_visible()
    talk.context.add_cookies([{"name": "sessionid", "value": sessions[1], "url": talk.url}])
    with talk.page.expect_response("**/read/"):
        talk.ask("And rolls? [[say: Yes.]]")
    expect(tab.row("Not Your Business At All")).to_be_visible()
    expect(tab.rows).to_have_count(1)
