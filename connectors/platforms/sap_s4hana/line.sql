-- purpose: SAP journal entry items as posted lines; amounts are signed there (credit negative), storno postings stay on their side with the opposite sign.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per item; keys keep their leading zeros; an item that was created on one day of the window and changed on another comes once, and
-- only so: of one day no item comes twice.
select coalesce(filled("Ledger"), '0L') as ledger_id, "CompanyCode" as company_id,
    case s_document_key when 'number' then "AccountingDocument" else "AccountingDocument" || '-' || "FiscalYear" end as document_id,
    "AccountingDocumentItem" as line_id, "AccountingDocument" as document_no, "AccountingDocumentType" as document_type,
    filled("DocumentReferenceID") as external_ref, "FiscalYear" as fiscal_year, "FiscalPeriod" as fiscal_period,
    odata_day("PostingDate") as posting_date, odata_day("DocumentDate") as document_date, "GLAccount" as account,
    case "DebitCreditCode" when 'S' then 'D' when 'H' then 'C' else error('DebitCreditCode is neither S nor H') end as side, exact("AmountInCompanyCodeCurrency") as amount_local,
    "CompanyCodeCurrency" as currency_local, exact("AmountInTransactionCurrency") as amount_document, filled("TransactionCurrency") as currency_document,
    case when filled("AdditionalCurrency1") is not null then exact("AmountInAdditionalCurrency1") end as amount_group,
    filled("AdditionalCurrency1") as currency_group, concat_ws('|', "AmountInCompanyCodeCurrency", "AmountInTransactionCurrency") as raw_amount_text,
    flag("IsNegativePosting") as is_storno, flag("IsReversal") as is_reversal, flag("IsReversed") as is_reversed,
    case when flag("IsReversal") then filled("ReverseDocument") || case s_document_key when 'number' then '' else '-' || "ReverseDocumentFiscalYear" end end
        as reverses_document_id,
    odata_day("ClearingDate") as cleared_on, filled("ClearingAccountingDocument") as clearing_document_id, filled("TaxCode") as tax_code,
    filled("TaxJurisdiction") as tax_jurisdiction, filled("TaxType") is not null as is_tax_line,
    case when filled("TaxType") is not null then exact("TaxBaseAmountInCoCodeCrcy") end as tax_base,
    case when filled("TaxType") is not null then exact("TaxAmountInCoCodeCrcy") end as tax_amount, filled("DocumentItemText") as text,
    odata_day("AccountingDocumentCreationDate") as created_at, odata_day("LastChangeDate") as changed_at, filled(x_event_id) as event_id,
    filled(x_batch_id) as batch_id, filled(x_order_id) as order_id, filled(x_member_id) as member_id, filled(x_programme_id) as programme_id,
    nullif(exact(x_points), 0) as points
from (select distinct * exclude (slice) from line_record) as item
cross join setting
cross join (
    select count(*) as copies
    from (select slice from line_record group by slice, "Ledger", "CompanyCode", "FiscalYear", "AccountingDocument", "AccountingDocumentItem" having count(*) > 1)
) as twice
where case when copies > 0 then error('an item came twice in the answers of one day: another may be missing') else s_company_code in ('*', "CompanyCode") end
