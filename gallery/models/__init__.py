from gallery.models.favorite import Favorite

__all__ = ["Favorite"]
