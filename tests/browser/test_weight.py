"""The chat page is light."""

from __future__ import annotations

from typing import Any

from tests.browser.chat import Visit, expect
from tests.browser.people import Person
from tests.site import Site


def test_a_first_visit_costs_few_requests_and_few_bytes(visit: Visit, site: Site, person: Person) -> None:
    person.has_talked(60)
    conversation = person.say("Hello there [[title: A Talk That Is Opened Cold]]").conversation
    chat = visit(person, timezone_id="Europe/Rome")
    network = chat.context.new_cdp_session(chat.page)
    network.send("Network.enable")
    asked: list[str] = []
    sizes: dict[str, float] = {}

    def requested(event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        # What it asks every three seconds from then on is no part of the visit.
        if not url.startswith("data:") and "/c/changes/" not in url:
            asked.append(url)

    def finished(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    network.on("Network.requestWillBeSent", requested)
    network.on("Network.loadingFinished", finished)
    chat.open(conversation)
    expect(chat.row("A Talk That Is Opened Cold")).to_be_visible()
    chat.page.wait_for_load_state("networkidle")
    assert len(asked) <= 15, asked
    assert sum(sizes.values()) <= 150_000
