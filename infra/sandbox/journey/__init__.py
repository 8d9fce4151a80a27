"""The journey: what a person does on the page, done without a browser, and checked in the log."""
