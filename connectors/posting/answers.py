"""Answers as trees of text: JSON with its numbers' own digits, XML by local names. Looking things up in them by path.

What does not belong here: what an answer means (`protocol`).
"""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from connectors.extraction.json_text import parse_json
from connectors.extraction.records import Drift


def json_tree(content: bytes) -> Any:
    """An answer in JSON; an empty one is an empty object. Raises Drift."""
    return parse_json(content) if content.strip() else {}


def xml_tree(content: bytes, schema: etree.XMLSchema | None) -> dict[str, Any]:
    """The body of an envelope, judged by the system's own schema: elements by local name, attributes as `@name`, repeated elements as lists. Raises Drift."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Drift("the answer brings its own DTD")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Drift("the answer is no XML, or cut off") from None
    if root.getroottree().docinfo.doctype:
        raise Drift("the answer brings its own DTD")
    body = next((e for e in root if etree.QName(e).localname == "Body"), None)
    if body is None:
        raise Drift("the answer is no envelope")
    is_fault = any(etree.QName(e).localname == "Fault" for e in body)
    if schema is not None and not is_fault and not schema.validate(root):
        raise Drift(f"the answer does not fit the system's own schema (line {schema.error_log[0].line})")
    found: dict[str, Any] = _node(body)
    return found


def _node(element: etree._Element) -> Any:
    inner: dict[str, Any] = {f"@{etree.QName(k).localname}": v for k, v in element.attrib.items()}
    for child in element:
        name, value = etree.QName(child).localname, _node(child)
        if name not in inner:
            inner[name] = value
        elif isinstance(inner[name], list):
            inner[name].append(value)
        else:
            inner[name] = [inner[name], value]
    text = (element.text or "").strip()
    if not inner:
        return text
    return inner | ({"$": text} if text else {})


def values(tree: Any, path: str) -> list[Any]:
    """Everything at a path of names joined by slashes; lists on the way are entered.

    >>> values({"a": [{"b": "1"}, {"b": "2"}, {}]}, "a/b")
    ['1', '2']
    """
    found = [tree]
    for name in path.split("/"):
        opened = [v for f in found for v in (f if isinstance(f, list) else [f])]
        found = [f[name] for f in opened if isinstance(f, Mapping) and f.get(name) is not None]
    return [v for f in found for v in (f if isinstance(f, list) else [f])]


def is_there(tree: Any, path: str) -> bool:
    """Whether the answer has such a place, be it empty."""
    before, _, last = path.rpartition("/")
    return any(isinstance(v, Mapping) and last in v for v in (values(tree, before) if before else [tree]))


def text(tree: Any, path: str) -> str:
    """The one text at a path; empty where there is none. Raises Drift where there are different ones."""
    found = {plain(v) for v in values(tree, path)} if path else set()
    if len(found) > 1:
        raise Drift(f"{path} has more than one value")
    return next(iter(found), "")


def plain(value: Any) -> str:
    """A value as text; an element's own, where it has attributes too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return str(value.get("$", ""))
    return str(value)
