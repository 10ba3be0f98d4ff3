"""The look of daily.html: type, colour, print, small screens. Colours are WCAG AA on their backgrounds and never speak alone."""

CSS = """
:root{--ink:#17202e;--soft:#4b5768;--line:#d5dbe3;--pale:#f4f6f9;--card:#ffffff;--navy:#1f3a5f;--good:#14532d;--goodbg:#e7f6ec;--warn:#7a4100;--warnbg:#fff4e0;
--bad:#8f1414;--badbg:#fdecec;--up:#1d6b4f;--down:#a63a1e}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--pale);color:var(--ink);font:15px/1.5 "Inter","Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,sans-serif}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 24px}
header{padding-top:28px}
h1{font-size:1.75rem;line-height:1.2;margin:0}
h2{font-size:1.2rem;margin:0 0 4px}
h3{font-size:1rem;margin:20px 0 6px}
p{margin:4px 0 10px;max-width:80ch}
.soft,.note{color:var(--soft)}
.note{font-size:.875rem}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:20px 22px;margin:16px 0}
.top{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:baseline;justify-content:space-between}
.verdict{font-weight:700;font-size:1.15rem;padding:6px 14px;border-radius:6px;border:2px solid currentColor;white-space:nowrap}
.good{color:var(--good);background:var(--goodbg)}.warn{color:var(--warn);background:var(--warnbg)}.bad{color:var(--bad);background:var(--badbg)}
.strip{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,230px),1fr));gap:12px;margin:16px 0;padding:0;list-style:none}
.strip li{border:1px solid currentColor;border-left-width:6px;border-radius:6px;padding:10px 14px}
.strip b{display:block;font-size:1.1rem}.strip span{display:block;color:var(--ink);font-size:.875rem}.strip .q{font-weight:600}
.owed{display:flex;flex-wrap:wrap;gap:12px 40px;margin:14px 0 0;padding:0;list-style:none}
.owed b{display:block;font-size:1.45rem;line-height:1.25;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:8px 0}
.scroll:focus-visible,summary:focus-visible{outline:3px solid #1d5fbf;outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums lining-nums}
caption{text-align:left;color:var(--soft);font-size:.875rem;padding:0 0 6px}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{border-bottom:2px solid var(--navy);font-weight:600;vertical-align:bottom}
tbody th{font-weight:500}
.n{text-align:right;white-space:nowrap}
tr.sum th,tr.sum td{font-weight:700;border-top:1px solid var(--ink);border-bottom:3px double var(--ink)}
.tag{display:inline-block;font-size:.78rem;font-weight:600;padding:1px 7px;border:1px solid currentColor;border-radius:4px}
.breaks{list-style:none;margin:6px 0 0;padding:0;border-top:1px solid var(--line)}
.breaks li{border-bottom:1px solid var(--line)}
summary{cursor:pointer;padding:8px 4px;display:grid;grid-template-columns:4.2em minmax(0,1fr) auto;gap:4px 12px;align-items:baseline;list-style:none}
summary::-webkit-details-marker{display:none}
.code::before{content:"\\25B8  ";color:var(--soft)}details[open] .code::before{content:"\\25BE  "}
.code{font-weight:700;white-space:nowrap}
.say{overflow-wrap:anywhere}
.say small{display:block;color:var(--soft);font-size:.82rem}
.sides{padding:0 4px 14px 4.6em}
code{font:0.86em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
svg{display:block;width:100%;min-width:600px;height:auto}
svg text{font:12px "Inter","Segoe UI",system-ui,sans-serif;fill:var(--ink);font-variant-numeric:tabular-nums}
svg .small{font-size:11px;fill:var(--soft)}
.bar{display:inline-block;height:.72em;background:var(--navy);min-width:2px;margin-right:6px;vertical-align:baseline}
.age{white-space:nowrap;min-width:4.5em}
.plain{margin:0;padding:0;list-style:none}
dl{display:grid;grid-template-columns:minmax(9em,max-content) minmax(0,1fr);gap:4px 18px;margin:8px 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:.85rem;padding-bottom:32px}
@media (max-width:560px){main,header,footer{padding:0 12px}section{padding:14px 12px}summary{grid-template-columns:4.2em minmax(0,1fr)}
summary .n{grid-column:2;text-align:left;white-space:normal}
.sides{padding-left:4px}dl{grid-template-columns:minmax(0,1fr)}dd{margin-bottom:8px}.verdict{white-space:normal}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important;scroll-behavior:auto!important}}
@media print{@page{size:A4 landscape;margin:12mm}body{background:#fff;font-size:10pt}section{border:0;padding:0;margin:10pt 0;break-inside:auto}
main,header,footer{max-width:none;padding:0}
table,svg,.breaks li,.strip li{break-inside:avoid}.scroll{overflow:visible}svg{min-width:0}h2,h3{break-after:avoid}
details::details-content{content-visibility:visible;display:block;height:auto}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""
