"""Credits for money: orders, what their provider says, and how the two are kept the same.

Whatever is credited was asked of the provider first. Whoever tells us of it only rings a bell.
"""
