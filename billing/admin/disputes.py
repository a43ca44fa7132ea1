"""Disputed payments, for operators: soonest deadline first, with evidence ready to be sent."""

from itertools import islice
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, Value, When
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts import audit
from accounts.admin_base import ReadOnlyAdmin, key_of, operator_of, run_action_form
from billing.disputes import compelling_evidence, evidence, evidence_archive, evidence_fields, submission
from billing.disputes.evidence import Evidence
from billing.models import Dispute
from billing.models.dispute import UNANSWERED
from core.wording import money

URGENT = 3
"""A dispute with fewer days left is marked as urgent."""
SHOWN = 50
"""Deliveries on the page; the zip has all."""
MAX_IMAGES = 12
STATUS_COLORS = {
    "needs_response": "danger", "warning_needs_response": "warning", "under_review": "info",
    "warning_under_review": "info", "won": "success", "warning_closed": "success", "prevented": "success", "lost": "danger",
}  # fmt: skip
HURRY = {"late": "danger", "urgent": "danger", "soon": "warning", "ample": "info"}


class EvidenceForm(forms.Form):
    """Form for an operator's own statement, which comes before the facts."""

    statement = forms.CharField(
        label="In your own words",
        required=False,
        max_length=evidence_fields.STATEMENT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text="Optional; the bank reads it first. The facts below follow it.",
    )


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """Payments disputed by payers' banks."""

    list_display = (
        "due",
        "workspace",
        "purchase",
        "money",
        "reason",
        "state",
        "sent",
        "frozen",
        "credits",
        "created_at",
    )
    list_filter = ("status", "reason", "created_at")
    list_select_related = ("purchase__workspace",)
    list_display_links = ("due", "purchase")
    search_fields = ("stripe_id__exact", "payment_intent__exact", "charge__exact")
    search_through = ("purchase",)
    exclude = ("evidence", "enhanced", "enhanced_evidence")
    actions_detail = ("download", "send")
    change_form_outer_before_template = "admin/dispute.html"

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Sort disputes that wait for our answer to the top, soonest deadline first."""
        waits = Case(When(status__in=UNANSWERED, takes_answer=True, then=Value(0)), default=Value(1))
        return [waits, F("due_by").asc(nulls_last=True), "-id"]

    @display(description="Answer due", label=HURRY)
    def due(self, obj: Dispute) -> tuple[str, str] | str:
        """Return the days left to answer, colored by urgency."""
        return due(obj)

    @display(description="Workspace")
    def workspace(self, obj: Dispute) -> str:
        """Name the workspace that paid."""
        return str(obj.purchase.workspace) if obj.purchase else "not ours"

    @display(description="Money")
    def money(self, obj: Dispute) -> str:
        """Format the disputed amount."""
        return money(obj.amount, obj.currency or (obj.purchase.currency if obj.purchase else "usd"))

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: Dispute) -> tuple[str, str]:
        """Return the status, which determines the color, and its words."""
        return obj.status, obj.get_status_display()

    @display(description="Evidence", boolean=True)
    def sent(self, obj: Dispute) -> bool:
        """Return whether Stripe has any evidence."""
        return bool(obj.submissions or obj.evidence_sent_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Show the dispute with the evidence that we have."""
        row = Dispute.objects.filter(pk=key_of(object_id)).first()
        facts = evidence.gather(row) if row else None
        shown = _shown(row, facts) if row else {}
        answer: HttpResponseBase = super().change_view(
            request, object_id, form_url, {**shown, **(extra_context or {})}
        )
        return answer

    @action(description="Download evidence", permissions=["act"], icon="folder_zip")
    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Download all evidence as a zip; audited, since it holds a customer's images."""
        row = get_object_or_404(Dispute, pk=key_of(object_id))
        facts = evidence.gather(row)
        if facts is None:
            raise PermissionDenied("This payment paid for none of our purchases.")
        file = evidence_archive.build_zip(facts)
        audit.record(
            "dispute.evidence_downloaded",
            workspace=facts.purchase.workspace,
            target=row.public_id,
            request=request,
        )
        return FileResponse(file, as_attachment=True, filename=f"{row.stripe_id}.zip")

    @action(description="Send evidence", permissions=["act"], icon="gavel")
    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the evidence to Stripe, once."""
        row = get_object_or_404(Dispute.objects.select_related("purchase__workspace"), pk=key_of(object_id))
        facts = evidence.gather(row)
        texts = row.evidence or (evidence_fields.fields(facts) if facts else {})

        def act(form: EvidenceForm) -> str:
            done = submission.send(row.pk, operator_of(request), form.cleaned_data["statement"])
            return f"Stripe has the evidence. The dispute is: {done.get_status_display().lower()}."

        return run_action_form(
            request, self, row, EvidenceForm(request.POST if request.method == "POST" else None),
            title="Send evidence to the bank", explanation=_before_sending(row, facts),
            button="Send to the bank", act=act,
            template="admin/dispute_send.html",
            more={"texts": [(name.replace("_", " "), text) for name, text in texts.items()]},
        )  # fmt: skip


def due(row: Dispute) -> tuple[str, str] | str:
    """Describe the time left to answer, for example "3 days left".

    Returns:
        A key of `HURRY` and the words; only words for a dispute that is answered or closed, or has no deadline.
    """
    if row.status not in UNANSWERED:
        return "closed" if row.closed_at else "answered"
    if not row.takes_answer:
        return "no answer allowed"
    days = row.days_left
    if days is None:
        return "no date"
    if days < 0:
        return "late", "too late"
    words = "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} left"
    return ("urgent" if days < URGENT else "soon" if days < 2 * URGENT else "ample", words)


def _shown(row: Dispute, facts: Evidence | None) -> dict[str, Any]:
    """Build the page's context from the evidence."""
    hurry = due(row)
    shown: dict[str, Any] = {
        "due": hurry if isinstance(hurry, str) else hurry[1],
        "is_urgent": not isinstance(hurry, str) and hurry[0] in {"urgent", "late"},
        "has_evidence": facts is not None,
        "disputed_money": money(row.amount, row.currency) if row.is_foreign else "",
        "paid_money": money(row.purchase.total, row.purchase.currency) if row.purchase else "",
        "sent": list(row.evidence.items()) if row.evidence_sent_at else [],
    }
    if facts is not None:
        described = list(facts.described(facts.uses[:SHOWN]))
        pictures = (one for _, one in described if one and one.thumbnail)
        shown |= {
            "sections": (
                ("The customer", facts.customer()), ("The purchase", facts.bought()), ("The use", facts.used()),
            ),
            "uses": described,
            "more_uses": len(facts.uses) - len(described),
            "pictures": list(islice(pictures, MAX_IMAGES)),
            "visits": facts.visits,
            "program": compelling_evidence.situation(facts) if row.is_answerable else "",
        }  # fmt: skip
    return shown


def _before_sending(row: Dispute, facts: Evidence | None) -> str:
    if not row.takes_answer:
        return "The cardholder's bank allows no answer to this dispute."
    if row.is_compliance:
        return submission.COMPLIANCE
    if row.evidence_sent_at or row.submissions:
        return "Evidence was already sent; banks accept it only once."
    if row.evidence:
        return "An earlier attempt got no answer from Stripe. It is repeated with the same text; sending again is safe."
    more = f" {compelling_evidence.situation(facts)}" if facts else ""
    return (
        "The bank accepts evidence once and decides on it; nothing can be added afterward. To add files, download "
        "the zip and upload them in Stripe's dashboard first. Where Stripe charges a fee for countering a dispute "
        "($15 in the US), sending costs it; a win brings it back." + more.rstrip()
    )
