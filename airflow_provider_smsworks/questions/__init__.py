"""
Asks somebody by text, and understands the answer.

``codes`` are what a reply repeats so that it is known what it answers; ``answers`` says which answers there are;
``conversation`` which text of a phone answers which question.
"""

from __future__ import annotations
