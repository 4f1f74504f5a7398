"""A reply from the question to `done`, over the real site and a real model server."""

from tests.site import Site


def test_a_question_is_answered_in_a_stream_and_both_are_kept(site: Site) -> None:
    alice = site.visitor()
    said = alice.say("Tell me about lists")
    assert said.names[0] == "started"
    assert "block" in said.names
    assert said["done"]["finish"] == "stop"
    page = alice.http.get(said["started"]["url"]).text
    assert "Tell me about lists" in page
    assert said["done"]["html"] in page
