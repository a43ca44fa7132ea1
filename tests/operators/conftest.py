"""What operators look at: rows of everything that belongs to Alice's workspace."""

from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import audit, tokens
from accounts.models import AddressChange, Membership, Role, Scope
from accounts.workspaces import invitations
from api.quotes.orders import keep
from api.webhooks import endpoints
from billing.clients import clients
from billing.models import (
    AutoTopUp,
    CheckoutPause,
    CreditPack,
    CreditRequest,
    Customer,
    Decline,
    Dispute,
    FraudWarning,
    PaymentPage,
    Purchase,
    Refund,
    RefundRequest,
)  # fmt: skip
from billing.models.ledger import Hold, Transfer
from generation.batches import archives, drafts, parsing, transitions
from generation.models import Appeal, Archive, Attempt, EndUser, Image, PreCheck, Provider, Reference, Source
from generation.orders.order import Order
from generation.orders.preparation import OrderPreparer
from generation.orders.submit import submit
from generation.styles import authoring
from generation.styles.authoring import StyleContent

SHA = "ab" * 32
REQUEST = "req_upstream_1"


@pytest.fixture
def world(workspace, alice, operator, fund):
    """One row of every table that has a list, of Alice's, with the ids that Stripe and providers gave them."""
    fund(workspace, 50)
    token, secret = tokens.issue(workspace, name="Some program", scopes=[Scope.GENERATIONS_WRITE], user=alice)
    generation = submit(
        workspace, Order(prompt="a duel", model="gpt-image-2"), source=Source.STUDIO, user=alice
    )
    image, now = generation.images.get(), timezone.now()
    Image.objects.filter(pk=image.pk).update(
        status="stored", file=default_storage.save("search/a.png", ContentFile(b"a")), finished_at=now,
        sha256=bytes.fromhex(SHA),
    )  # fmt: skip
    attempt = Attempt.objects.create(
        workspace=workspace, image=image, provider=Provider.objects.get(slug="openai"), number=1,
        upstream_request=REQUEST,
    )  # fmt: skip
    batch = transitions.start(drafts.create(workspace, [parsing.ParsedRow("a bell")]))
    Image.objects.filter(generation__batch=batch).update(status="stored", file="a.png", finished_at=now)
    archive = archives.request_archive(batch)
    purchase = Purchase.objects.create(
        workspace=workspace, created_by=alice, pack_slug="starter", pack_name="Starter", credits=400, amount=1000,
        checkout_session="cs_test_a1", payment_intent="pi_3a", charge="ch_3a", invoice_number="A1B2-0001",
    )  # fmt: skip
    Customer.objects.create(workspace=workspace, stripe_id="cus_1a")
    AutoTopUp.objects.create(workspace=workspace, pack=CreditPack.objects.first(), payment_method="pm_1a")
    page = PaymentPage.objects.create(
        workspace=workspace, user=alice, purchase=purchase, session="cs_test_a1"
    )
    asked = {"reason": "b", "asked_by": operator}
    found = {
        "user": alice,
        "workspace": workspace,
        "membership": Membership.objects.get(user=alice),
        "token": token,
        "invitation": invitations.invite(
            workspace, "new@example.com", Role.VIEWER, by=Membership.objects.get(user=alice)
        ),
        "address": AddressChange.objects.create(
            user=alice, old_email="old@example.com", new_email=alice.email, made_by="a", proved_at=now
        ),
        "generation": generation,
        "image": image,
        "attempt": attempt,
        "precheck": PreCheck.objects.create(generation=generation, workspace=workspace),
        "appeal": Appeal.objects.create(workspace=workspace, generation=generation, created_by=alice),
        "end_user": EndUser.objects.create(identifier="hash-of-alice", workspace=workspace, person=alice),
        "batch": batch,
        "archive": Archive.objects.get(pk=archive.pk),
        "reference": Reference.objects.create(
            workspace=workspace, file="a", thumbnail="a", format="png", width=64, height=64, size=5, sha256=b""
        ),
        "style": authoring.save(workspace, None, StyleContent("{prompt}, calm"), name="Calm"),
        "purchase": purchase,
        "page": page,
        "decline": Decline.objects.create(id="ch_declined", page=page, workspace=workspace),
        "pause": CheckoutPause.objects.create(workspace=workspace, declines=3, until=now),
        "refund": Refund.objects.create(purchase=purchase, payment_intent="pi_3a", stripe_id="re_3a", amount=10),
        "refund_request": RefundRequest.objects.create(
            purchase=purchase, request_key="a", amount=300, credits=30, **asked
        ),
        "credit_request": CreditRequest.objects.create(
            workspace=workspace, credits=9, request_key="a", **asked
        ),
        "dispute": Dispute.objects.create(
            stripe_id="dp_1a", payment_intent="pi_3a", charge="ch_3a", amount=300, status="needs_response",
            purchase=purchase,
        ),
        "warning": FraudWarning.objects.create(
            stripe_id="issfr_1a", payment_intent="pi_3a", charge="ch_3a", kind="a", purchase=purchase
        ),
        "wallet": workspace.wallet,
        "hold": Hold.objects.get(reference=f"generation:{generation.pk}"),
        "transfer": Transfer.objects.filter(hold__reference=f"generation:{generation.pk}").first(),
        "event": audit.record("token.created", workspace=workspace, actor=alice, target=token.public_id),
    }  # fmt: skip
    priced = OrderPreparer(workspace).prepare(Order(prompt="a duel", model="gpt-image-2"))
    found |= {
        "client": clients.create(workspace, "Kiosk", external_id="shop-118", by=alice),
        "quote": keep(workspace, priced, token=token, user=None),
    }
    endpoint, _ = endpoints.register(workspace, "http://127.0.0.1:9/", ["*"], is_test=False)
    delivery = endpoints.send_test(endpoint)
    found |= {"endpoint": endpoint, "delivery": delivery, "webhook_event": delivery.event}
    if found["event"] is None:
        found["event"] = workspace.audit_events.filter(target=token.public_id).first()
    return SimpleNamespace(rows=found, secret=secret, **found)
