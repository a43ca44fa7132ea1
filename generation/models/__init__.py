from generation.models.attempt import Attempt, Outcome
from generation.models.event import Event
from generation.models.generation import FINISHED, Generation, Source, Status
from generation.models.image import Image, ImageStatus, Reason
from generation.models.image_model import ImageModel, Stage
from generation.models.preference import ModelPreference
from generation.models.price import ModelPrice
from generation.models.provider import Provider
from generation.models.reference import Reference
from generation.models.unit_cost import Unit, UnitCost

__all__ = [
    "FINISHED",
    "Attempt",
    "Event",
    "Generation",
    "Image",
    "ImageModel",
    "ImageStatus",
    "ModelPreference",
    "ModelPrice",
    "Outcome",
    "Provider",
    "Reason",
    "Reference",
    "Source",
    "Stage",
    "Status",
    "Unit",
    "UnitCost",
]
