"""The command line's front door."""

from service.cli import main

if __name__ == "__main__":
    main()
