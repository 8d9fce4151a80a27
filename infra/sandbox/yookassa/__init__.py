"""YooKassa as its shops and their buyers see it: the API, the checkout page, notifications, faults.

The core (money, settings, payments, refunds, objects, bodies, listing, receipts, replays, faults,
notifications, announcing, totals, forging, state, world) does no input or output; performing, edge,
api, checkout, sim, storing and sender are its surface. `sim` lists the control side.
"""
