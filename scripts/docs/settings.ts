import { errorCodes, meaningOf, statusOf } from '../../src/kernel/codes.ts';
import { type Option, serveOptions, variableOf } from '../../src/main/config/options.ts';
import { exits } from '../../src/main/config/problem.ts';
import { page, table } from './table.ts';

/** Every setting under its three names, and the exit codes. */
export const settingsPage = (): string =>
  page(
    'Settings',
    'The command line wins over the environment, and the environment over the configuration file (`--config FILE`, YAML).',
    table(
      ['Command line', 'Environment', 'File', 'Meaning'],
      Object.values(serveOptions as Record<string, Option>).map((o) => [
        `\`--${o.flag}${o.value === undefined ? '' : ` ${o.value}`}\``,
        `\`${variableOf(o)}\``,
        `\`${o.flag}\``,
        o.doc,
      ]),
    ),
    '## Exit codes',
    table(
      ['Code', 'Why'],
      [
        ['0', 'stopped as told'],
        ...Object.entries(exits).map(([why, code]) => [String(code), exitMeanings[why as keyof typeof exits]]),
      ],
    ),
  );

const exitMeanings: Readonly<Record<keyof typeof exits, string>> = {
  fault: 'a fault of the program itself; or `doctor` found a problem',
  usage: 'a wrong option, setting or argument',
  portInUse: 'the port is in use or cannot be listened at',
  unreadable: 'the data folder, its database or its key file cannot be read or written',
  corrupt: 'the database is not one of Elsewhere’s, or is damaged',
  locked: 'another process serves the same data folder',
  full: 'the disk is full',
  unreachable: 'PostgreSQL cannot be reached',
  tooNew: 'the database was written by a later version of Elsewhere',
  noMachines: 'a region of real machines was asked for, and they cannot run here',
  notReady: 'an instance is off, its console is somebody else’s, or its SSH port cannot be reached',
};

/** The catalogue of error codes. */
export const errorsPage = (): string =>
  page(
    'Error codes',
    'Every code that this server can answer. The message of an answer names the parameter or the id.',
    table(
      ['Code', 'HTTP status', 'Meaning'],
      errorCodes.map((code) => [`\`${code}\``, String(statusOf(code)), meaningOf(code)]),
    ),
  );
