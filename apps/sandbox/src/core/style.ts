/**
 * How every page of the sandbox looks: readable in light and dark, on a phone, and by keyboard. Colours keep a contrast of
 * at least 4.5 to 1 (WCAG AA).
 */
export const style = `
:root { color-scheme: light dark;
  --line: light-dark(#d5d9e2, #3a3f4b); --soft: light-dark(#f4f6fa, #20242d); --body: light-dark(#fff, #16191f);
  --text: light-dark(#1b1f27, #e8eaf0); --quiet: light-dark(#525a69, #aab1c0); --accent: light-dark(#2b44b8, #9db0ff);
  --good: light-dark(#0b6b3a, #6fdc9f); --bad: light-dark(#a61b29, #ff9aa2); --wait: light-dark(#7a4d00, #ffc861); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: var(--body); color: var(--text); }
main, header.top > div { max-width: 70rem; margin: 0 auto; padding: 1rem; }
main.narrow { max-width: 34rem; margin-top: 2rem; border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; }
@media (max-width: 36rem) { main.narrow { border: 0; margin-top: 0; } }
header.top { border-bottom: 1px solid var(--line); background: var(--soft); }
header.top > div { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; padding-block: .5rem; }
header.top strong { margin-inline-end: .5rem; }
header.top a { padding: .4rem .2rem; text-decoration: none; }
header.top a[aria-current] { font-weight: 650; border-bottom: 2px solid var(--accent); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 .75rem; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.quiet { color: var(--quiet); }
.error { color: var(--bad); font-weight: 600; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
.empty { border: 1px dashed var(--line); border-radius: 8px; padding: 1.25rem; color: var(--quiet); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: start; padding: .45rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
.wide td, .wide th { overflow-wrap: normal; white-space: nowrap; } .wide td.text { white-space: normal; min-width: 14rem; }
tr:last-child > td { border-bottom: 0; }
thead th { background: var(--soft); font-weight: 600; }
td.number, th.number { text-align: end; font-variant-numeric: tabular-nums; }
.state { display: inline-block; padding: 0 .55rem; border: 1px solid currentColor; border-radius: 99px; font-size: .8rem; white-space: nowrap; }
.state.good { color: var(--good); } .state.bad { color: var(--bad); } .state.wait { color: var(--wait); }
label { display: block; margin: .8rem 0; }
input, select { font: inherit; padding: .5rem .6rem; width: 100%; max-width: 24rem; display: block; border: 1px solid var(--quiet); border-radius: 6px; background: var(--body); color: inherit; }
button, .button { font: inherit; padding: .45rem 1rem; min-height: 2.6rem; border: 1px solid var(--quiet); border-radius: 6px; background: var(--body); color: inherit; cursor: pointer; text-decoration: none; }
button:hover { border-color: var(--accent); }
button.main { background: light-dark(#2b44b8, #3d57d6); border-color: transparent; color: #fff; }
form.inline { display: inline-block; margin: 0 .25rem .5rem 0; }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); }
.card { border: 1px solid var(--line); border-radius: 10px; padding: 1rem; display: flex; flex-direction: column; gap: .5rem; }
.card p { margin: 0; } .card .foot { margin-top: auto; }
.card.on { border-color: var(--bad); box-shadow: inset 0 0 0 1px var(--bad); }
button[role=switch]::before { content: ''; display: inline-block; width: .7em; height: .7em; border-radius: 50%; border: 2px solid currentColor; margin-inline-end: .5em; }
button[role=switch][aria-checked=true] { color: var(--bad); border-color: var(--bad); font-weight: 600; }
button[role=switch][aria-checked=true]::before { background: currentColor; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dl.facts dt { color: var(--quiet); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; overflow-x: auto; font-size: .85rem; }
.mail { display: grid; gap: 1rem; grid-template-columns: minmax(16rem, 22rem) minmax(0, 1fr); align-items: start; }
@media (max-width: 50rem) { .mail { grid-template-columns: minmax(0, 1fr); } .mail > .others { display: none; } }
ul.mails { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 8px; }
ul.mails a { display: block; padding: .6rem .8rem; color: inherit; text-decoration: none; border-bottom: 1px solid var(--line); }
ul.mails li:last-child a { border-bottom: 0; } ul.mails a[aria-current], ul.mails a:hover { background: var(--soft); }
ul.mails .subject { font-weight: 600; display: block; } ul.mails .line { display: flex; justify-content: space-between; gap: .75rem; font-size: .85rem; }
iframe.letter { width: 100%; height: min(72vh, 52rem); border: 1px solid var(--line); border-radius: 8px; background: #fff; }
details { border: 1px solid var(--line); border-radius: 8px; padding: .5rem .9rem; margin-top: .75rem; } summary { cursor: pointer; padding: .25rem 0; }
`;
