import { createHash } from 'node:crypto';
import { html } from './html.ts';

/** The style sheet of all pages; no colour alone says anything, and contrasts are those of WCAG AA in both schemes. */
const SHEET = html`
:root{color-scheme:light dark;--bg:#fff;--soft:#f3f5f7;--text:#1b1f24;--dim:#57606a;--line:#d0d7de;--link:#0b57a4;--good:#0f6a2c;--bad:#a40e26;--doubt:#7a4d00;--live:#0b57a4}
@media (prefers-color-scheme:dark){:root{--bg:#0f1419;--soft:#1a2129;--text:#e6e9ec;--dim:#a3adb8;--line:#3a444e;--link:#8cbcff;--good:#5bd389;--bad:#ff8f8f;--doubt:#e8b860;--live:#8cbcff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999em;background:var(--bg);padding:.5em}
.skip:focus{left:0;top:0;z-index:1}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1rem}
header{padding-top:1rem;padding-bottom:1rem;display:flex;gap:.25rem 1.25rem;flex-wrap:wrap;align-items:baseline;border-bottom:1px solid var(--line)}
header .home{font-weight:700;color:inherit;text-decoration:none}
header nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0;padding:0}
header nav a{display:inline-block;padding:.15rem 0}
footer{padding-top:1rem;padding-bottom:2rem;color:var(--dim);font-size:.875rem;border-top:1px solid var(--line);margin-top:2.5rem}
h1{font-size:1.6rem;line-height:1.25;margin:1.25rem 0 .5rem}
h2{font-size:1.2rem;line-height:1.3;margin:2rem 0 .5rem}
h3{font-size:1rem;margin:1.5rem 0 .25rem}
p{margin:.5rem 0}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
caption{text-align:left;color:var(--dim);padding:.25rem 0;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);font-weight:400}
thead th{font-weight:600;color:var(--dim);font-size:.8125rem;white-space:nowrap}
tbody th{font-weight:600;min-width:6.5rem}
tbody th .dim{font-weight:400}
.num{font-variant-numeric:tabular-nums;white-space:nowrap}
.dim{color:var(--dim)}
.small{font-size:.875rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
pre{background:var(--soft);border:1px solid var(--line);border-radius:4px;padding:.75rem;margin:.5rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.state{font-weight:600;white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}.live{color:var(--live)}
.summary{border-left:5px solid currentColor;background:var(--soft);padding:.6rem .9rem;margin:.75rem 0}
.summary p{color:var(--text);margin:.2rem 0 0}
.summary .state{font-size:1.125rem;white-space:normal}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:.75rem 0}
dt{color:var(--dim)}dd{margin:0}
ul.plain{list-style:none;padding:0;margin:.5rem 0}
ul.plain>li{padding:.45rem 0;border-bottom:1px solid var(--line)}
figure{margin:1rem 0}
figure img{max-width:100%;height:auto;border:1px solid var(--line);background:#fff}
figcaption{color:var(--dim);font-size:.875rem}
.trend{display:block;height:1.75rem;width:auto;max-width:100%}
.trend .base{stroke:var(--line)}
.trend .t-good{fill:var(--good)}.trend .t-bad{stroke:var(--bad)}.trend .t-doubt{stroke:var(--doubt)}
.badge{vertical-align:middle}
@media (max-width:44rem){
dl{grid-template-columns:7.5rem minmax(0,1fr);gap:.3rem .5rem}
table,tbody,tr,th,td,caption{display:block}
thead{position:absolute;left:-999em}
tbody tr{border:1px solid var(--line);border-radius:4px;padding:.25rem .75rem;margin:.5rem 0}
tbody th,tbody td{border:0;padding:.2rem 0}
tbody td{display:grid;grid-template-columns:7.5rem minmax(0,1fr);gap:.5rem}
tbody td:empty{display:none}
tbody td::before{content:attr(data-label);color:var(--dim);font-size:.8125rem}
}
@media print{
:root{--bg:#fff;--soft:#fff;--text:#000;--dim:#333;--line:#999;--link:#000;--good:#000;--bad:#000;--doubt:#000;--live:#000}
header nav,.skip{display:none}
tr,figure,.summary{break-inside:avoid}
}
`;

/** The sheet as it stands in pages, and what their Content-Security-Policy names it by. */
export const STYLE = {
  sheet: SHEET,
  hash: `sha256-${createHash('sha256').update(SHEET.toString()).digest('base64')}`,
} as const;
