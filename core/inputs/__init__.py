"""What comes from outside, read as bounded numbers, days, text and JSON."""
