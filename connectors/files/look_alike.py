"""Letters that look like Latin letters: full-width, mathematical, Cyrillic and Greek ones, as a translation table for SQL.

What belongs here: which letter looks like which. What does not: deciding that two members are one; nobody does that automatically.
Source: Unicode compatibility folding (NFKC), and for Cyrillic and Greek the single-letter rows of UTS #39 confusables that people can type.
"""

import unicodedata

_CYRILLIC = dict(zip("АВЕЅІЈКМНОРСТУХҮԌԚԜаеорсухіјѕһԁԛԝӏѵ", "ABESIJKMHOPCTYXYGQWaeopcyxijshdqwlv", strict=True))
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυϲ", "ABEZHIKMNOPTYXaivopuc", strict=True))
_FOLDED_RANGES = ((0xFF01, 0xFF5E), (0x2100, 0x214F), (0x24B6, 0x24E9), (0x1D400, 0x1D7FF), (0x2070, 0x209C), (0x00AA, 0x00BA))


def look_alike_letters() -> tuple[str, str]:
    """Two texts of equal length: foreign letters, and the ASCII character each looks like."""
    pairs = {**_CYRILLIC, **_GREEK}
    for first, last in _FOLDED_RANGES:
        for point in range(first, last + 1):
            folded = unicodedata.normalize("NFKC", chr(point))
            if len(folded) == 1 and folded.isascii() and folded != chr(point):
                pairs.setdefault(chr(point), folded)
    return "".join(pairs), "".join(pairs.values())
