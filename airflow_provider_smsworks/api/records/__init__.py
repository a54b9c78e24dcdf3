"""
What comes back, read tolerantly: the gateway's documents and its real answers differ in shape and spelling.

Results are JSON-shaped: ids, numbers and moments (ISO 8601, UTC) are text. What no document mentions is kept
under the gateway's own name.
"""
