"""KIE.AI as its clients see it: both hosts, the result files, callbacks, and faults on request.

The core (clock, inputs, orders, tasks, accounts, files, records, faults, callbacks, world) does no
input or output; edge, api, uploads, downloads, sim and sender are its HTTP surface.
"""
