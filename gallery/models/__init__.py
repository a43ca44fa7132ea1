from gallery.models.favorite import Favorite
from gallery.models.wording import Wording

__all__ = ["Favorite", "Wording"]
