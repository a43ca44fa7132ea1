"""What moves money at the twin: payments, refunds, disputes, the balance, tax."""
