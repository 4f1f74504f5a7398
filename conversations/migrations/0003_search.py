import django.db.models.deletion
from django.db import migrations, models

# Whatever makes the table anew on SQLite takes the triggers with it: such a migration has to call `index` again.
SQLITE = [
    """
    CREATE VIRTUAL TABLE conversations_words USING fts5(
        words, content='conversations_said', content_rowid='id', tokenize="ascii tokenchars '_'",
        detail='none', columnsize=0
    )
    """,
    """
    CREATE TRIGGER conversations_said_in AFTER INSERT ON conversations_said BEGIN
        INSERT INTO conversations_words (rowid, words) VALUES (new.id, new.words);
    END
    """,
    """
    CREATE TRIGGER conversations_said_out AFTER DELETE ON conversations_said BEGIN
        INSERT INTO conversations_words (conversations_words, rowid, words) VALUES ('delete', old.id, old.words);
    END
    """,
    """
    CREATE TRIGGER conversations_said_anew AFTER UPDATE OF id, words ON conversations_said BEGIN
        INSERT INTO conversations_words (conversations_words, rowid, words) VALUES ('delete', old.id, old.words);
        INSERT INTO conversations_words (rowid, words) VALUES (new.id, new.words);
    END
    """,
]
POSTGRESQL = [
    # Ids and owners in few pages, the long texts beside them.
    "ALTER TABLE conversations_said SET (toast_tuple_target = 128)",
    # Without the list of what is pending, which every search would have to read through.
    "CREATE INDEX said_words ON conversations_said USING gin ((words::tsvector)) WITH (fastupdate = off)",
]


def index(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    # The triggers and the indexes go with their table.
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE conversations_words")


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0002_continued_and_read'),
    ]

    operations = [
        migrations.CreateModel(
            name='Said',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('owner', models.UUIDField()),
                ('message', models.UUIDField()),
                ('role', models.CharField(max_length=9)),
                ('rev', models.PositiveIntegerField(default=1)),
                ('model', models.CharField(blank=True, max_length=200)),
                ('text', models.TextField()),
                ('words', models.TextField()),
                ('conversation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='said', to='conversations.conversation')),
            ],
            options={
                'verbose_name_plural': 'said',
                'indexes': [
                    models.Index(fields=['owner', 'id'], condition=~models.Q(role='title'), name='said_messages'),
                    models.Index(fields=['owner', 'id'], condition=models.Q(role='title'), name='said_titles'),
                ],
                'constraints': [models.UniqueConstraint(fields=('conversation', 'message', 'role'), name='said_once')],
            },
        ),
        migrations.RunPython(index, drop),
    ]
