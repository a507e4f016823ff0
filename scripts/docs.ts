/**
 * `npm run docs [-- --check]`: prints docs/reference from the declarations. With `--check` nothing is written; the exit
 * code tells whether the pages are current.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { actionsPage, coveragePage } from './docs/actions.ts';
import { driversPage } from './docs/drivers.ts';
import { resourcesPage } from './docs/resources.ts';
import { errorsPage, settingsPage } from './docs/settings.ts';

const folder = join('docs', 'reference');
const pages = {
  'actions.md': actionsPage(),
  'coverage.md': coveragePage(),
  'drivers.md': driversPage(),
  'resources.md': resourcesPage(),
  'errors.md': errorsPage(),
  'settings.md': settingsPage(),
};

mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(pages)) {
  const file = join(folder, name);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is not current: run npm run docs`);
    process.exitCode = 1;
  }
}
