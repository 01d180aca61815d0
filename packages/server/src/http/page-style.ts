/** The style of the page at `/`: the project's tokens, and the few parts that the page has. */
export const pageStyle = `
:root { color-scheme: light dark;
  --font: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, "Cascadia Mono", Consolas, monospace;
  --bg: #f2f5f6; --surface: #fff; --sunken: #eaeff1; --line: #dce4e7; --ink: #0e2330; --ink-2: #435863; --ink-3: #5a6e79;
  --link: #1a56c4; --focus: #1a62e0; --safe: #07694f; --safe-fill: #0f9a78; --thread: #c4d0d5; }
@media (prefers-color-scheme: dark) { :root {
  --bg: #091115; --surface: #0f1a20; --sunken: #17252c; --line: #1f2f37; --ink: #e8f0f2; --ink-2: #abbdc5; --ink-3: #8a9fa9;
  --link: #8ab8ff; --focus: #8ab8ff; --safe: #55d6ae; --safe-fill: #2fbf97; --thread: #354a54; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--bg); color: var(--ink); font: 14px/20px var(--font); font-variant-numeric: tabular-nums; }
a { color: var(--link); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 6px; }
header { background: var(--surface); border-bottom: 1px solid var(--line); }
header div, main { max-width: 816px; margin: 0 auto; padding: 0 20px; }
header div { display: flex; align-items: center; gap: 9px; height: 56px; font-weight: 680; font-size: 17px;
  letter-spacing: -.025em; }
header svg { fill: var(--ink); }
header path { fill: none; stroke: var(--safe-fill); stroke-width: 3.8; }
main { padding-top: 32px; padding-bottom: 56px; }
h1 { font-size: 26px; line-height: 32px; font-weight: 620; letter-spacing: -.015em; }
h2 { font-size: 14px; line-height: 20px; font-weight: 620; margin: 32px 2px 8px; }
.lead { color: var(--ink-2); margin-top: 4px; max-width: 62ch; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
.sums { display: grid; grid-template-columns: repeat(3, 1fr); margin-top: 24px; }
.sums div { padding: 16px 20px; }
.sums div + div { border-left: 1px solid var(--line); }
dt, .cap { color: var(--ink-3); font-size: 12px; line-height: 16px; }
dd { font-size: 26px; line-height: 32px; font-weight: 620; letter-spacing: -.015em; }
dd small { font-size: 14px; font-weight: 400; letter-spacing: 0; color: var(--ink-2); margin-left: 4px; }
ul { list-style: none; padding: 0; }
li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 20px; padding: 10px 20px; }
li + li { border-top: 1px solid var(--line); }
li a { font-weight: 560; color: var(--ink); text-decoration: none; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; padding: 2px 0; }
li a:hover { text-decoration: underline; }
.said { color: var(--ink-2); font-size: 13px; line-height: 18px; }
.said b { color: var(--safe); font-weight: 560; }
.digest { color: var(--ink-3); font: 12px/18px var(--mono); text-align: right; }
.size { text-align: right; white-space: nowrap; padding: 2px 0; }
.empty { padding: 20px; color: var(--ink-2); }
.how { padding: 16px 20px 20px; }
.how p + p, .how pre + p { margin-top: 16px; }
pre { margin-top: 8px; padding: 12px 16px; background: var(--sunken); border-radius: 6px; overflow-x: auto;
  font: 13px/20px var(--mono); }
footer { margin-top: 24px; color: var(--ink-3); font-size: 12px; line-height: 16px; }
footer a { display: inline-block; padding: 4px 0; margin-right: 16px; }
@media (max-width: 640px) {
  .sums { grid-template-columns: 1fr; }
  .sums div + div { border-left: 0; border-top: 1px solid var(--line); }
  .sums div { display: flex; justify-content: space-between; align-items: baseline; padding: 12px 16px; }
  dd { font-size: 20px; line-height: 27px; }
  li, .how { padding-left: 16px; padding-right: 16px; }
  li a { padding: 12px 0; }
  .size { padding: 12px 0; }
  .digest { display: none; }
  footer a { padding: 14px 0; }
}
`;
