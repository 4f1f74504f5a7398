from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.browser.chromium import ARGUMENTS, DESKTOP, EXECUTABLE, PHONE
from tests.browser.guard import Guard
from tests.browser.people import People, Person
from tests.site import Site, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.chat import Chat, Visit

WAIT = 30_000
# What takes its time in each test anew and is the matter of a few.
QUIET: dict[str, Any] = {"service_workers": "block", "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=WAIT)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def people(site: Site) -> People:
    return People(site)


@pytest.fixture(scope="session")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site nobody has connected a model to."""
    with running(tmp_path_factory.mktemp("guided")) as site:
        yield site


@pytest.fixture
def person(people: People) -> Person:
    return people.somebody()


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard()
    yield guard
    assert guard.unexpected() == []


@pytest.fixture
def visit(browser: Browser, site: Site, guard: Guard) -> Iterator[Visit]:
    # Without playwright it cannot be imported, and every test that wants it is skipped.
    from tests.browser.chat import Chat  # noqa: PLC0415

    with ExitStack() as stack:

        def visit(person: Person | None = None, *, at: str = site.url, **options: Any) -> Chat:
            context = stack.enter_context(browser.new_context(**DESKTOP | QUIET | options))
            context.set_default_timeout(WAIT)
            guard.watch(context, at)
            if "timezone_id" not in options:
                # Else its first page asks for the list of conversations once more.
                context.add_cookies([{"name": "timezone", "value": quote(DESKTOP["timezone_id"], safe=""), "url": at}])
            if person:
                context.add_cookies([{"name": "sessionid", "value": person.session, "url": at}])
            return Chat(context.new_page(), at)

        yield visit


@pytest.fixture
def chat(visit: Visit, person: Person) -> Chat:
    """A new conversation on a desktop."""
    return visit(person).open()


@pytest.fixture
def phone(visit: Visit, person: Person) -> Chat:
    """A new conversation on a phone."""
    return visit(person, **PHONE).open()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where there is no browser every module is skipped, and that is no mistake of the tests."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.OK
