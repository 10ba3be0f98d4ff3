-- purpose: Business Central general ledger entries as posted lines; debit and credit are separate columns, a correction is negative on its own side.
-- reads: line_record, setting
-- writes: line
-- parameters: none
-- invariant: one row per entry; reversal is not known to the standard page and stays NULL.
select s_ledger_id as ledger_id, s_company_id as company_id, "documentNumber" as document_id, "entryNumber" as line_id, "documentNumber" as document_no,
    "documentType" as document_type, iso_day("postingDate") as posting_date, left("postingDate", 4) as fiscal_year, "accountNumber" as account,
    case when exact("debitAmount") <> 0 then 'D' when exact("creditAmount") <> 0 then 'C' end as side,
    (coalesce(exact("debitAmount"), 0) < 0 or coalesce(exact("creditAmount"), 0) < 0) as is_storno,
    exact("debitAmount") - exact("creditAmount") as amount_local, s_currency as currency_local, concat_ws('|', "debitAmount", "creditAmount") as raw_amount_text,
    filled("description") as text, "lastModifiedDateTime" as changed_at, x_programme_id as programme_id, x_member_id as member_id,
    x_event_id as event_id, x_batch_id as batch_id, x_order_id as order_id, exact(x_points) as points, x_tax_jurisdiction as tax_jurisdiction, exact(x_tax_base) as tax_base,
    flag(x_is_tax_line) as is_tax_line
from line_record, setting
