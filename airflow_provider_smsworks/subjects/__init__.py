"""
What can be waited for: how to look at the gateway, what a look means, and what its end means for a task.

A subject says which calls to make and judges the answers; ``waiting`` makes the calls, in the worker or on the
triggerer's event loop. So one set of decisions serves both, and calls of many waits can be made once for all of them.
"""
