"""Images, and the calls that made them, for the captures of a history."""

import random
import uuid

from django.utils import timezone

from billing.models.ledger import Transfer
from generation.models import Attempt, Generation, Image, ImageModel


def picture(seed):
    """Every capture gets its image of some model, with an attempt that delivered it and some that did not."""
    chance = random.Random(seed)
    models = list(ImageModel.objects.order_by("slug")[:3])
    now = timezone.now()
    for row in Transfer.objects.filter(kind="capture"):
        model = chance.choice(models)
        generation = Generation.objects.create(
            workspace_id=row.workspace_id, source="api", requested_model=model.slug, model=model, prompt="p", sent_prompt="p",
            count=1, quote={}, credits=row.amount, charged=row.amount, status="succeeded", finished_at=now,
        )  # fmt: skip
        image = Image.objects.create(
            id=uuid.UUID(row.reference.removeprefix("image:")), workspace_id=row.workspace_id, generation=generation, index=0,
            status="stored", credits=row.amount, file="f", thumbnail="t", size=1, finished_at=now,
        )  # fmt: skip
        for number in range(chance.randint(1, 3)):
            lost = number > 0
            moment = (row.pk.int >> 80) + lost * chance.randint(0, 2 * 86_400_000)
            Attempt.objects.create(
                id=uuid.UUID(int=moment << 80 | 7 << 76 | 2 << 62 | chance.getrandbits(60)), workspace_id=row.workspace_id, image=image,
                provider=model.provider, number=number, outcome="failed" if lost else "succeeded",
                cost=chance.choice((0, 41_300, 1_234_567)), is_loss=lost,
            )  # fmt: skip
