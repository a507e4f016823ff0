import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Line, met } from './figures.ts';

/** Writes what was measured to bench-results/; gives the path. */
export function keep(lines: readonly Line[]): string {
  const at = new Date().toISOString();
  const path = join('bench-results', `${at.replaceAll(':', '-')}.json`);
  const machine = { node: process.version, platform: process.platform, cores: cpus().length, model: cpus()[0]?.model };
  mkdirSync('bench-results', { recursive: true });
  writeFileSync(
    path,
    `${JSON.stringify({ at, machine, lines: lines.map((line) => ({ ...line, met: met(line) })) }, undefined, 2)}\n`,
  );
  return path;
}
