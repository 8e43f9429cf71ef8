"""`python -m krohn` is `krohn`."""

from .cli import main

if __name__ == "__main__":
    main()
