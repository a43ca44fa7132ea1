"""An order, from what was asked for to what was priced and submitted."""
