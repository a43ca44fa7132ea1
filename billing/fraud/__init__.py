"""Fraud prevention: card testing, and welcome credits once per person."""
