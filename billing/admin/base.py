"""Colors of statuses in the operators' admin."""

STATUS_COLORS = {
    "paid": "success", "succeeded": "success", "pending": "info", "processing": "info", "expired": "warning",
    "failed": "danger", "review": "danger", "waiting": "warning", "approved": "success", "declined": "danger",
    "withdrawn": "info",
}  # fmt: skip
