-- purpose: SAP Business One journal entry lines as posted lines; debit and credit are separate columns, a storno is negative on its own side.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per line; whether an entry is a reversal is not in the metadata and stays NULL.
select s_ledger_id as ledger_id, s_company_id as company_id, case s_document_key when 'reference' then "Reference" else "JdtNum" end as document_id, "line_Line_ID" as line_id, "Number" as document_no,
    "OriginalJournal" as document_type, filled("Reference3") as external_ref, left("ReferenceDate", 4) as fiscal_year,
    asked_day("ReferenceDate", slice) as posting_date, iso_day("TaxDate") as document_date, "line_AccountCode" as account,
    case when exact("line_Debit") <> 0 then 'D' when exact("line_Credit") <> 0 then 'C' end as side,
    (exact("line_Debit") < 0 or exact("line_Credit") < 0) as is_storno, exact("line_Debit") - exact("line_Credit") as amount_local, s_currency as currency_local,
    case when filled("line_FCCurrency") is not null then exact("line_FCDebit") - exact("line_FCCredit") end as amount_document,
    filled("line_FCCurrency") as currency_document, exact("line_DebitSys") - exact("line_CreditSys") as amount_group, s_system_currency as currency_group,
    concat_ws('|', "line_Debit", "line_Credit", "line_FCDebit", "line_FCCredit") as raw_amount_text, filled("line_TaxCode") as tax_code,
    flag("line_VatLine") as is_tax_line, case when flag("line_VatLine") then exact("line_BaseSum") end as tax_base,
    coalesce(filled("line_LineMemo"), filled("Memo")) as text, x_programme_id as programme_id, x_member_id as member_id,
    x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, exact(x_points) as points, x_tax_jurisdiction as tax_jurisdiction
from line_record, setting
