"""Images in the stateful model: ordered, delivered, failed and canceled by the engine's own verbs."""

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from billing.errors import SpendingCapReached
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import claims, stopping
from generation.media.inspection import InspectedImage
from generation.models import Generation, Outcome, Reason
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.contract import DeliveredImage, ProviderFailure
from generation.worker import outcomes
from generation.worker.outcomes import StoredFile
from tests.billing.ledger.model import Held, Model, picks

LOOKED = InspectedImage("png", 816, 816)
KEPT = StoredFile("w/a.png", 3, b"a")


class Images(Model):
    @rule(images=st.integers(1, 4))
    def order(self, images):
        key = self.name("o")
        asked = Order(
            prompt="a fox",
            model="gpt-image-2.5-flare",
            parameters=ImageParameters(size="816x816", quality="low"),
            n=images,
        )
        work = lambda: submit(self.workspace, asked, source="api", request_key=key)  # noqa: E731
        if why := self.forbids(images):
            self.refused(why, work)
            return
        hold = self.date(Held(images, at=dt.datetime.now(dt.UTC)))
        if self.is_capped(hold):
            self.refused(SpendingCapReached, work)
            return
        self.do(work)
        made = Generation.objects.get(workspace=self.workspace, request_key=key)
        self.orders[made.reference] = made
        self.keep(made.reference, hold)

    def claimed(self, number):
        """An image that waits, claimed, with its order's hold; None where none waits."""
        waiting = [
            (reference, image)
            for reference, made in self.orders.items()
            for image in made.images.filter(status="waiting")
        ]
        if not waiting:
            return None, None
        reference, image = self.pick(waiting, number)
        return claims.claim(image.pk), self.holds[reference]

    @precondition(lambda self: self.orders)
    @rule(number=picks)
    def deliver(self, number):
        work, hold = self.claimed(number)
        if work:
            self.do(lambda: outcomes.record_delivered(work, DeliveredImage(b"abc"), LOOKED, KEPT))
            hold.captured += 1

    @precondition(lambda self: self.orders)
    @rule(number=picks)
    def fail_to_deliver(self, number):
        work, hold = self.claimed(number)
        if work:
            self.do(
                lambda: outcomes.record_failed(
                    work, ProviderFailure(Reason.WRONG_OUTPUT, Outcome.FAILED, "No")
                )
            )
            hold.released += 1

    @precondition(lambda self: self.orders)
    @rule(number=picks)
    def cancel(self, number):
        reference = self.pick(self.orders, number)
        made = self.orders[reference]
        self.do(lambda: stopping.cancel(made))
        self.holds[reference].released = self.holds[reference].amount - self.holds[reference].captured
