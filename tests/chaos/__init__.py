"""Campaigns that break everything that can break while tasks send, and count what people got: `make chaos`."""
