"""Pages as a reader sees them: found by what the parts are called, not by how the markup is laid out."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

from tests.site import Visitor


class Page:
    def __init__(self, markup: str) -> None:
        self.soup = BeautifulSoup(markup, "html.parser")
        for template in self.soup("template"):
            template.decompose()

    def one(self, selector: str) -> Tag:
        found = self.soup.select_one(selector)
        assert found is not None, f"no {selector} in {self.soup.get_text(' ', strip=True)[:2000]}"
        return found

    @property
    def messages(self) -> list[Tag]:
        return list(self.soup.select("article.message"))

    @property
    def ids(self) -> list[str]:
        return [str(article["data-message"]) for article in self.messages]

    @property
    def said(self) -> list[str]:
        """The text of every message shown."""
        return [text_of(article, ".message-text, [data-part=body]") for article in self.messages]

    def reply(self, reply: str) -> Tag:
        return self.one(f'article[data-message="{reply}"]')

    @property
    def failures(self) -> list[str]:
        return [text for article in self.messages if (text := text_of(article, "[data-part=failure]"))]

    @property
    def groups(self) -> dict[str, list[str]]:
        """The sidebar: labels and the titles under them."""
        return {
            text_of(group, ".group-label"): [link.get_text() for link in group.select(".row-link")]
            for group in self.soup.select(".group")
        }

    @property
    def titles(self) -> list[str]:
        return [link.get_text() for link in self.soup.select(".row-link")]

    @property
    def rows(self) -> list[str]:
        return [str(row["data-conversation"]) for row in self.soup.select(".row")]

    @property
    def refreshes(self) -> bool:
        return bool(self.soup.select('noscript meta[http-equiv="refresh"]'))

    @property
    def typed(self) -> str:
        """What stands in the message box. A browser drops the line end a textarea begins with."""
        return self.one("textarea[name=text]").get_text().removeprefix("\n")

    @property
    def error(self) -> str:
        return self.one("[data-part=error]").get_text(" ", strip=True)

    def fields(self, form: str) -> dict[str, str]:
        return {str(field["name"]): str(field.get("value", "")) for field in self.one(form).select("input[name]")}


def text_of(tag: Tag, selector: str) -> str:
    found = tag.select_one(selector)
    return found.get_text().strip() if found else ""


def ended(visitor: Visitor, url: str) -> Page | None:
    """The page, unless a reply is still being written there."""
    page = page_of(visitor, url)
    return None if page.refreshes else page


def page_of(visitor: Visitor, url: str) -> Page:
    answer = visitor.http.get(url)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)
