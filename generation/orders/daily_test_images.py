"""Nobody pays for the images of test worlds, so a pricing tier bounds how many they make in a day."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from generation import sql
from generation.catalog import cache
from generation.errors import DailyTestLimitReached
from generation.models import DailyTestImages

_COUNT: Final = sql.read("test_images")


def count_in(workspace: Workspace, images: int) -> None:
    """Count the images of a test order for the day, within the transaction that orders them.

    Raises:
        DailyTestLimitReached: they would be more than the workspace's tier allows in a day (UTC). None is counted.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"workspace": workspace.pk, "images": images})
        if cursor.fetchone():
            return
    now = timezone.now().astimezone(UTC)
    today = DailyTestImages.objects.filter(workspace=workspace, day=now.date()).first()
    used, most = today.images if today else 0, cache.tier_of(workspace).test_images_per_day
    raise DailyTestLimitReached(
        f"This order's {images:,} images are too many: this workspace's test world can order {most:,} images a day, "
        f"{used:,} of which are used. Nothing was charged; order fewer, or try again after midnight UTC.",
        limit=most,
        used=used,
        retry_after=_seconds_to_midnight(now),
    )


def _seconds_to_midnight(now: datetime) -> int:
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((midnight - now).total_seconds()))
