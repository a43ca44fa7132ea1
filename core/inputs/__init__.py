"""Input from outside, parsed as bounded numbers, days, text and JSON."""
