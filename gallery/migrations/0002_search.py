from pathlib import Path

import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

SQL = (Path(__file__).parent.parent / "sql" / "search.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("gallery", "0001_initial"), ("generation", "0001_initial")]

    operations = [
        migrations.RunSQL(SQL, reverse_sql="ALTER TABLE generation_generation DROP COLUMN search"),
        migrations.CreateModel(
            name="Wording",
            fields=[
                (
                    "generation",
                    models.OneToOneField(
                        db_column="id",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="wording",
                        serialize=False,
                        to="generation.generation",
                    ),
                ),
                ("search", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={"db_table": "generation_generation", "managed": False},
        ),
    ]
