-- purpose: the rows of both files that are read exactly
-- reads: compare_stamp, compare_suspect_key
-- writes: compare_suspect_line
-- parameters: none
-- invariant: every row whose key hash is suspect
select s.is_left, s.line
from compare_stamp as s
semi join compare_suspect_key as k on k.key_hash = s.key_hash
