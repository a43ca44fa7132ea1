"""The partner API: `/api/v1/`, its schema and its reference, the OpenAI-compatible `/v1/`, and `/mcp`."""

from django.urls import path
from django.views.generic import RedirectView

from accounts.access import public
from api.manual.changelog import API, MODELS
from api.mcp.elsewhere import ElsewhereView
from api.openai import views as openai
from api.pages import changelog, guides, llms, reference, tokens, webhooks
from api.views.appeals import AppealView
from api.views.batches import (
    BatchArchiveView,
    BatchCancelView,
    BatchesView,
    BatchPauseView,
    BatchResumeView,
    BatchRetryView,
    BatchRowsView,
    BatchStartView,
    BatchView,
)
from api.views.billing import (
    BalanceView,
    PacksView,
    PurchasesView,
    PurchaseView,
    RefillView,
    TransfersView,
)
from api.views.docs import SchemaView
from api.views.generations import (
    GenerationCancelView,
    GenerationEventsView,
    GenerationsView,
    GenerationView,
    QuotesView,
)
from api.views.images import ImageDownloadView, ImagesView, ImageView
from api.views.models import ModelsView, ModelView
from api.views.not_found import NotFoundView
from api.views.references import ReferencesView, ReferenceView
from api.views.styles import StylesView, StyleView
from api.views.usage import UsageTableView, UsageView
from api.views.webhooks import (
    DeliveriesView,
    DeliveryAgainView,
    EndpointSecretView,
    EndpointsView,
    EndpointTestView,
    EndpointView,
    EventsView,
    WorkspaceSecretView,
)
from api.views.workspace.clients import (
    ClientCloseView,
    ClientFundView,
    ClientResumeView,
    ClientSuspendView,
    ClientsView,
    ClientTransfersView,
    ClientUsageView,
    ClientView,
    ClientWithdrawView,
)
from api.views.workspace.tokens import LeaksView, RotationView, TokensView, TokenView
from api.views.workspace.workspace import MembersView, MemberView, WorkspaceView

urlpatterns = [
    path("api/v1/balance", BalanceView.as_view(), name="api_balance"),
    path("api/v1/test-world/refill", RefillView.as_view(), name="api_test_world_refill"),
    path("api/v1/quotes", QuotesView.as_view(), name="api_quotes"),
    path("api/v1/generations", GenerationsView.as_view(), name="api_generations"),
    path("api/v1/generations/<str:id>", GenerationView.as_view(), name="api_generation"),
    path("api/v1/generations/<str:id>/cancel", GenerationCancelView.as_view(), name="api_generation_cancel"),
    path("api/v1/generations/<str:id>/events", GenerationEventsView.as_view(), name="api_generation_events"),
    path("api/v1/generations/<str:id>/appeal", AppealView.as_view(), name="api_generation_appeal"),
    path("api/v1/batches", BatchesView.as_view(), name="api_batches"),
    path("api/v1/batches/<str:id>", BatchView.as_view(), name="api_batch"),
    path("api/v1/batches/<str:id>/rows", BatchRowsView.as_view(), name="api_batch_rows"),
    path("api/v1/batches/<str:id>/start", BatchStartView.as_view(), name="api_batch_start"),
    path("api/v1/batches/<str:id>/pause", BatchPauseView.as_view(), name="api_batch_pause"),
    path("api/v1/batches/<str:id>/resume", BatchResumeView.as_view(), name="api_batch_resume"),
    path("api/v1/batches/<str:id>/cancel", BatchCancelView.as_view(), name="api_batch_cancel"),
    path("api/v1/batches/<str:id>/retry", BatchRetryView.as_view(), name="api_batch_retry"),
    path("api/v1/batches/<str:id>/archive", BatchArchiveView.as_view(), name="api_batch_archive"),
    path("api/v1/images", ImagesView.as_view(), name="api_images"),
    path("api/v1/images/<str:id>", ImageView.as_view(), name="api_image"),
    path("api/v1/images/<str:id>/download", ImageDownloadView.as_view(), name="api_image_download"),
    path("api/v1/references", ReferencesView.as_view(), name="api_references"),
    path("api/v1/references/<str:id>", ReferenceView.as_view(), name="api_reference"),
    path("api/v1/styles", StylesView.as_view(), name="api_styles"),
    path("api/v1/styles/<str:id>", StyleView.as_view(), name="api_style"),
    path("api/v1/models", ModelsView.as_view(), name="api_models"),
    path("api/v1/models/<str:id>", ModelView.as_view(), name="api_model"),
    path("api/v1/packs", PacksView.as_view(), name="api_packs"),
    path("api/v1/transfers", TransfersView.as_view(), name="api_transfers"),
    path("api/v1/purchases", PurchasesView.as_view(), name="api_purchases"),
    path("api/v1/purchases/<str:id>", PurchaseView.as_view(), name="api_purchase"),
    path("api/v1/usage", UsageView.as_view(), name="api_usage"),
    path("api/v1/usage.csv", UsageTableView.as_view(), name="api_usage_csv"),
    path("api/v1/events", EventsView.as_view(), name="api_events"),
    path("api/v1/webhook-endpoints", EndpointsView.as_view(), name="api_webhook_endpoints"),
    path("api/v1/webhook-endpoints/<str:id>", EndpointView.as_view(), name="api_webhook_endpoint"),
    path("api/v1/webhook-endpoints/<str:id>/rotate-secret", EndpointSecretView.as_view()),
    path("api/v1/webhook-endpoints/<str:id>/test", EndpointTestView.as_view()),
    path("api/v1/webhook-endpoints/<str:id>/deliveries", DeliveriesView.as_view()),
    path(
        "api/v1/webhook-endpoints/<str:id>/deliveries/<str:delivery>/redeliver", DeliveryAgainView.as_view()
    ),
    path("api/v1/webhook-secret/rotate", WorkspaceSecretView.as_view()),
    path("api/v1/workspace", WorkspaceView.as_view(), name="api_workspace"),
    path("api/v1/clients", ClientsView.as_view(), name="api_clients"),
    path("api/v1/clients/<str:id>", ClientView.as_view(), name="api_client"),
    path("api/v1/clients/<str:id>/fund", ClientFundView.as_view(), name="api_client_fund"),
    path("api/v1/clients/<str:id>/withdraw", ClientWithdrawView.as_view(), name="api_client_withdraw"),
    path("api/v1/clients/<str:id>/suspend", ClientSuspendView.as_view(), name="api_client_suspend"),
    path("api/v1/clients/<str:id>/resume", ClientResumeView.as_view(), name="api_client_resume"),
    path("api/v1/clients/<str:id>/close", ClientCloseView.as_view(), name="api_client_close"),
    path("api/v1/clients/<str:id>/transfers", ClientTransfersView.as_view(), name="api_client_transfers"),
    path("api/v1/clients/<str:id>/usage", ClientUsageView.as_view(), name="api_client_usage"),
    path("api/v1/members", MembersView.as_view(), name="api_members"),
    path("api/v1/members/<str:id>", MemberView.as_view(), name="api_member"),
    path("api/v1/tokens", TokensView.as_view(), name="api_tokens"),
    path("api/v1/tokens/<str:id>", TokenView.as_view(), name="api_token"),
    path("api/v1/tokens/<str:id>/rotate", RotationView.as_view(), name="api_token_rotate"),
    path("api/v1/leaked-tokens", LeaksView.as_view(), name="api_leaked_tokens"),
    path("developers", tokens.developers, name="developers"),
    path("developers/tokens", tokens.create_token, name="developers_token_create"),
    path("developers/tokens/<str:token>/revoke", tokens.revoke_token, name="developers_token_revoke"),
    path("developers/webhooks", webhooks.list_endpoints, name="developers_webhooks"),
    path("developers/webhooks/new", webhooks.create, name="developers_webhook_create"),
    path("developers/webhooks/secret", webhooks.renew_secret, name="developers_webhook_secret"),
    path("developers/webhooks/<str:endpoint>", webhooks.show, name="developers_webhook"),
    path("developers/webhooks/<str:endpoint>/save", webhooks.save),
    path("developers/webhooks/<str:endpoint>/switch", webhooks.switch),
    path("developers/webhooks/<str:endpoint>/test", webhooks.test),
    path("developers/webhooks/<str:endpoint>/rotate", webhooks.rotate),
    path("developers/webhooks/<str:endpoint>/delete", webhooks.delete),
    path("developers/webhooks/<str:endpoint>/deliveries/<str:delivery>/again", webhooks.send_again),
    path("api/schema/", SchemaView.as_view(), name="api_schema"),
    path("api/docs/", reference.operations, name="api_docs"),
    path("api/docs", public(RedirectView.as_view(pattern_name="api_docs", permanent=True))),
    path("mcp", ElsewhereView.as_view(), name="mcp"),
    # Where the types of problems lead: their anchors stay.
    path("api/docs/errors/", guides.errors),
    path("api/docs/<slug:name>/", reference.operation, name="api_operation"),
    path("developers/docs", guides.first, name="guides"),
    path("developers/docs.md", guides.markdown, name="guides_markdown"),
    path("developers/docs/search.json", guides.search_index, name="guides_search"),
    path("developers/docs/<slug:slug>.md", guides.markdown, name="guide_markdown"),
    path("developers/docs/<slug:slug>", guides.guide, name="guide"),
    path("changelog", changelog.page, name="changelog"),
    path("changelog.md", changelog.markdown, name="changelog_markdown"),
    path("changelog.atom", changelog.feed, {"about": API}, name="changelog_feed"),
    path("changelog/models.atom", changelog.feed, {"about": MODELS}, name="models_feed"),
    path("llms.txt", llms.llms_txt, name="llms_txt"),
    path("llms-full.txt", llms.llms_full, name="llms_full"),
    path("v1/images/generations", openai.generations, name="openai_generations"),
    path("v1/images/edits", openai.edits, name="openai_edits"),
    path("v1/models", openai.models, name="openai_models"),
    path("v1/models/<str:model>", openai.model, name="openai_model"),
    path("v1/<path:rest>", openai.missing, name="openai_missing"),
    path("api/<path:rest>", NotFoundView.as_view(), name="api_missing"),
]
