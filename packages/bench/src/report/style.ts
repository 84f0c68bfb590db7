/** Of the report: for light and dark, for a desk and for a telephone. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #e4e4e9; --ground: #fff; --card: #f9f9fb;
  --good: #1a7f4b; --bad: #c0362c; --doubt: #96610a; --one: #3457d5; --two: #d9822b; --three: #1a8f6f; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #a0a4ab; --line: #34373d; --ground: #111214;
  --card: #18191d; --good: #4cc38a; --bad: #ff8f83; --doubt: #f0b860; --one: #8ea6ff; --two: #ffb25e; --three: #5fd0ae; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); max-width: 72rem;
  margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 3rem 0 0; padding-top: .8rem; border-top: 1px solid var(--line); }
h2 span { color: var(--soft); margin-right: .4rem; font-variant-numeric: tabular-nums; }
h3 { font-size: .95rem; font-weight: 600; margin: 1.2rem 0 0; }
p, li, summary { color: var(--soft); margin: .2rem 0; } summary { cursor: pointer; }
ul { padding-left: 1.1rem; margin: .3rem 0; font-size: .9rem; } li { white-space: pre-wrap; font-variant-numeric: tabular-nums; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: .85rem; }
th, td { padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:nth-child(3) { min-width: 14rem; }
td.number, th.number { text-align: right; white-space: nowrap; } td.number { color: var(--soft); }
td.number strong { color: var(--ink); font-weight: 600; }
.met { color: var(--good); } .missed { color: var(--bad); } .doubt { color: var(--doubt); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr)); gap: 1rem; }
figure { margin: .8rem 0 0; padding: .8rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
figcaption { font-size: .85rem; font-weight: 500; margin-bottom: .4rem; } svg { display: block; width: 100%; height: auto; }
svg text { font: 10px system-ui, sans-serif; fill: var(--soft); } svg text.value { fill: var(--ink); } svg .grid { stroke: var(--line); }
svg path { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
svg .one { stroke: var(--one); } svg .two { stroke: var(--two); } svg .three { stroke: var(--three); }
svg rect, svg circle { stroke: none !important; } svg rect.one, svg circle.one { fill: var(--one); }
svg rect.two, svg circle.two { fill: var(--two); } svg rect.three, svg circle.three { fill: var(--three); }
@media (max-width: 40rem) { body { margin: 1.25rem auto; padding: 0 .9rem; font-size: 14px; } }
@media print { section { break-inside: avoid; } }
`;
