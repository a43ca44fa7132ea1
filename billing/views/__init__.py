"""The pages of credits: buying, statement, purchases, preferences; and Stripe's webhook."""
