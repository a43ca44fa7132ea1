from django.apps import AppConfig


class GalleryConfig(AppConfig):
    """The app's name in the admin."""

    name = "gallery"
    verbose_name = "Gallery"
