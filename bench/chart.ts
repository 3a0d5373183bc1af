import type { Result } from './measure.js';

const WIDTH = 930;
const ROW = 30;
const LEFT = 370;
const BARS = 420;
const TOP = 56;
/** Ratios are drawn as multiples of their target, on a logarithmic scale from a tenth to ten times. */
const DECADES = 1;

const markup = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Where a multiple of the target stands, right of it what is better. */
function place(multiple: number): number {
  const clipped = Math.max(-DECADES, Math.min(DECADES, Math.log10(multiple)));
  return LEFT + BARS / 2 + (clipped / DECADES) * (BARS / 2);
}

/** How many times as good as it must be. */
const margin = ({ bound, target }: Result, ratio: number): number => (bound === 'least' ? ratio / target : target / ratio);

/** All results in one picture (SVG): each a bar from its target, with the range of its rounds. */
export function chart(results: readonly Result[]): string {
  const height = TOP + ROW * results.length + 24;
  const middle = place(1);
  const rows = results.map((result, index) => {
    const y = TOP + ROW * index;
    const end = place(margin(result, result.ratio));
    const [low, high] = result.range.map((ratio) => place(margin(result, ratio))) as [number, number];
    const sign = result.bound === 'least' ? '≥' : '≤';
    return [
      `<text x="${LEFT - 12}" y="${y + 15}" text-anchor="end">${markup(result.name)}</text>`,
      `<rect x="${Math.min(middle, end).toFixed(1)}" y="${y + 4}" width="${Math.max(1, Math.abs(end - middle)).toFixed(1)}" height="14" class="${result.pass ? 'met' : 'missed'}"/>`,
      `<line x1="${low.toFixed(1)}" x2="${high.toFixed(1)}" y1="${y + 11}" y2="${y + 11}" class="range"/>`,
      `<text x="${LEFT + BARS + 12}" y="${y + 15}">${result.ratio.toFixed(2)} (${sign} ${Number(result.target.toFixed(2))})</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Every benchmark against its target">
<style>text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.met{fill:#2da44e}.missed{fill:#cf222e}.range{stroke:#24292f;stroke-width:2}.target{stroke:#57606a;stroke-dasharray:3 3}@media (prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.range{stroke:#e6edf3}}</style>
<text x="12" y="20" class="title">How many times better than its target each ratio is (right of the line: met)</text>
${[0.1, 0.5, 1, 2, 10].map((multiple) => `<text x="${place(multiple).toFixed(1)}" y="42" text-anchor="middle">${multiple}×</text>`).join('')}
<line x1="${middle}" x2="${middle}" y1="48" y2="${height - 16}" class="target"/>
${rows.join('\n')}
</svg>
`;
}
