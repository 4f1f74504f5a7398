"""What is said can be found as soon as it is safe."""

from __future__ import annotations

from tests.conversations.kept import count
from tests.conversations.pages import page_of
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Site, Visitor


def found(reader: Visitor, query: str) -> list[str]:
    page = page_of(reader, f"/search/?q={query}")
    return [hit.get_text().strip() for hit in page.soup.select(".hit-excerpt")]


def test_questions_replies_and_titles_are_found(site: Site, reader: Visitor) -> None:
    said = reader.say("Which zebrafish swims? [[say: The zebrafish in the tank.]] [[title: Zebrafish Facts for All]]")
    assert len(found(reader, "zebrafish")) == 2
    page = page_of(reader, "/search/?q=zebrafish")
    assert page.soup.select(".hit-title")[0].get_text().strip() == "Zebrafish Facts for All"
    assert count(site, "said", "conversation_id = ?", said.conversation) == 3


def test_a_reply_that_goes_on_is_found_once_with_all_it_said(
    reader: Visitor, model_server: ModelServer, site: Site
) -> None:
    model_server.script.append(Answer(text="A quokka is", finish="length"))
    said = reader.say("What is it?")
    model_server.script.append(Answer(text=" a small wallaby"))
    with reader.stream(f"/c/{said.conversation}/replies/{said.reply}/continue/", {}) as events:
        list(events)
    assert found(reader, "quokka+wallaby") == ["A quokka is a small wallaby"]
    assert count(site, "said", "message = ?", said.reply) == 1


def test_nobody_else_finds_it(reader: Visitor, stranger: Visitor) -> None:
    reader.say("My axolotl is shy [[say: An axolotl often is.]]")
    assert found(stranger, "axolotl") == []


def test_what_is_deleted_is_found_no_more(reader: Visitor) -> None:
    said = reader.say("My pangolin is gone [[say: A pangolin never stays.]]")
    assert len(found(reader, "pangolin")) == 2
    reader.post(f"/c/{said.conversation}/delete/")
    assert found(reader, "pangolin") == []
