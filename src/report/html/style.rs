//! The style sheet of the HTML report.

use super::super::{
    chart::palette::{self, Rgb},
    document::Paper,
};
use crate::report::chart::drawing::Ink;

/// The whole style sheet.
pub(super) fn sheet(paper: Paper) -> String {
    let variables = |of: fn(Ink) -> Rgb| {
        palette::all()
            .into_iter()
            .fold(String::new(), |list, (ink, name)| list + "--" + &name + ":" + &palette::hex(of(ink)) + ";")
    };
    let (light, dark) = (variables(palette::light), variables(palette::dark));
    let size = match paper {
        Paper::A4 => "A4",
        Paper::Letter => "letter",
    };
    format!(
        ":root{{{light}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n\
         {RULES}\
         @page{{size:{size};margin:16mm 15mm 18mm}}\n"
    )
}

const RULES: &str = r#"*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--soft);color:var(--text);font:15px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:900px;margin:0 auto;padding:40px 44px;background:var(--paper)}
header{border-bottom:2px solid var(--accent);padding-bottom:14px;margin-bottom:26px}
header p{margin:2px 0 0;color:var(--muted)}
h1{font-size:27px;line-height:1.2;margin:0;font-weight:650;letter-spacing:-.01em}
h2{font-size:21px;line-height:1.25;margin:44px 0 14px;font-weight:650;letter-spacing:-.005em}
header+section h2{margin-top:0}
h3{font-size:16px;margin:26px 0 8px;font-weight:600}
h4{font-size:15px;margin:18px 0 6px;font-weight:600}
p{margin:0 0 10px}
.lead{font-size:18px;line-height:1.45;font-weight:500;margin-bottom:20px}
.small{font-size:13px;color:var(--muted)}
ul{margin:0 0 12px;padding-left:20px}
li{margin-bottom:5px}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:28px 0 0;padding:12px 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line);font-size:14px}
nav a{color:var(--accent);text-decoration:none}
nav a:hover,nav a:focus{text-decoration:underline}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:14px;margin-bottom:22px}
.figure{border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.figure p{margin:0}
.figure p:first-child{color:var(--muted);font-size:14px}
.figure .value{font-size:27px;line-height:1.3;font-weight:600;white-space:nowrap}
.figure.bad .value{color:var(--provider)}
dl{display:grid;grid-template-columns:minmax(130px,auto) 1fr;gap:3px 20px;margin:0 0 14px;font-size:14px}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
.table{overflow-x:auto;margin-bottom:14px}
table{border-collapse:collapse;width:100%;font-size:13.5px;line-height:1.35}
th{color:var(--muted);font-weight:500;text-align:left;vertical-align:bottom;border-bottom:1px solid var(--text)}
th,td{padding:5px 12px 5px 0}
th:last-child,td:last-child{padding-right:0}
td{border-bottom:1px solid var(--line);vertical-align:top}
.r{text-align:right;white-space:nowrap}
th.r{white-space:normal;min-width:4.6em}
.c{font-family:"JetBrains Mono",ui-monospace,Consolas,Menlo,monospace;font-size:12px;overflow-wrap:break-word}
.w{width:99%;min-width:12em;overflow-wrap:anywhere}
td:not(.w):not(.c){white-space:nowrap}
.sum td{font-weight:600;border-top:1px solid var(--text)}
i{font-style:normal;display:inline-block;margin-right:.45em}
figure{margin:0 0 26px}
figcaption{font-weight:600;font-size:16px;margin-bottom:8px}
svg{display:block;width:100%;height:auto;font-family:inherit}
aside{border:1px solid var(--line);border-left:4px solid var(--accent);border-radius:4px;padding:10px 14px;margin-bottom:14px;font-size:14px}
article{border-left:4px solid var(--line);padding:2px 0 2px 18px;margin:26px 0}
article h3{margin-top:0;display:flex;align-items:baseline}
article h3 span{margin-left:auto;font-weight:600;white-space:nowrap;padding-left:1em}
pre{font:12px/1.4 "JetBrains Mono",ui-monospace,Consolas,Menlo,monospace;background:var(--soft);padding:12px;overflow-x:auto}
.made-up{position:sticky;top:0;margin:0 0 20px;padding:8px 12px;background:var(--paper);color:var(--provider);border:2px solid var(--provider)}
.watermark{position:fixed;top:40%;left:0;right:0;text-align:center;font-size:min(14vw,110px);font-weight:700;line-height:1;color:var(--provider);opacity:.12;transform:rotate(-35deg);pointer-events:none}
footer{margin-top:40px;padding-top:10px;border-top:1px solid var(--line);color:var(--muted);font-size:13px}
@media (max-width:640px){main{padding:24px 18px}dl{grid-template-columns:1fr}dd{margin-bottom:6px}}
@media print{
body{background:none;font-size:9.5pt}
main{max-width:none;padding:0}
nav{display:none}
header{margin-bottom:16px}
h2{font-size:15pt}
h3{font-size:11pt;margin:14px 0 5px}
h4{font-size:10pt;margin:12px 0 4px}
li{margin-bottom:3px}
th,td{padding-top:3px;padding-bottom:3px}
.lead{font-size:12pt;margin-bottom:14px}
.figures{margin-bottom:16px}
.figure{padding:8px 12px}
.new-page{break-before:page}
h2,h3,h4,figcaption,article .small{break-after:avoid}
figure,.figures,tr,aside,article{break-inside:avoid}
thead{display:table-header-group}
table,dl{font-size:8.5pt}
.small{font-size:8pt}
p{margin-bottom:6px}
.table{margin-bottom:7px}
dl{gap:1px 16px;margin-bottom:8px}
article{margin:12px 0}
article th,article td{padding-top:1.5px;padding-bottom:1.5px}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"#;
