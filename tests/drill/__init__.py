"""An hour's drill with Stripe itself, in its test mode: what the twin plays, held against what it stands for."""
