"""The command line and the sample company. Commands are thin: they open the books, call assets, and print."""
