"""`python -m videogen`."""

from videogen.cli import main

if __name__ == "__main__":
    main()
