"""Addresses of Studio, of events and of files."""

from django.urls import path

from generation.views.events import events
from generation.views.files import file

urlpatterns = [
    path("studio/events", events, name="studio_events"),
    path("files/<str:public_id>/<str:variant>", file, name="file"),
]
