"""A WSDL's schemas as judges of whole envelopes: streaming, and narrowed first to the elements a reading names.

Rows of some systems may have hundreds of optional columns, and looking for each of ours among them is most of what judging costs. A narrowed copy
leaves out optional elements nobody asked for: what it accepts, the whole schema accepts too. What it refuses is judged again by the whole schema.
What belongs here: compiling and judging. What does not: operations (`description`), what elements mean.
"""

import io
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from lxml import etree

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_WIDE = 30
"""Sequences of more elements than this are narrowed."""
_ENVELOPE = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{_SOAP}" elementFormDefault="qualified">
{{imports}}
<xs:element name="Envelope"><xs:complexType><xs:sequence>
  <xs:element name="Header" minOccurs="0"><xs:complexType><xs:sequence>
    <xs:any processContents="lax" minOccurs="0" maxOccurs="unbounded"/></xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element>
  <xs:element name="Body"><xs:complexType><xs:sequence>
    <xs:any processContents="strict" minOccurs="0" maxOccurs="unbounded"/></xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""
DTD = "the answer brings its own DTD"


class NotAllowed(Exception):
    """An envelope that is not well formed, or not what the schemas allow."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.line = line


class Schemas:
    """The schemas of one WSDL and the names a reading uses. Without a WSDL only well-formedness is judged."""

    def __init__(self, wsdl: Path | None = None) -> None:
        self._wsdl, self._names, self._of = wsdl, frozenset[str](), self

    def narrowed(self, names: frozenset[str]) -> "Schemas":
        """The same judge, quicker where nothing but these elements occurs."""
        narrow = Schemas(self._wsdl)
        narrow._names, narrow._of = names, self
        return narrow

    def judge(self, envelope: bytes, huge: bool = False) -> None:
        """Read an envelope to its end, keeping nothing of it. Raises NotAllowed."""
        if self._wsdl is None:
            _read(envelope, None, huge)
            return
        try:
            _read(envelope, self._narrow, huge)
        except NotAllowed:
            _read(envelope, self._of.whole, huge)

    @cached_property
    def whole(self) -> etree.XMLSchema:
        """Everything the WSDL allows."""
        if self._wsdl is None:
            raise RuntimeError("there are no schemas without a WSDL")
        return _compiled(self._wsdl, None)

    @cached_property
    def _narrow(self) -> etree.XMLSchema:
        if self._wsdl is None or not self._names:
            return self._of.whole
        try:
            return _compiled(self._wsdl, self._names)
        except etree.XMLSchemaParseError:  # some type restricts one that was narrowed
            return self._of.whole


class _Nothing:
    """Takes no event, so that the parser builds nothing; a document type is refused where it begins, in whatever encoding."""

    def doctype(self, *_: object) -> None:
        raise NotAllowed(DTD)

    def close(self) -> None:
        """The end."""


def _read(envelope: bytes, schema: etree.XMLSchema | None, huge: bool) -> None:
    parser = etree.XMLParser(target=_Nothing(), schema=schema, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=huge)
    try:
        etree.fromstring(envelope, parser)
    except etree.XMLSyntaxError as fault:
        raise NotAllowed(str(fault), fault.lineno or 0) from None
    if len(parser.error_log):  # a parser with a target does not raise what the schema refuses
        raise NotAllowed(parser.error_log[0].message, parser.error_log[0].line)


def _compiled(wsdl: Path, names: frozenset[str] | None) -> etree.XMLSchema:
    """The WSDL's schemas under one envelope schema, narrowed to the names if there are any."""
    tree = etree.parse(str(wsdl), _parser())
    places: list[tuple[str, Path]] = []
    with tempfile.TemporaryDirectory() as folder:
        here = _narrowed(wsdl.parent, Path(folder), names) if names is not None else wsdl.parent
        for number, schema in enumerate(tree.iter(f"{_XSD}schema")):
            if schema.get("targetNamespace"):
                file = Path(folder) / f"inline{number}.xsd"
                if names is not None:
                    _narrow(schema, names)
                file.write_bytes(etree.tostring(schema))
                places.append((schema.get("targetNamespace", ""), file))
            else:
                places += [(i.get("namespace", ""), here / i.get("schemaLocation", "")) for i in schema.iter(f"{_XSD}import")]
        imports = "\n".join(f'<xs:import namespace="{n}" schemaLocation="{p.resolve().as_uri()}"/>' for n, p in places)
        return etree.XMLSchema(etree.parse(io.BytesIO(_ENVELOPE.format(imports=imports).encode()), _parser()))


def _narrowed(source: Path, target: Path, names: frozenset[str]) -> Path:
    """Narrowed copies of every schema file beside the WSDL."""
    for path in source.rglob("*.xsd"):
        tree = etree.parse(str(path), _parser())
        _narrow(tree.getroot(), names)
        copy = target / "narrowed" / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        tree.write(str(copy))
    return target / "narrowed"


def _narrow(schema: etree._Element, names: frozenset[str]) -> None:
    """Take out of wide sequences the optional elements that are not named; a sequence that takes any element besides would take them still."""
    for sequence in schema.iter(f"{_XSD}sequence"):
        if len(sequence) > _WIDE and sequence.find(f"{_XSD}any") is None:
            for element in list(_unnamed(sequence, names)):
                sequence.remove(element)


def _unnamed(sequence: etree._Element, names: frozenset[str]) -> Iterator[etree._Element]:
    return (e for e in sequence if e.tag == f"{_XSD}element" and e.get("minOccurs") == "0" and e.get("name") not in names)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
