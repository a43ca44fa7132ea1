"""URLs of the front page, models, Studio, events and files."""

from django.urls import path

from generation.views import archives, batch_acts, batch_draft, batches
from generation.views.appeal import appeal
from generation.views.events import events
from generation.views.fal_webhook import fal_webhook
from generation.views.files import file
from generation.views.generate import buy, generate
from generation.views.landing import landing, llms_txt
from generation.views.library import add, library, remove
from generation.views.live import live
from generation.views.model import model_page
from generation.views.models import models_page
from generation.views.one import again, cancel, code
from generation.views.preference import replacements
from generation.views.pricing import pricing
from generation.views.prompts import prompts
from generation.views.quote import quote
from generation.views.references import refer
from generation.views.studio import composer, studio
from generation.views.style_trial import sent, trial, try_out
from generation.views.styles import default, delete, new, save, style, styles
from generation.views.usage import usage_csv, usage_page
from generation.views.verify import verify

urlpatterns = [
    path("", landing, name="landing"),
    path("llms.txt", llms_txt, name="llms_txt"),
    path("pricing", pricing, name="pricing"),
    path("models", models_page, name="models"),
    path("models/<str:slug>", model_page, name="model"),
    path("workspace/models", replacements, name="workspace_models"),
    path("workspace/usage", usage_page, name="workspace_usage"),
    path("workspace/usage.csv", usage_csv, name="workspace_usage_csv"),
    path("verify", verify, name="verify"),
    path("studio", studio, name="studio"),
    path("studio/composer", composer, name="studio_composer"),
    path("studio/quote", quote, name="studio_quote"),
    path("studio/generate", generate, name="studio_generate"),
    path("studio/buy", buy, name="studio_buy"),
    path("studio/references", refer, name="studio_references"),
    path("studio/prompts", prompts, name="studio_prompts"),
    path("studio/live", live, name="studio_live"),
    path("studio/events", events, name="studio_events"),
    path("studio/generations/<str:generation_id>/again", again, name="studio_again"),
    path("studio/generations/<str:generation_id>/cancel", cancel, name="studio_cancel"),
    path("studio/generations/<str:generation_id>/code", code, name="studio_code"),
    path("studio/generations/<str:generation_id>/appeal", appeal, name="studio_appeal"),
    path("references", library, name="references"),
    path("references/add", add, name="references_add"),
    path("references/<str:reference_id>/delete", remove, name="references_delete"),
    path("batches", batches.batches, name="batches"),
    path("batches/new", batches.new, name="batch_new"),
    path("batches/<str:batch_id>", batches.batch, name="batch"),
    path("batches/<str:batch_id>/live", batches.live, name="batch_live"),
    path("batches/<str:batch_id>/settings", batch_draft.settings, name="batch_settings"),
    path("batches/<str:batch_id>/read", batch_draft.read, name="batch_read"),
    path("batches/<str:batch_id>/rows/<int:position>", batch_draft.fix, name="batch_fix"),
    path("batches/<str:batch_id>/start", batch_draft.start, name="batch_start"),
    path("batches/<str:batch_id>/discard", batch_draft.discard, name="batch_discard"),
    path("batches/<str:batch_id>/pause", batch_acts.pause, name="batch_pause"),
    path("batches/<str:batch_id>/resume", batch_acts.resume, name="batch_resume"),
    path("batches/<str:batch_id>/cancel", batch_acts.cancel, name="batch_cancel"),
    path("batches/<str:batch_id>/again", batch_acts.again, name="batch_again"),
    path("batches/<str:batch_id>/retry", batch_acts.retry, name="batch_retry"),
    path("batches/<str:batch_id>/zip", archives.pack, name="batch_zip"),
    path("batches/<str:batch_id>/rows.csv", archives.sheet, name="batch_sheet"),
    path("archives/<str:archive_id>", archives.archive, name="archive"),
    path("styles", styles, name="styles"),
    path("styles/new", new, name="style_new"),
    path("styles/save", save, name="style_save"),
    path("styles/sent", sent, name="style_sent"),
    path("styles/try", try_out, name="style_try"),
    path("styles/trial/<str:generation_id>", trial, name="style_trial"),
    path("styles/<str:style_id>", style, name="style"),
    path("styles/<str:style_id>/delete", delete, name="style_delete"),
    path("styles/<str:style_id>/default", default, name="style_default"),
    path("files/<str:public_id>/<str:variant>", file, name="file"),
    path("fal/webhook", fal_webhook, name="fal_webhook"),
]
