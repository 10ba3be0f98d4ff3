"""The vendors there are stand-ins for: each holds a ledger, and says how books are set up to read it.

What belongs here: one entry a vendor. What does not: how any of them answers.
"""

import os
from collections.abc import Callable
from pathlib import Path

from core.errors import UsageFault
from tieout.standins import d365_exports, netsuite, odata, odata_vendors, oracle, quickbooks, quickbooks_entities, sap_exports, suitetalk_search
from tieout.standins.ledger import Ledger
from tieout.standins.vendor import Vendor

_BACK = 75
"""Days by which the sample company's entries may be dated back, and some."""
SPECS = "TIEOUT_VENDOR_SPECS"
"""Where a collection of the vendors' own descriptions lies: those of NetSuite are needed by SOAP, and are not ours to give away."""


def _netsuite(ledger: Ledger) -> Vendor:
    return Vendor(netsuite.NetSuite(ledger), netsuite.SECRETS, "oauth1_tba", {"account": netsuite.ACCOUNT, "document_key": "tranid"}, {})


def _netsuite_soap(ledger: Ledger) -> Vendor:
    wsdl = Path(os.environ.get(SPECS, "")) / "netsuite" / "netsuite.wsdl"
    if SPECS not in os.environ or not wsdl.is_file():
        raise UsageFault(
            "a stand-in for NetSuite SOAP needs NetSuite's own WSDL", f"environment variable {SPECS}", "answers are made and judged by it; it is not shipped",
            f"save it with its schemas as netsuite/netsuite.wsdl in a folder and export {SPECS}=FOLDER, or use --erp netsuite",
        )  # fmt: skip
    system = suitetalk_search.SuiteTalkSearch(ledger, suitetalk_search.version_of(wsdl))
    settings = {
        "account": netsuite.ACCOUNT, "version": system.version, "wsdl": str(wsdl.resolve()), "currency": _first(ledger, "currency"),
        "ledger_id": _first(ledger, "ledger_id"), "zone": "-08:00", "document_key": "tranid",
    }  # fmt: skip
    return Vendor(system, netsuite.SECRETS, "oauth1_tba", settings, {})


def _sap_s4hana(ledger: Ledger) -> Vendor:
    return Vendor(odata_vendors.sap_s4hana(ledger), odata.USER, "basic", {"document_key": "number"}, {})


def _sap_b1(ledger: Ledger) -> Vendor:
    settings = {
        "company_db": "STANDIN", "company_id": _first(ledger, "company_id"), "currency": _first(ledger, "currency"), "ledger_id": _first(ledger, "ledger_id"),
        "document_key": "reference",
    }  # fmt: skip
    return Vendor(odata_vendors.sap_b1(ledger), odata.USER, "session", settings, {}, by_posting_date=True, overlap_days=_BACK)


def _business_central(ledger: Ledger) -> Vendor:
    settings = {
        "tenant": "standin", "company": "c-1", "company_id": _first(ledger, "company_id"), "currency": _first(ledger, "currency"),
        "entity": "loyaltyLedgerEntries", "ledger_id": _first(ledger, "ledger_id"),
    }  # fmt: skip
    return Vendor(odata_vendors.business_central(ledger), odata.CLIENT, "oauth2_client", settings, odata_vendors.BC_FIELDS, token_path=odata.TOKEN)


def _d365_finance(ledger: Ledger) -> Vendor:
    settings = {"currency": _first(ledger, "currency"), "document_key": "voucher"}
    made = odata_vendors.d365_finance(ledger)
    return Vendor(made, odata.CLIENT, "oauth2_client", settings, odata_vendors.BC_FIELDS, token_path=odata.TOKEN, by_posting_date=True, overlap_days=_BACK)


def _quickbooks_online(ledger: Ledger) -> Vendor:
    system = quickbooks.QuickBooks(ledger)
    settings = {"realm": "9130", "company_id": _first(ledger, "company_id"), "currency": _first(ledger, "currency"), "batch_in": "memo", "member_in": "name"}
    settings["ledger_id"] = _first(ledger, "ledger_id")
    return Vendor(system, odata.CLIENT, "oauth2_refresh", settings, {}, files={"refresh_token": "rt-standin-0"}, token_path="/token", by_posting_date=True)


def _quickbooks_entities(ledger: Ledger) -> Vendor:
    system = quickbooks_entities.QuickBooksEntities(ledger)
    return Vendor(system, quickbooks_entities.SECRETS, "bearer", system.settings(ledger), quickbooks_entities.FIELDS)


def _oracle_fusion(ledger: Ledger) -> Vendor:
    return Vendor(oracle.Fusion(ledger), oracle.SECRETS, "basic", oracle.SETTINGS, oracle.REFERENCES)


def _exports(kind: str) -> Callable[[Ledger], Vendor]:
    def made(ledger: Ledger) -> Vendor:
        settings = {"document_key": "number", "account_width": "0"}
        settings |= {} if kind == "sap_list" else {"document_width": "0"}
        settings |= {} if kind == "sap_acdoca" else {"ledger_id": _first(ledger, "ledger_id")}
        write = sap_exports.WRITERS[kind]
        return Vendor(
            None, {}, "none", settings, sap_exports.FIELDS[kind], dialect=sap_exports.GERMAN, prepare=lambda folder: write(ledger, folder)
        )  # fmt: skip

    return made


def _d365_export(ledger: Ledger) -> Vendor:
    settings = {"currency": _first(ledger, "currency"), "document_key": "voucher"}
    return Vendor(None, {}, "none", settings, d365_exports.FIELDS, prepare=lambda folder: d365_exports.write_packages(ledger, folder))


def _first(ledger: Ledger, column: str) -> str:
    """What all lines of a company's one ledger say."""
    return ledger.lines[0][1][column]


VENDORS: dict[str, Callable[[Ledger], Vendor]] = {
    "netsuite": _netsuite, "netsuite_soap": _netsuite_soap, "sap_s4hana": _sap_s4hana, "sap_b1": _sap_b1, "business_central": _business_central,
    "d365_finance": _d365_finance, "quickbooks_online": _quickbooks_online, "quickbooks_entities": _quickbooks_entities,
    "oracle_fusion": _oracle_fusion, "d365_export": _d365_export,
    **{kind: _exports(kind) for kind in ("sap_list", "sap_tables", "sap_acdoca")},
}  # fmt: skip
