"""URLs of the front page, models, Studio, events and files."""

from django.urls import path

from generation.views.batches import actions, archives, drafts, pages
from generation.views.events import events
from generation.views.fal_webhook import fal_webhook
from generation.views.files import file
from generation.views.references.library import add, library, remove
from generation.views.references.uploads import refer
from generation.views.site.landing import landing
from generation.views.site.model import model_page
from generation.views.site.models import models_page
from generation.views.site.preferences import replacements
from generation.views.site.pricing import pricing
from generation.views.site.verify import verify
from generation.views.studio.appeal import appeal
from generation.views.studio.generate import buy, generate
from generation.views.studio.generation import again, cancel, code
from generation.views.studio.live import live
from generation.views.studio.page import composer, studio
from generation.views.studio.prompts import prompts
from generation.views.studio.quote import quote
from generation.views.styles.pages import default, delete, new, save, style, styles
from generation.views.styles.trial import sent, trial, try_out
from generation.views.usage import usage_csv, usage_page

urlpatterns = [
    path("", landing, name="landing"),
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
    path("batches", pages.batches, name="batches"),
    path("batches/new", pages.new, name="batch_new"),
    path("batches/<str:batch_id>", pages.batch, name="batch"),
    path("batches/<str:batch_id>/live", pages.live, name="batch_live"),
    path("batches/<str:batch_id>/settings", drafts.settings, name="batch_settings"),
    path("batches/<str:batch_id>/read", drafts.read, name="batch_read"),
    path("batches/<str:batch_id>/rows/<int:position>", drafts.fix, name="batch_fix"),
    path("batches/<str:batch_id>/start", drafts.start, name="batch_start"),
    path("batches/<str:batch_id>/discard", drafts.discard, name="batch_discard"),
    path("batches/<str:batch_id>/pause", actions.pause, name="batch_pause"),
    path("batches/<str:batch_id>/resume", actions.resume, name="batch_resume"),
    path("batches/<str:batch_id>/cancel", actions.cancel, name="batch_cancel"),
    path("batches/<str:batch_id>/again", actions.again, name="batch_again"),
    path("batches/<str:batch_id>/retry", actions.retry, name="batch_retry"),
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
