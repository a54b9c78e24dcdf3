"""``smsworks doctor``: what is wrong with a connection, and what the gateway's documents leave open."""
