"""``--live-number``: what only the real gateway can answer, asked with two texts and a schedule that is taken back."""
