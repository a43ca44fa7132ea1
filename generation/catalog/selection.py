"""Choose the model that an order names, and say why where it can't be had."""

from accounts.models import Workspace
from generation.catalog.cache import OFFERED, Catalog, end_of, load
from generation.errors import ModelNotFound, ModelRetired, ModelUnavailable
from generation.models import ImageModel, ModelPreference, Stage


def choose(workspace: Workspace, slug: str, known: Catalog | None = None) -> ImageModel:
    """Return the model that runs an order for `slug`: itself, or its replacement if the workspace opted in.

    Args:
        workspace: whose order it is; in a test world the model's own provider may be shut.
        slug: what it asks for.
        known: the catalog, if it was already read.

    Raises:
        ModelNotFound: there is no such model.
        ModelRetired: it has ended; the message names what replaces it.
        ModelUnavailable: it is switched off, or not available yet.
    """
    catalog = known or load()
    model = catalog.find(slug)
    if model is None:
        raise ModelNotFound(
            "There is no model with that name. Choose one from the list of models.", param="model"
        )
    stage = model.stage()
    if stage in OFFERED:
        if not workspace.is_test and catalog.is_shut(model):
            raise _shut(model, catalog.instead(model))
        return model
    replacement = catalog.replacement(model)
    if stage is Stage.RETIRED:
        if (
            replacement
            and ModelPreference.objects.filter(workspace=workspace.home_id, use_replacements=True).exists()
        ):
            return replacement
        raise _retired(model, replacement)
    raise ModelUnavailable(
        f"{model.label} is not available right now. Nothing was charged; choose another model.", param="model"
    )


def _shut(model: ImageModel, instead: ImageModel | None) -> ModelUnavailable:
    advice = f"Try {instead.slug}" if instead else "Try again later"
    return ModelUnavailable(
        f"{model.label} is unavailable right now. {advice}; nothing was charged.",
        param="model",
        instead=instead.slug if instead else None,
    )


def _retired(model: ImageModel, replacement: ImageModel | None) -> ModelRetired:
    advice = f"Use {replacement.slug} instead" if replacement else "Choose another model"
    return ModelRetired(
        f"{model.slug} {end_of(model)}. {advice}; nothing was charged.",
        param="model",
        replacement=replacement.slug if replacement else None,
    )
