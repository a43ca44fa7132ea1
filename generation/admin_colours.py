"""The colors in which operators see a status."""

STATUS_COLOURS = {
    "succeeded": "success", "stored": "success", "partial": "warning", "failed": "danger", "refused": "warning",
    "unknown": "danger", "running": "info", "sent": "info", "live": "success", "deprecated": "warning",
    "retired": "danger", "disabled": "danger", "ready": "success", "paused": "warning", "building": "info",
    "closed": "success", "open": "danger", "half_open": "warning", "healthy": "success", "struggling": "warning",
    "down": "danger",
}  # fmt: skip
