"""Long work that outlives the page it was asked from: the only code that knows the queue.

`job` says what a job is; `asking` submits, cancels and lists them; `line` is the waiting line between the app
and the worker; `worker` is the process that takes one after another, and `work` what it does for each, in a
process of its own, whose `meter` writes down how far it is.
"""
