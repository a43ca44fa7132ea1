"""Admin pages for credits and pricing: all is shown, and actions call the same functions as other pages."""

from django.contrib import admin
from django.db.models import Q

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.operators.search import Term

# Django finds an app's admins in this module.
from billing.admin import (
    books,
    credit_adjustments,
    customers,
    disputes,
    fraud_warnings,
    packs,
    purchases,
    refund_requests,
)
from billing.models.ledger import Hold, Transfer

NOUNS = {
    "gen": "generation", "img": "image", "bat": "batch", "pur": "purchase", "apl": "appeal", "usr": "user",
    "wsp": "workspace",
}  # fmt: skip
"""What references in the ledger begin with, by the prefix of the public id."""
STRIPES = ("pi_", "dp_", "du_")


def references(term: Term) -> list[str]:
    """Return the references that an id may stand for in the ledger: all of them for one without a prefix."""
    nouns = NOUNS.values() if not term.prefix else filter(None, [NOUNS.get(term.prefix)])
    return [f"{noun}:{term.key}" for noun in nouns] if term.key else []


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "kind", "amount", "source", "target", "reference", "reason")
    list_filter = ("workspace__mode", "kind", "source", "target", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("reference__exact", "key__exact")

    def search_more(self, term: Term) -> Q:
        """Match what the ledger names by a reference or a key: its id, or Stripe's."""
        if term.text.startswith(STRIPES):
            return Q(key=f"stripe:{term.text}:purchase") | Q(key__startswith=f"dispute:{term.text}")
        if term.key is None:
            return Q()
        if term.prefix == "ref":
            return Q(key__startswith=f"refund:{term.key}:")
        wanted = references(term)
        return Q(reference__in=wanted) | Q(hold__in=list(Hold.objects.filter(reference__in=wanted)))


class TransferInline(ReadOnlyInline):
    model = Transfer
    fields = ("created_at", "kind", "amount", "source", "target", "key")
    readonly_fields = fields


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "reference", "amount", "captured", "released", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("workspace",)
    search_fields = ("reference__startswith",)
    inlines = (TransferInline,)

    def search_more(self, term: Term) -> Q:
        """Match what a hold pays for; the later holds of a batch have a number behind its id."""
        wanted = references(term)
        found = Q(reference__in=wanted)
        for one in wanted:
            found |= Q(reference__startswith=f"{one}:")
        return found if wanted else Q()
