import { type Line, met } from './figures.ts';

/** The lines as a table of plain text (also Markdown). */
export function table(lines: readonly Line[]): string {
  const rows = lines.map(cells);
  const titles = ['what', 'figure', 'compared with', 'ratio', 'target', 'met'];
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function cells(of: Line): readonly string[] {
  const { what, unit, ours, reference, to, ratio, target } = of;
  const figure = (value: number) => `${rounded(value)}${unit.startsWith('/') ? '' : ' '}${unit}`;
  const sign = target?.is === 'at least' ? '≥' : '≤';
  const wanted = target === undefined ? '' : `${sign} ${target.of === 'ratio' ? target.value : figure(target.value)}`;
  const yes = met(of);
  return [
    what,
    figure(ours),
    `${figure(reference)} (${to})`,
    ratio.toFixed(2),
    wanted,
    yes === undefined ? '' : yes ? 'yes' : 'NO',
  ];
}

const rounded = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
