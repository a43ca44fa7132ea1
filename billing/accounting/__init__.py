"""What the business earned and owes: books, revenue by day, the dashboard's figures."""
