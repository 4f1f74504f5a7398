"""Texts of 50 kB that make careless parsers slow, deep or wrong.

Run as a module it renders some of them, whole or in pieces, and prints how long each took.
"""

import random
import resource
import sys
import time

from conversations import render

SIZE = 50_000
CPU_SECONDS = 10


def filled(pattern: str, start: str = "") -> str:
    """The pattern again and again, up to the size."""
    return (start + pattern * (SIZE // len(pattern) + 1))[:SIZE]


def noise(characters: str, seed: int) -> str:
    return "".join(random.Random(seed).choices(characters, k=SIZE))


TEXTS = {
    "one character": filled("a"),
    "one long line of words": filled("a "),
    "one long paragraph": filled("a\n"),
    "bare carriage returns": filled("a\r\n"),
    "blank lines": filled("\n"),
    "open parentheses for math": filled(r"\("),
    "open brackets for math": filled(r"\["),
    "open dollars": filled("$a"),
    "open blocks of math": filled("$$\na\n\n"),
    "open images": filled("!["),
    "open images with addresses": filled("![<ab:]>"),
    "open images and one end": filled("![")[:-5] + "]" * 5,
    "open brackets": filled("["),
    "nested brackets": "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "nested links": "[" * 12_000 + "](a)" * 9_000,
    "open links": filled("[a]("),
    "open destinations": filled("[a](<b"),
    "open titles": filled('[a](b "'),
    "half references": filled("[a]["),
    "definitions": filled("[a]: b\n"),
    "definitions with open titles": filled('[a]: b "\n'),
    "open notes": filled("[^", start="[^1]: x\n\n"),
    "used notes": filled("[^1]", start="[^1]: x\n\n"),
    "notes in notes": filled("[^1]: "),
    "many notes": "".join(f"[^{n}]: a[^{n + 1}]\n" for n in range(2800)),
    "deep quotes": filled("> "),
    "deeper quotes": filled(">"),
    "deep lists": filled("- "),
    "deeper lists": "".join("  " * depth + "- a\n" for depth in range(220)),
    "numbered lists in lists": filled("1. "),
    "long list": filled("- a\n"),
    "long quote": filled("> a\n"),
    "emphasis": filled("*a **b "),
    "nested emphasis": "*a " * 10_000 + "a* " * 6_000,
    "mixed emphasis": filled("*_"),
    "strikethrough": filled("~~a "),
    "backticks": filled("`a``b"),
    "fences": filled("```c\n\n```\n"),
    "open fence": filled("a\n", start="```\n"),
    "wide table": "|a" * 12_000 + "\n" + "|-" * 12_000 + "\n|b",
    "long table": filled("|a\n", start="|a|b|\n|-|-|\n"),
    "rows without a table": filled("|a|b\n"),
    "addresses": filled("http://a.b/("),
    "half addresses": filled("a ://"),
    "mail": filled("a@b."),
    "web": filled("www."),
    "angle brackets": filled("<a "),
    "entities": filled("&amp"),
    "hard breaks": filled("\\\n"),
    "tasks": filled("- [ ] a\n"),
    "blank lines of C": filled("\n", start="```c\n"),
    "comments of C": filled("//", start="```c\n"),
    "names of C#": filled("a\n", start="```csharp\n"),
    "open brackets of JavaScript": filled("${`\n", start="```js\n"),
    "noise of signs": noise('[]()!*_`~$\\<>|#-+ \n\t"^:&1a.', 1),
    "noise of ASCII": noise("".join(map(chr, range(32, 127))), 2),
    "noise of Unicode": noise("aé漢ا🎉\u202e\u200d\u0301\u2028\ufeff", 3),
}


def whole(text: str) -> str:
    return render.html(text, "m1")


def in_pieces(text: str) -> str:
    renderer = render.BlockRenderer("m1")
    for start in range(0, len(text), 10_000):
        renderer.feed(text[start : start + 10_000])
        renderer.render()
    while renderer.shown < len(text):
        renderer.render()
    return "".join(renderer.blocks)


def main(way: str, first: str, step: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    draw = {"whole": whole, "in_pieces": in_pieces}[way]
    for name, text in list(TEXTS.items())[int(first) :: int(step)]:
        before = time.process_time()
        assert draw(text) or not text.strip()
        sys.stdout.write(f"{time.process_time() - before:.2f} {name}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
