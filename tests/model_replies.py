"""What the model of the tests says when nothing else was asked of it."""

from __future__ import annotations

import re
import zlib

REPLIES = (
    """## A weekend in Rome

Two days are enough for the **essentials**:

1. *Saturday*: the Colosseum early, then the Forum
   - tickets are cheaper online
   - bring water
2. *Sunday*: Trastevere and the Vatican

| Place | Best time | Price |
| :--- | :---: | ---: |
| Colosseum | 8:30 | €18 |
| Pantheon | 9:00 | €5 |

> When in Rome, do as the Romans do.

Have a good trip!
""",
    """Here is a small function:

```python
def fibonacci(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a
```

It takes `n` steps and no recursion. To try it:

```console
$ python -c "from fib import fibonacci; print(fibonacci(10))"
55
```
""",
    """### What to do next

- [x] Read the question
- [ ] Think about it
- [ ] Answer it

The area of a circle is $A = \\pi r^2$; see [Euclid](https://example.org/euclid) for more.

1. First,

   a paragraph inside the list.
2. Second, ~~nothing~~ everything.
""",
    """That is a good question. In short: **yes**, but it depends on what you need.

***

Longer: most people start small, measure, and only then change something. The order matters
more than the speed.

- *Small* steps are easy to undo.
- Large ones are not.
""",
)

TITLES = (
    "Weekend Plans for Rome Visitors",
    "Small Function for Fibonacci Numbers",
    "Steps Toward One Good Answer",
)


def reply_to(question: str) -> str:
    return REPLIES[_number(question) % len(REPLIES)]


def title_of(question: str) -> str:
    """Five words of the question, as a good model would choose them."""
    words = re.findall(r"[^\W_]{3,}", re.sub(r"\[\[.*?\]\]", " ", question, flags=re.DOTALL))
    if len(words) < 3:
        return TITLES[_number(question) % len(TITLES)]
    return " ".join(word.capitalize() for word in words[:5])


def pieces_of(text: str) -> list[str]:
    """As tokens come: a word with the space before it."""
    return re.findall(r"\s*\S+|\s+$", text)


def _number(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "replace"))
