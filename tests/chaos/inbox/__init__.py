"""A campaign that breaks everything that can break while watchers tell the texts that come in: what was lost or told
twice? `python -m tests.chaos.inbox`.
"""
