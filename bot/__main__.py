"""`python -m bot serve` runs the bot; `python -m bot refund-stars` is for the operator."""

from bot.console import main

if __name__ == "__main__":
    main()
