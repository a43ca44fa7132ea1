"""Every address of the product, by app."""

from django.contrib import admin
from django.urls import include, path

from config.observability import health, metrics

handler400, handler500 = "api.error_pages.bad_request", "api.error_pages.server_error"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    # Before allauth's, whose lists it replaces by its own pages.
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("billing.urls")),
    path("", include("generation.urls")),
    path("", include("gallery.urls")),
    path("", include("api.urls")),
]
