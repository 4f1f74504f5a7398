"""JSON that lasts: read with care, unknown keys kept, written in one fixed order.

Unreadable          for the caller: this is not a document we know; the text says where and why
└── NewerSchema     for the operator: a newer Chatsite wrote it; it must not be rewritten by this one
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

Object = dict[str, Any]
Reader = Callable[[Any, str], Any]

DEPTH = 50
TICK = timedelta(milliseconds=1)


class Unreadable(ValueError):
    pass


class NewerSchema(Unreadable):
    pass


def loads(data: bytes) -> Object:
    """The object in the bytes; Unreadable when there is none, or one that could not be written again."""
    try:
        raw = json.loads(data.decode(), parse_constant=_no_number, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 (at byte {error.start})") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is not JSON: {error}") from None
    except Unreadable:
        raise
    except ValueError:
        raise Unreadable("it holds a number that is too long") from None
    if not isinstance(raw, dict):
        raise Unreadable(f"it is {_kind(raw)}, not an object")
    # Neither can stand in UTF-8 without an escape, so that most documents need no look at each text.
    return storable(raw) if b"\\u" in data else raw


def dumps(raw: Object) -> bytes:
    try:
        text = _written(raw)
        if "\\u0000" not in text:
            return text.encode()
    except UnicodeEncodeError:
        pass
    return _written(storable(raw)).encode()


def dumps_item(raw: Object) -> bytes:
    """As it stands in a list of the document."""
    return b"  " + dumps(raw).rstrip().replace(b"\n", b"\n  ")


def dumps_with(raw: Object, key: str, items: Iterable[bytes]) -> bytes:
    """The document with items under a key that were written before; in `raw` the list is empty."""
    written = b",\n".join(items)
    # At the depth of the document's own keys, so that no text and no other object can hold it.
    empty = f'\n "{key}": []'.encode()
    return dumps(raw).replace(empty, empty[:-1] + b"\n" + written + b"\n ]", 1) if written else dumps(raw)


def storable(value: Any) -> Any:
    """The same value without NUL and lone surrogates, which no database and no UTF-8 file can hold."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def canonical(value: Any) -> str:
    """Equal for what is written alike, and so a fair last word between two values."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def sorted_keys(raw: Object) -> Object:
    return {key: raw[key] for key in sorted(raw)}


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_the_millisecond(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def fields(raw: Any, readers: Mapping[str, Reader], where: str, required: tuple[str, ...] = ()) -> Object:
    """What each known key holds, as its reader gives it, and under `extra` all that is not known."""
    if not isinstance(raw, dict):
        _wrong(raw, where, "an object")
    for key in required:
        if key not in raw:
            raise Unreadable(f"{where} has no {key}")
    known = {key: reader(raw[key], f"{where}.{key}") for key, reader in readers.items() if key in raw}
    extra = sorted_keys({key: raw[key] for key in raw if key not in readers})
    return known | {"extra": mapping(extra, where)}


def text(value: Any, where: str) -> str:
    return value if isinstance(value, str) else _wrong(value, where, "text")


def flag(value: Any, where: str) -> bool:
    return value if isinstance(value, bool) else _wrong(value, where, "true or false")


def whole(value: Any, where: str) -> int:
    if type(value) is int and abs(value) <= 2**63:
        return int(value)
    return _wrong(value, where, "a whole number")


def count(value: Any, where: str) -> int:
    number = whole(value, where)
    return number if number >= 0 else _wrong(value, where, "a number from 0 up")


def number(value: Any, where: str) -> float:
    return float(value) if type(value) is float else whole(value, where)


def ident(value: Any, where: str) -> str:
    return value if isinstance(value, str) and UUID.fullmatch(value) else _wrong(value, where, "a UUID")


UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def time(value: Any, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text(value, where))
        moment = to_the_millisecond(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        _wrong(value, where, "a time")
    # The very last year would leave no room for a change after it.
    return moment if moment.year < datetime.max.year else _wrong(value, where, "a time")


def mapping(value: Any, where: str) -> Object:
    if not isinstance(value, dict):
        _wrong(value, where, "an object")
    if not _shallow(value, DEPTH):
        raise Unreadable(f"{where} is nested too deeply")
    return value


def maybe(reader: Reader) -> Reader:
    return lambda value, where: None if value is None else reader(value, where)


def several(reader: Reader) -> Reader:
    def read(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            _wrong(value, where, "a list")
        return [reader(item, f"{where}[{place}]") for place, item in enumerate(value)]

    return read


def one_of(*words: str) -> Reader:
    def read(value: Any, where: str) -> str:
        return text(value, where) if value in words else _wrong(value, where, f"one of {', '.join(words)}")

    return read


def shape(**readers: Reader) -> Reader:
    """An object whose known keys are checked; it stays as it is."""

    def read(value: Any, where: str) -> Object:
        fields(value, readers, where)
        return value  # type: ignore[no-any-return]

    return read


def _written(raw: Object) -> str:
    return json.dumps(raw, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _no_number(digits)


def _no_number(word: str) -> NoReturn:
    raise Unreadable(f"{word[:20]} is not a number")


def _wrong(value: Any, where: str, wanted: str) -> NoReturn:
    raise Unreadable(f"{where} should be {wanted}, not {_kind(value)}")


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, bool) or value is None:
        return canonical(value)
    return {int: "a number", float: "a number", list: "a list"}.get(type(value), "an object")


def _shallow(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    return levels > 0 and all(_shallow(item, levels - 1) for item in value)
