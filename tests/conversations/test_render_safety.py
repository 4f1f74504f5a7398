"""Nothing a model writes becomes markup of its own, loads anything or takes the place of something of the page."""

import html.parser

import pytest

from conversations import render
from conversations.markdown.mathml import ATTRIBUTES as DRAWN
from conversations.markdown.mathml import TAGS as FORMULAS
from conversations.markdown.sanitize import CLASSES, TAGS, clean

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><input name=password></form>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<div class='modal' id='composer' style='position:fixed'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/)",
    "[x](/\\evil.example/)",
    "[x](\\\\evil.example)",
    "[x](https:evil.example)",
    "[x](http://a\\@evil.example)",
    '[x](https://evil.example/"onmouseover=alert(1))',
    "[x](https://evil.example 'a\" onmouseover=\"alert(1)')",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "[x][y]\n\n[y]: https://e.example/ '\"><script>alert(1)</script>'",
    "<javascript:alert(1)>",
    '<https://e.example/"onclick=alert(1)>',
    'https://e.example/"onclick=alert(1)',
    "https://e.example/<script>alert(1)</script>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](https://e.example/x.png)',
    "![<img src=x onerror=alert(1)>](https://e.example/x.png)",
    "[![x](javascript:alert(1))](javascript:alert(2))",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    '```x" onclick="alert(1)\nx\n```',
    "```python\n</code></pre><script>alert(1)</script>\n```",
    "```btn\nx\n```",
    "    <script>alert(1)</script>",
    "$<script>alert(1)</script>$",
    "$$\n<img src=x onerror=alert(1)>\n$$",
    "\\[ a=<svg/onload=alert(1)> \\]",
    "|<script>|\n|---|\n|<img src=x onerror=alert(1)>|",
    "# <script>alert(1)</script>",
    "- [ ] <input onfocus=alert(1) autofocus>",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    '[^"><script>alert(1)</script>]\n\n[^"><script>alert(1)</script>]: x',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "a\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<\u2028script>alert(1)</script>",
    "> " * 100 + "<script>alert(1)</script>",
]

CONTEXTS = ["{}", "- {}", "> {}", "**{}**", "[{}](https://e.example/)", "text\n{}\ntext", "| a |\n|---|\n| {} |"]

# Attributes that may hold anything, since nothing acts on them.
TEXTS = {"aria-label", "title"}


MATHML_TAGS = FORMULAS | {"semantics", "annotation"}
MATHML_ATTRIBUTES = DRAWN | {"encoding"}


class Elements(html.parser.HTMLParser):
    """Reads what a browser would make of the HTML, and complains about what must not be there."""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in MATHML_TAGS:
            assert dict(attributes).keys() <= MATHML_ATTRIBUTES
            return
        assert tag in TAGS
        for name, value in attributes:
            assert not name.startswith(("on", "data-", "style", "src", "form"))
            if name == "href":
                assert (value or "").startswith(("https://", "http://", "mailto:", "#m1-fn"))
            elif name == "class":
                names = set((value or "").split())
                assert names <= CLASSES.get(tag, set()) | {"block"} or (value or "").startswith("language-")
            elif name == "id":
                assert (value or "").startswith("m1-fn")
            elif name not in TEXTS:
                assert (value or "").isidentifier() or value in ("", "0", "noopener noreferrer nofollow")

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_text(payload: str) -> None:
    for context in CONTEXTS:
        Elements().feed(render.html(context.format(payload), "m1"))
        Elements().feed("".join(_streamed(context.format(payload))))


def _streamed(text: str) -> list[str]:
    renderer = render.BlockRenderer("m1")
    renderer.feed(text)
    renderer.render()
    return renderer.blocks


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ('<p class="btn" style="x" onclick="x" data-x="1" id="x">a</p>', "<p>a</p>"),
        ('<a href="#m2-fn-1" id="m2-fnref-1">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ('<a href="#m1-fn-1">a</a>', '<a href="#m1-fn-1" rel="noopener noreferrer nofollow">a</a>'),
        ('<a href="#top" target="_top">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ('<a href="//evil.example">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ('<td align="justify">a</td>', "a"),
        ('<div role="dialog" tabindex="5">a</div>', "<div>a</div>"),
        ('<span class="k">a</span><span class="k btn">b</span>', '<span class="k">a</span><span>b</span>'),
        ('<code class="language-c++">a</code>', '<code class="language-c++">a</code>'),
        ('<code class="language-a btn">a</code>', "<code>a</code>"),
        ("<img src=x><svg></svg><h1>a</h1><!-- x -->", "a"),
        ("<script>a</script><style>b</style>c", "c"),
    ],
)
def test_the_sanitizer_lets_only_listed_things_through(dirty: str, cleaned: str) -> None:
    assert clean(dirty, "m1") == cleaned


def test_without_a_prefix_no_id_is_let_through() -> None:
    assert clean('<li id="-fn-1">a</li>') == "<li>a</li>"


def test_a_prefix_is_no_way_in() -> None:
    rendered = render.html("a[^1]\n\n[^1]: b", '"><script>alert(1)</script>')
    assert "<script" not in rendered
