
from django.db import migrations, models


def _field():
    return models.BooleanField(default=False, verbose_name="a model's opinion counts beside people's answers")


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0015_courses'),
    ]

    operations = [
        migrations.AddField(model_name='job', name='model_joins', field=_field()),
        migrations.AddField(model_name='workflowstep', name='model_joins', field=_field()),
    ]
