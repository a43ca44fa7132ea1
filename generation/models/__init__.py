from generation.models.archive import Archive, ArchiveStatus
from generation.models.attempt import Attempt, Outcome
from generation.models.batch import UNDER_WAY, Batch, BatchStatus
from generation.models.batch_row import BatchRow
from generation.models.circuit import Cause, Circuit, CircuitState
from generation.models.ending_notice import EndingNotice
from generation.models.event import Event
from generation.models.generation import FINISHED, Generation, Source, Status
from generation.models.image import Image, ImageStatus, Reason
from generation.models.image_model import ImageModel, Stage
from generation.models.model_health import HealthStatus, ModelHealth
from generation.models.pace import Pace
from generation.models.preference import ModelPreference
from generation.models.price import ModelPrice
from generation.models.provider import Provider
from generation.models.reference import Reference
from generation.models.style import Style
from generation.models.style_version import StyleVersion
from generation.models.unit_cost import Unit, UnitCost

__all__ = [
    "FINISHED",
    "UNDER_WAY",
    "Archive",
    "ArchiveStatus",
    "Attempt",
    "Batch",
    "BatchRow",
    "BatchStatus",
    "Cause",
    "Circuit",
    "CircuitState",
    "EndingNotice",
    "Event",
    "Generation",
    "HealthStatus",
    "Image",
    "ImageModel",
    "ImageStatus",
    "ModelHealth",
    "ModelPreference",
    "ModelPrice",
    "Outcome",
    "Pace",
    "Provider",
    "Reason",
    "Reference",
    "Source",
    "Stage",
    "Status",
    "Style",
    "StyleVersion",
    "Unit",
    "UnitCost",
]
