"""Indexes that others make superfluous go while everybody works: beginnings of others, and twins for LIKE."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.database.concurrent_indexes import DropIndexes


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('gallery', '0004_wording_old'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        DropIndexes(
            "gallery_favorite_user_id_ef4b1668",
            states=(
                migrations.AlterField(model_name='favorite', name='user', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='favorites', to=settings.AUTH_USER_MODEL)),
            ),
        ),
    ]
