from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_hugging_face_token'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='presets',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
