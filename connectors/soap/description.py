"""A system's own WSDL: loaded from disk only, pinned by hash; its schemas judge every envelope that leaves or arrives.

What belongs here: loading, refusing DTDs and the network, operations. What does not: judging (`schemas`), requests of any vendor.
"""

import hashlib
import re
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import zeep
from lxml import etree
from zeep.transports import Transport
from zeep.wsdl.bindings import Soap12Binding

from connectors.soap.schemas import Schemas
from core.errors import SystemFault, UsageFault

_DECLARED = re.compile(rb"<(?:[\w.-]+:)?element\b[^>]*?\bname=[\"']([\w.-]+)[\"']")


class _Offline(Transport):  # type: ignore[misc]
    """Files only."""

    def _load_remote_data(self, url: str) -> bytes:
        raise SystemFault("a WSDL leads to the network", url, "a description is read from disk, as it was pinned", "save what it imports beside it")


class Description:
    """One WSDL in this process."""

    def __init__(self, path: Path) -> None:
        settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        try:
            self._wsdl = zeep.wsdl.Document(str(path), _Offline(cache=None), settings=settings)
        except SystemFault:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever a WSDL holds, it is the configuration that is wrong
            raise UsageFault(
                f"the WSDL cannot be read ({type(fault).__name__})", str(path), "requests are made by it", "export it again from the system"
            ) from None
        self._path, self._whole, self._narrowed = path, Schemas(path), dict[frozenset[str], Schemas]()

    @cached_property
    def elements(self) -> frozenset[str]:
        """Names of every element it declares, in whatever type."""
        files = [self._path, *self._path.parent.rglob("*.xsd")]
        return frozenset(name.decode() for f in files for name in _DECLARED.findall(f.read_bytes()))

    def schemas(self, names: frozenset[str]) -> Schemas:
        """The judge of the envelopes of a reading that names these elements; compiled once."""
        if names not in self._narrowed:
            self._narrowed[names] = self._whole.narrowed(names)
        return self._narrowed[names]

    @property
    def schema(self) -> etree.XMLSchema:
        """Everything the WSDL allows, compiled."""
        return self._whole.whole

    def operation(self, name: str) -> tuple[str, str]:
        """(address, SOAPAction) of an operation. Raises UsageFault for one the WSDL does not have."""
        for service in self._wsdl.services.values():
            for port in service.ports.values():
                found: Any = port.binding._operations.get(name)
                if found is not None:
                    return str(port.binding_options["address"]), str(found.soapaction or "")
        raise self._lacks(name)

    def speaks_soap12(self, name: str) -> bool:
        """Whether the operation's envelopes are of SOAP 1.2: the binding `operation` found says so."""
        for service in self._wsdl.services.values():
            for port in service.ports.values():
                if name in port.binding._operations:
                    return isinstance(port.binding, Soap12Binding)
        raise self._lacks(name)

    def _lacks(self, name: str) -> UsageFault:
        return UsageFault(f"the WSDL has no operation {name}", "the platform's definition", "the request would be refused", "use the WSDL of the version named")


def description(path: Path, pinned: str) -> Description:
    """The WSDL at a path, loaded once per process. Raises UsageFault if its bytes are not those that were pinned."""
    if not path.is_file():
        raise UsageFault("the WSDL is not there", str(path), "it comes from your own system", "save it there, with the files it imports beside it")
    found = fingerprint(path)
    if pinned not in ("any", found):
        raise UsageFault(
            f"the WSDL has changed: {found[:16]} is not the pinned {pinned[:16]}", str(path), "another description may move a field", "review it, then pin it"
        )
    return _loaded(path.resolve(), found)


@cache
def _loaded(path: Path, _: str) -> Description:
    return Description(path)


def fingerprint(path: Path) -> str:
    """SHA-256 over a WSDL and every schema beside it."""
    digest = hashlib.sha256()
    for file in sorted([path, *path.parent.rglob("*.xsd")]):
        digest.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
