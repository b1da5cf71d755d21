from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0013_pauses'),
    ]

    operations = [
        migrations.AddField(
            model_name='annotation',
            name='discarded',
            field=models.CharField(blank=True, default='', editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name='annotation',
            name='discard_numbers',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddIndex(
            model_name='annotation',
            index=models.Index(
                condition=models.Q(('discarded', ''), _negated=True), fields=['assignment'], name='annotation_discarded'
            ),
        ),
    ]
