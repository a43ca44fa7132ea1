"""The admin of the generation app, in the module where Django looks for it."""

from generation import (
    admin_appeals,  # noqa: F401
    admin_batches,  # noqa: F401
    admin_checks,  # noqa: F401
    admin_generations,  # noqa: F401
    admin_models,  # noqa: F401
    admin_presets,  # noqa: F401
    admin_providers,  # noqa: F401
)
