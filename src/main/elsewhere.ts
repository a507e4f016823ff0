import { Command, CommanderError, Option as Flag } from 'commander';
import { type Option, serveOptions, storeOptions } from './config/options.ts';
import { exits, Problem } from './config/problem.ts';
import { version } from './version.ts';

const program = new Command('elsewhere')
  .description('EC2, elsewhere: one server that speaks the EC2 API in front of any cloud.')
  .version(version)
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/** Adds settings to a command, under their names on the command line. */
function withOptions(command: Command, options: Readonly<Record<string, Option>>): Command {
  for (const { flag, value, doc, many } of Object.values(options)) {
    const added = new Flag(value === undefined ? `--${flag}` : `--${flag} <${value}>`, doc);
    command.addOption(many ? added.argParser(collect) : added);
  }
  return command;
}

const settingsOf = async (flags: Record<string, unknown>) => {
  const { readSettingsFrom } = await import('./config/settings.ts');
  return readSettingsFrom(flags, process.env);
};

withOptions(program.command('serve', { isDefault: true }).description('serve the APIs'), serveOptions).action(
  async (flags) => {
    const { serve } = await import('./serve.ts');
    await serve(await settingsOf(flags));
  },
);

withOptions(program.command('worker').description('only work operations off a shared database'), serveOptions).action(
  async (flags) => {
    const { work } = await import('./serve.ts');
    await work(await settingsOf(flags));
  },
);

const account = program.command('account').description('accounts of this server');
withOptions(
  account.command('create').argument('<name>', 'a name for people').option('--id <ID>', 'a 12-digit id of your own'),
  storeOptions,
).action(async (name, flags) =>
  (await import('./commands/account.ts')).create(await settingsOf(flags), name, flags.id),
);
withOptions(account.command('list'), storeOptions).action(async (flags) =>
  (await import('./commands/account.ts')).list(await settingsOf(flags)),
);

const key = program.command('key').description('access keys of accounts');
withOptions(key.command('create').argument('<account>', '12-digit account id'), storeOptions).action(
  async (id, flags) => (await import('./commands/key.ts')).create(await settingsOf(flags), id),
);
withOptions(key.command('list').argument('[account]', '12-digit account id'), storeOptions).action(async (id, flags) =>
  (await import('./commands/key.ts')).list(await settingsOf(flags), id),
);
withOptions(key.command('rotate').argument('<key>', 'access key id'), storeOptions).action(async (id, flags) =>
  (await import('./commands/key.ts')).rotate(await settingsOf(flags), id),
);
withOptions(key.command('disable').argument('<key>', 'access key id'), storeOptions).action(async (id, flags) =>
  (await import('./commands/key.ts')).disable(await settingsOf(flags), id),
);

withOptions(
  program
    .command('env')
    .description('print the variables that make clients use this server: eval "$(elsewhere env)"')
    .option('--shell <SHELL>', 'sh, fish, powershell or cmd', 'sh')
    .option('--key <KEY>', 'access key id whose secret to print'),
  serveOptions,
).action(async (flags) => {
  const { shell, key: id, ...rest } = flags;
  await (await import('./commands/env.ts')).env(await settingsOf(rest), shell, id);
});

withOptions(
  program.command('doctor').description('check what this computer and these settings can do'),
  serveOptions,
).action(async (flags) => (await import('./commands/doctor.ts')).doctor(await settingsOf(flags)));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** One clear line for what a person can mend; the whole story only for our own faults. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help')
      console.error(`elsewhere: ${error.message.replace(/^error: /, '').split('\n')[0]}`);
    return exits.usage;
  }
  if (error instanceof Problem) {
    console.error(`elsewhere: ${error.message}`);
    return error.exit;
  }
  console.error(error);
  return exits.fault;
}
