-- Data set of the report at settings.line_report. Parameters, all of type string: P_FROM, P_NEXT, P_AFTER_HEADER, P_AFTER_LINE, P_ROWS, P_RUN.
-- Set segment1 and segment3 to the balancing and the natural account segment of your chart. Numbers are texts here, because the data engine would make
-- doubles of them. ACTUAL_FLAG stays last: it is never empty, so that a last row that is cut off shows.
SELECT l.je_header_id AS je_header_id, l.je_line_num AS je_line_num, l.ledger_id AS ledger_id, g.name AS ledger_name, g.currency_code AS ledger_currency,
 cc.segment1 AS company, cc.segment3 AS account, h.name AS journal_name, h.je_category AS je_category, l.period_name AS period_name,
 ps.period_year AS period_year, ps.period_num AS period_num, TO_CHAR(l.effective_date, 'YYYY-MM-DD') AS effective_date,
 TO_CHAR(h.posted_date, 'YYYY-MM-DD') AS posted_date, h.currency_code AS currency_code,
 TO_CHAR(l.entered_dr, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS entered_dr, TO_CHAR(l.entered_cr, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS entered_cr,
 TO_CHAR(l.accounted_dr, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS accounted_dr, TO_CHAR(l.accounted_cr, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS accounted_cr,
 TO_CHAR(l.stat_amount, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS stat_amount, l.description AS description,
 h.reversed_je_header_id AS reversed_je_header_id, r.name AS reversed_name, h.accrual_rev_je_header_id AS accrual_rev_je_header_id, l.tax_code AS tax_code,
 l.tax_line_flag AS tax_line_flag,
 l.reference_1 AS reference_1, l.reference_2 AS reference_2, l.reference_3 AS reference_3, l.reference_4 AS reference_4, l.reference_5 AS reference_5,
 l.reference_6 AS reference_6, l.reference_7 AS reference_7, l.reference_8 AS reference_8, l.reference_9 AS reference_9, l.reference_10 AS reference_10,
 l.attribute1 AS attribute1, l.attribute2 AS attribute2, l.attribute3 AS attribute3, l.attribute4 AS attribute4, l.attribute5 AS attribute5,
 l.attribute6 AS attribute6, l.attribute7 AS attribute7, l.attribute8 AS attribute8, l.attribute9 AS attribute9, l.attribute10 AS attribute10,
 l.status AS status, h.actual_flag AS actual_flag
FROM gl_je_lines l
JOIN gl_je_headers h ON h.je_header_id = l.je_header_id
LEFT JOIN gl_ledgers g ON g.ledger_id = l.ledger_id
LEFT JOIN gl_code_combinations cc ON cc.code_combination_id = l.code_combination_id
LEFT JOIN gl_je_headers r ON r.je_header_id = h.reversed_je_header_id
LEFT JOIN gl_period_statuses ps ON ps.application_id = 101 AND ps.ledger_id = l.ledger_id AND ps.period_name = l.period_name
WHERE h.status = 'P' AND l.status = 'P' AND h.actual_flag = 'A' AND h.currency_code <> 'STAT'
 AND h.posted_date >= TO_DATE(:P_FROM, 'YYYY-MM-DD') AND h.posted_date < TO_DATE(:P_NEXT, 'YYYY-MM-DD')
 AND (l.je_header_id > TO_NUMBER(:P_AFTER_HEADER) OR (l.je_header_id = TO_NUMBER(:P_AFTER_HEADER) AND l.je_line_num > TO_NUMBER(:P_AFTER_LINE)))
ORDER BY l.je_header_id, l.je_line_num
FETCH FIRST TO_NUMBER(:P_ROWS) ROWS ONLY
