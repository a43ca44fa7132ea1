from django.urls import path

from gallery.views.compare import compare
from gallery.views.gallery import gallery
from gallery.views.image import delete, delete_one, favorite, image

urlpatterns = [
    path("gallery", gallery, name="gallery"),
    path("gallery/delete", delete, name="gallery_delete"),
    path("gallery/compare", compare, name="gallery_compare"),
    path("gallery/<str:image_id>", image, name="gallery_image"),
    path("gallery/<str:image_id>/favorite", favorite, name="gallery_favorite"),
    path("gallery/<str:image_id>/delete", delete_one, name="gallery_delete_one"),
]
