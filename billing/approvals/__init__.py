"""Actions that need a second operator's approval."""
