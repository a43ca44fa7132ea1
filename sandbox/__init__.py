"""Local twins of OpenAI, Stripe and fal that speak the providers' wire protocols. `python -m sandbox` starts them."""
