"""The sample company: made-up members of a made-up grocer, deterministic by seed, with planted breaks and the truth about them.

Everybody and everything in it is invented. The product never imports this package; `tieout demo` does.
"""
