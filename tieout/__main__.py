"""`python -m tieout`."""

from tieout.main import main

main()
