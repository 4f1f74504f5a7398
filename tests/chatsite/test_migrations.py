"""Migrations can be taken back, and while they run the version before goes on writing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from django.core.management import call_command
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

OURS = {"accounts", "conversations"}
BEFORE_THE_FIRST_RELEASE = {
    ("accounts", "0003_preferences"),
    ("accounts", "0004_prompts"),
    ("accounts", "0006_presets"),
    ("conversations", "0002_continued_and_read"),
    ("conversations", "0004_flags"),
}
"""They add columns that the version before knew nothing of and had to fill. None may be added here later."""

HARMLESS = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RemoveConstraint,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.RunPython,
    migrations.RunSQL,
)


def unsafe(operations: Sequence[Operation]) -> Iterator[Operation]:
    """What the version before would stumble over, when it reads or writes a table as it knows it."""
    new = {operation.name_lower for operation in operations if isinstance(operation, migrations.CreateModel)}
    for operation in operations:
        about = getattr(operation, "model_name_lower", getattr(operation, "model_name", "").lower())
        if isinstance(operation, HARMLESS) or about in new:
            continue
        if isinstance(operation, migrations.AddField) and filled(operation.field):
            continue
        yield operation


def filled(field: models.Field) -> bool:  # type: ignore[type-arg]
    """By the database itself, in a row of somebody who does not know it. Django's `default` is in Python only."""
    return field.null or field.many_to_many or field.db_default is not NOT_PROVIDED


@pytest.fixture(scope="module")
def ours() -> dict[tuple[str, str], migrations.Migration]:
    loader = MigrationLoader(None)
    return {key: migration for key, migration in loader.disk_migrations.items() if key[0] in OURS}


def test_each_change_of_a_model_has_its_migration(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_each_migration_can_be_taken_back(ours: dict[tuple[str, str], migrations.Migration]) -> None:
    assert [key for key, one in ours.items() if not all(operation.reversible for operation in one.operations)] == []


def test_the_version_before_can_go_on_while_a_migration_runs_and_after_it(
    ours: dict[tuple[str, str], migrations.Migration],
) -> None:
    assert {key for key, one in ours.items() if any(unsafe(one.operations))} == BEFORE_THE_FIRST_RELEASE


@pytest.mark.parametrize(
    ("operation", "is_unsafe"),
    [
        (migrations.AddField("conversation", "mood", models.TextField(default="")), True),
        (migrations.AddField("conversation", "mood", models.TextField(db_default="")), False),
        (migrations.AddField("conversation", "mood", models.TextField(null=True)), False),
        (migrations.RemoveField("conversation", "title"), True),
        (migrations.RenameField("conversation", "title", "name"), True),
        (migrations.DeleteModel("Piece"), True),
        (migrations.AddConstraint("reply", models.UniqueConstraint(fields=["question"], name="one")), True),
    ],
    ids=str,
)
def test_what_would_stop_the_version_before_is_known(operation: Operation, is_unsafe: bool) -> None:
    assert bool(list(unsafe([operation]))) == is_unsafe
