"""Where differences are planted: trade that is in order, made by the product's own ways, so that each has its own place."""

import hashlib
import uuid
from contextlib import closing
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import ApiToken, User, Workspace
from billing import ledger
from billing.disputes import dispute
from billing.models import Dispute, Purchase, Refund
from billing.purchases import checkout, fulfillment
from billing.refunds import refund
from billing.stripe.objects import DisputeFacts, RefundFacts
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import claims
from generation.media import storage
from generation.media.inspection import InspectedImage
from generation.models import Image
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.contract import DeliveredImage
from generation.worker import outcomes
from generation.worker.outcomes import StoredFile
from tests.billing.stripe_events import Stripe

NOW = timezone.now
DATA = b"a picture"


class Garden:
    """A workspace with purchases, refunds, disputes, holds, a token and images, none of which has a difference.

    Args:
        workspace: of its own.
        user: who buys.
        pictures: how many images are stored.
    """

    def __init__(self, workspace: Workspace, user: User, pictures: int = 2) -> None:
        self.workspace, self.user = workspace, user
        self.token = ApiToken.objects.create(
            workspace=workspace, name="garden", prefix="cio_live_gg", digest=uuid.uuid4().bytes * 2, scopes=[]
        )
        ledger.grant(workspace, 40, key=self.key("grant"), reference="garden")
        ledger.hold(workspace, 10, reference=self.key("hold"))
        ledger.capture(self.key("hold"), 4, key=self.key("capture"), about=self.key("about"))
        ledger.release(self.key("hold"), key=self.key("release"))
        self.images = [self._picture() for _ in range(pictures)]

    def key(self, what: str) -> str:
        """A natural key of the garden's own."""
        return f"{what}:{self.workspace.pk}"

    def open(self) -> Purchase:
        """A purchase whose page is open."""
        return checkout.start(self.workspace, "starter", user=self.user)

    def bought(self) -> Purchase:
        """A purchase that is paid and credited, and whose receipt went out."""
        purchase = self.open()
        with closing(stripe()) as twin:
            twin.do(f"sessions/{purchase.checkout_session}/pay")
        fulfillment.fulfill(purchase.checkout_session or "")
        Purchase.objects.filter(pk=purchase.pk).update(receipt_sent_at=NOW())
        purchase.refresh_from_db()
        return purchase

    def sold(self, **values: Any) -> Purchase:
        """A purchase that was paid elsewhere: the ledger handed over what it promised, and Stripe does not know it."""
        row = self.row("paid", paid_at=NOW(), receipt_sent_at=NOW(), **values)
        ledger.sell(self.workspace, row.credits, key=f"sold:{row.pk}", reference=row.reference)
        return row

    def row(self, status: str, **values: Any) -> Purchase:
        """A row of a purchase, and nothing else."""
        known = {"pack_slug": "starter", "pack_name": "Starter", "credits": 400, "amount": 1_000}
        return Purchase.objects.create(workspace=self.workspace, status=status, **known, **values)

    def refunded(self, plan: str = "") -> Refund:
        """A refund that Stripe has made; `plan` is what the twin shall do with it, `pending` or `fail`."""
        purchase = self.bought()
        with closing(stripe()) as twin:
            form = {"metadata[sandbox]": plan} if plan else {}
            made = twin.post("refunds", payment_intent=purchase.payment_intent, amount=250, **form)
            refund.sync_from_stripe(RefundFacts.read(twin.get(f"refunds/{made['id']}")))
        return Refund.objects.get(stripe_id=made["id"])

    def disputed(self) -> Dispute:
        """A dispute that is open on both sides."""
        purchase = self.bought()
        with closing(stripe()) as twin:
            made = twin.do("disputes", payment_intent=purchase.payment_intent)
        return dispute.sync_from_stripe(DisputeFacts.read(made))

    def ordered(self) -> Any:
        """A generation that waits."""
        order = Order(
            prompt="a garden",
            model="gpt-image-2.5-flare",
            parameters=ImageParameters(size="816x816", quality="low"),
        )
        return submit(self.workspace, order, source="api")

    def _picture(self) -> Image:
        """A stored image, its file where it says."""
        work = claims.claim(self.ordered().images.get().pk)
        assert work
        names = [storage.new_key(self.workspace.pk, folder, "png") for folder in ("images", "thumbnails")]
        for name in names:
            storage.put(name, DATA)
        kept = StoredFile(names[0], len(DATA), hashlib.sha256(DATA).digest())
        assert outcomes.record_delivered(work, DeliveredImage(DATA), InspectedImage("png", 816, 816), kept)
        Image.objects.filter(pk=work.image).update(thumbnail=names[1])
        return Image.objects.get(pk=work.image)


def stripe() -> Stripe:
    return Stripe(settings.SANDBOX)


def long_ago(days: int = 40) -> Any:
    return NOW() - timedelta(days=days)
