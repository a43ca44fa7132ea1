from django.apps import AppConfig


class GalleryConfig(AppConfig):
    """Configuration of the gallery app."""

    name = "gallery"
    verbose_name = "Gallery"
