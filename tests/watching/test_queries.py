from __future__ import annotations

import logging

import pytest
from django.db import connection

from watching.queries import Watch, operation, without_values

pytestmark = pytest.mark.django_db
COUNT = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)
SELECT count(*) FROM n WHERE %s <> 'said aloud'"""


def run(slow_ms: int, rows: int) -> None:
    with connection.execute_wrapper(Watch(slow_ms)), connection.cursor() as cursor:
        cursor.execute(COUNT, [rows, "whispered"])


def test_a_slow_query_is_logged_without_what_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    run(1, rows=20_000)
    [record] = [record for record in caplog.records if record.name == "query"]
    assert (record.levelno, "SELECT count(*) FROM n WHERE %s" in record.getMessage()) == (logging.WARNING, True)
    assert record.fields["ms"] >= 1  # type: ignore[attr-defined]
    assert "whispered" not in str(vars(record))
    assert "aloud" not in str(vars(record))


@pytest.mark.parametrize("slow_ms", [0, 60_000])
def test_others_are_not(caplog: pytest.LogCaptureFixture, slow_ms: int) -> None:
    run(slow_ms, rows=100)
    assert [record for record in caplog.records if record.name == "query"] == []


def test_every_connection_is_watched_once_also_when_it_is_made_anew() -> None:
    for _ in range(2):
        connection.ensure_connection()
        assert len([one for one in connection.execute_wrappers if isinstance(one, Watch)]) == 1


def test_long_lists_and_texts_are_cut_short() -> None:
    assert (
        without_values("SELECT 1 WHERE a IN (%s, %s, %s) AND b = 'it''s'") == "SELECT 1 WHERE a IN (%s, …) AND b = '…'"
    )
    assert len(without_values("SELECT " + "x" * 5000)) == 1000


@pytest.mark.parametrize(
    ("sql", "name"), [("SELECT 1", "select"), ("BEGIN IMMEDIATE", "begin"), ("begin", "begin"), ("PRAGMA x", "other")]
)
def test_queries_are_told_apart_by_what_they_do(sql: str, name: str) -> None:
    assert operation(sql) == name
