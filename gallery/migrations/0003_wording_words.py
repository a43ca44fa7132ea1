from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0002_wording")]

    operations = [
        migrations.AddField(
            model_name="wording",
            name="words",
            field=models.TextField(null=True),
        ),
    ]
