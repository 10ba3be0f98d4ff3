"""A company's ledger moved from files into a stand-in: for `tieout demo --erp`, and for tests of whole closes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import UsageFault
from tieout.standins.ledger import Ledger, ledger_of
from tieout.standins.server import StandIn

SOURCE = "erp"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A stand-in and how books speak to it."""

    stand_in: StandIn
    secrets: Mapping[str, str]
    credentials: str
    settings: Mapping[str, str]
    fields: Mapping[str, str]


def vendor(name: str, ledger: Ledger) -> Vendor:
    """The stand-in called `name`, holding the ledger. Raises UsageFault naming those there are."""
    if name == "netsuite":
        from tieout.standins import netsuite

        return Vendor(netsuite.NetSuite(ledger), netsuite.SECRETS, "oauth1_tba", {"account": netsuite.ACCOUNT, "document_key": "tranid"}, {})
    if name == "sap_s4hana":
        from tieout.standins import odata_vendors

        secrets = {"user": "standin", "password": "pw-standin-odata"}
        return Vendor(odata_vendors.sap_s4hana(ledger), secrets, "basic", {"document_key": "number"}, {})
    if name == "oracle_fusion":
        from tieout.standins import oracle

        return Vendor(oracle.Fusion(ledger), oracle.SECRETS, "basic", oracle.SETTINGS, oracle.REFERENCES)
    if name == "quickbooks_entities":
        from tieout.standins import quickbooks_entities

        company = quickbooks_entities.QuickBooksEntities(ledger)
        return Vendor(company, quickbooks_entities.SECRETS, "bearer", company.settings(ledger), quickbooks_entities.FIELDS)
    known = "netsuite, sap_s4hana, oracle_fusion or quickbooks_entities"
    raise UsageFault(f"there is no stand-in for {name}", "the command line", "the demo needs a system to read", f"tieout demo --erp {known}")


@contextmanager
def served(folder: Path, name: str) -> Iterator[None]:
    """While this lasts, the lines of inbox/erp come out of a stand-in; without a name nothing changes."""
    if not name:
        yield
        return
    files = sorted((folder / "inbox" / SOURCE).glob("ledger_line_*.csv"))
    ledger = ledger_of(files)
    chosen = vendor(name, ledger)
    for path in files:
        path.unlink()
        path.with_suffix(".control.json").unlink(missing_ok=True)
    with chosen.stand_in:
        start = min(day for day, _ in ledger.lines)
        with (folder / "tieout.toml").open("a", encoding="utf-8") as config:
            config.write(source_toml(name, chosen, start.isoformat()))
        os.environ.update({f"{SOURCE.upper()}_{k.upper()}": v for k, v in chosen.secrets.items()})
        yield


def source_toml(name: str, chosen: Vendor, start: str) -> str:
    """What books say of the source."""
    settings = ", ".join(f'{k} = "{v}"' for k, v in chosen.settings.items())
    fields = ", ".join(f'{k} = "{v}"' for k, v in chosen.fields.items())
    return f"""
# Read from a stand-in while the demo ran: its address is gone, and the days that were read stand.
[sources.{SOURCE}]
kind = "{name}"
url = "{chosen.stand_in.url}"
start = {start}
deliver = ["line"]
settings = {{ {settings} }}
fields = {{ {fields} }}
[sources.{SOURCE}.credentials]
kind = "{chosen.credentials}"
"""
