from generation.models.allowance import Allowance
from generation.models.appeal import Appeal, AppealStatus
from generation.models.appeal_decision import AppealDecision
from generation.models.archive import Archive, ArchiveStatus
from generation.models.attempt import Attempt, Outcome
from generation.models.batch import UNDER_WAY, Batch, BatchStatus
from generation.models.batch_row import BatchRow
from generation.models.check_rule import CheckRule
from generation.models.circuit import Cause, Circuit, CircuitState
from generation.models.daily_sums import DailyCost, DailySpeed, DailyUsage
from generation.models.daily_test_images import DailyTestImages
from generation.models.derivation import Derivation
from generation.models.end_user import EndUser
from generation.models.ending_notice import EndingNotice
from generation.models.event import Event
from generation.models.expected_cost import ExpectedCost
from generation.models.generation import FINISHED, UNFINISHED, Generation, Source, Status
from generation.models.image import Image, ImageStatus, Reason
from generation.models.image_model import ImageModel, Stage
from generation.models.model_health import HealthStatus, ModelHealth
from generation.models.pace import Pace
from generation.models.precheck import PreCheck, Verdict
from generation.models.preference import ModelPreference
from generation.models.price import ModelPrice
from generation.models.provider import TEST, Provider
from generation.models.reference import Reference
from generation.models.store_circuit import StoreCircuit
from generation.models.style import Style
from generation.models.style_version import StyleVersion
from generation.models.unit_cost import Unit, UnitCost

__all__ = [
    "FINISHED",
    "TEST",
    "UNDER_WAY",
    "UNFINISHED",
    "Allowance",
    "Appeal",
    "AppealDecision",
    "AppealStatus",
    "Archive",
    "ArchiveStatus",
    "Attempt",
    "Batch",
    "BatchRow",
    "BatchStatus",
    "Cause",
    "CheckRule",
    "Circuit",
    "CircuitState",
    "DailyCost",
    "DailySpeed",
    "DailyTestImages",
    "DailyUsage",
    "Derivation",
    "EndUser",
    "EndingNotice",
    "Event",
    "ExpectedCost",
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
    "PreCheck",
    "Provider",
    "Reason",
    "Reference",
    "Source",
    "Stage",
    "Status",
    "StoreCircuit",
    "Style",
    "StyleVersion",
    "Unit",
    "UnitCost",
    "Verdict",
]
