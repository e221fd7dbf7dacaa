/**
 * The look of the report. Colours of lines are those of Okabe and Ito, darkened or lightened until they stand out from the
 * page by 3 to 1; people who do not see colours have the dashes.
 */

const LIGHT = `
--page:#fff;--text:#1b1f24;--quiet:#57606a;--rule:#d8dee4;--panel:#f6f8fa;--good:#1a7037;--bad:#b91c1c;--doubtful:#8a5300;--link:#0a58b0;
--s0:#0072b2;--s1:#c44e00;--s2:#00805e;--s3:#a8417f;--s4:#a66f00;--s5:#2f87b8;--s6:#5c5c5c;--s7:#7a4a2b;`;

const DARK = `
--page:#14181d;--text:#e6e9ec;--quiet:#a0a9b3;--rule:#363d45;--panel:#1d232a;--good:#5fd18a;--bad:#ff8f85;--doubtful:#f0b95a;--link:#7cb8f5;
--s0:#4fa8e0;--s1:#ff8a4a;--s2:#2fc59b;--s3:#e591c2;--s4:#ecb23a;--s5:#8fd0f2;--s6:#b8b8b8;--s7:#c99673;`;

const LINES = Array.from({ length: 8 }, (_, i) => `.s${i}{stroke:var(--s${i})}.f${i}{fill:var(--s${i})}`).join('');

export const STYLESHEET = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:auto}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,footer{max-width:1060px;margin:0 auto;padding:0 16px}
main{padding-top:20px}
h1{font-size:1.55rem;line-height:1.25;margin:0 0 4px}
h2{font-size:1.2rem;margin:36px 0 10px;padding-bottom:4px;border-bottom:1px solid var(--rule)}
h3{font-size:1.02rem;margin:0;display:inline}
p{margin:8px 0}
a{color:var(--link)}
section{scroll-margin-top:8px;overflow-wrap:anywhere}
.note,footer{color:var(--quiet);font-size:.9rem}
.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}.doubtful{color:var(--doubtful);font-weight:600}
.judgements{list-style:none;display:flex;flex-wrap:wrap;gap:8px;padding:0;margin:14px 0}
.judgements li{border:1px solid var(--rule);border-radius:999px;padding:2px 12px;background:var(--panel)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(215px,1fr));gap:10px;margin:0}
.figures div{border:1px solid var(--rule);border-radius:8px;padding:8px 12px;background:var(--panel)}
.figures dt{color:var(--quiet);font-size:.85rem}
.figures dd{margin:0;font-size:.9rem}
.figures b{font-size:1.5rem;line-height:1.3;font-variant-numeric:tabular-nums}
.figures small{display:block;color:var(--quiet);min-height:1.5em}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;padding:0;margin:20px 0 0}
.chart{margin:18px 0 22px;outline-offset:4px}
.chart figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;font-weight:600;margin-bottom:4px}
.legend{font-size:.85rem}
.legend ul{list-style:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:0 14px;padding:0;margin:0}
.legend li{display:flex;align-items:center;gap:7px;min-height:1.5em}
.legend output{font-variant-numeric:tabular-nums;white-space:nowrap}
.legend li output{font-weight:600;margin-left:auto}
.at{font-weight:400;color:var(--quiet);font-variant-numeric:tabular-nums}
.key{width:30px;height:8px;flex:none}
.chart>svg{display:block;width:100%;height:auto}
.chart .narrow{display:none}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(400px,100%),1fr));gap:0 24px}
.grid path{stroke:var(--rule);stroke-width:1;fill:none}
.marks text{fill:var(--quiet)}
.marks .axis{fill:var(--text)}
.line{fill:none;stroke-width:1.7;stroke-linejoin:round}
.cross{stroke:var(--text);stroke-width:1;opacity:.55;fill:none}
${LINES}
.scroll{overflow-x:auto;margin:14px 0}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;min-width:min(100%,440px)}
caption{text-align:left;font-weight:600;padding-bottom:4px;font-size:.95rem}
caption span{display:inline-block;position:sticky;left:0;max-width:min(100%,calc(100vw - 44px))}
th,td{padding:3px 8px;border-bottom:1px solid var(--rule);white-space:nowrap;vertical-align:top}
thead th{vertical-align:bottom;color:var(--quiet);font-weight:600;border-bottom-width:2px}
tbody th{font-weight:500}
tbody th,thead th:first-child{position:sticky;left:0;background:var(--page)}
th:first-child{padding-left:2px}
.left{text-align:left}.right{text-align:right}
th.part{padding-left:18px;color:var(--quiet)}
.text{white-space:normal;overflow-wrap:anywhere;display:block;min-width:16em;max-width:44em}
ul.text{margin:4px 0;padding-left:18px;color:var(--bad)}
.bar{display:block;width:min(300px,35vw);height:12px;margin-top:5px}
.bar rect{fill:var(--s0)}
.stack{display:block;width:min(300px,35vw);height:12px;margin-top:5px}
.swatch{width:12px;height:12px;flex:none}
.interval{display:block;width:min(240px,40vw);height:12px;margin-top:5px}
.interval path{fill:none;stroke-width:2;stroke:var(--s0)}.interval circle{fill:var(--s0)}.interval .one{stroke:var(--quiet);stroke-width:1}
.verdicts{list-style:none;padding:0;margin:14px 0}
.verdicts li{border:1px solid var(--rule);border-radius:8px;padding:8px 12px;margin:8px 0;background:var(--panel);font-size:1.08rem}
.facts{margin:10px 0}
.facts div{display:grid;grid-template-columns:9em 1fr;gap:10px;padding:3px 0;border-bottom:1px solid var(--rule)}
.facts dt{color:var(--quiet)}
.facts dd{margin:0;overflow-wrap:anywhere}
details{margin:12px 0;border:1px solid var(--rule);border-radius:8px;padding:8px 12px}
summary{cursor:pointer}
pre{overflow-x:auto;font-size:.82rem;background:var(--panel);padding:10px;border-radius:6px}
footer{padding-top:20px;padding-bottom:40px}
@media (max-width:640px){
body{font-size:14px}
main,footer{padding-left:12px;padding-right:12px}
h1{font-size:1.25rem}
.figures{grid-template-columns:1fr 1fr;gap:8px}
.figures b{font-size:1.2rem}
.chart .wide{display:none}.chart .narrow{display:block}
.legend ul{grid-template-columns:1fr}
.facts div{grid-template-columns:1fr;gap:0}
details{padding:8px}
th,td{padding:3px 6px}
}
@media print{
:root{color-scheme:light;${LIGHT}}
@page{margin:14mm}
html{font-size:12px}
body{font-size:9pt}
main,footer{max-width:none;padding:0}
nav,.at{display:none}
.scroll{overflow:visible}
table{font-size:7.6pt}
tbody th,thead th:first-child,caption span{position:static}
th,td{padding:2px 4px}
.chart .wide{display:block}.chart .narrow{display:none}
.pair{grid-template-columns:1fr 1fr}
figure,tr,.figures div,.facts div,caption{break-inside:avoid}
h2,h3,caption,summary{break-after:avoid}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
details{border:0;padding:0}
details::details-content{content-visibility:visible;display:block}
}
`;
