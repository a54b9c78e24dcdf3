"""
What goes out: each function checks the arguments of some operations and makes their body.

All problems of a request are found before it leaves, each naming its field (of a list, with its index). The limits
are those of the gateway's documents: what each of them refuses does not go out, what only some refuse mostly does.
"""
