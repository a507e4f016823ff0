import { Command, CommanderError, Option as Flag } from 'commander';
import { StoreError } from '../ports/store.ts';
import type { UrlFlags } from './commands/consoleUrl.ts';
import { type Option, serveOptions, storeOptions } from './config/options.ts';
import { exits, Problem, storeProblem } from './config/problem.ts';
import { version } from './version.ts';

process.stdout.on('error', leaveIfNobodyReads);

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

/** Commands about one thing; the thing alone, or with a command that is not there, is a mistake. */
function group(name: string, description: string): Command {
  const command: Command = program.command(name).description(description).argument('[command]');
  return command.action((given: string | undefined) => {
    const known = command.commands.map((c) => c.name()).join(', ');
    const mistake = given === undefined ? `${name} needs a command` : `there is no command '${name} ${given}'`;
    throw new Problem('usage', `${mistake}; there are ${known}`);
  });
}

const account = group('account', 'accounts of this server');
withOptions(
  account.command('create').argument('<name>', 'a name for people').option('--id <ID>', 'a 12-digit id of your own'),
  storeOptions,
).action(async (name, flags) =>
  (await import('./commands/account.ts')).create(await settingsOf(flags), name, flags.id),
);
withOptions(account.command('list'), storeOptions).action(async (flags) =>
  (await import('./commands/account.ts')).list(await settingsOf(flags)),
);

const key = group('key', 'access keys of accounts');
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

const image = group('image', 'images of a region of real machines (QEMU)');
const ofRegion = (command: Command): Command =>
  withOptions(command, storeOptions)
    .option('--region <NAME>', 'the region', 'local-1')
    .option('--folder <DIR>', 'the folder of the region; by default qemu/REGION in the data folder');
ofRegion(
  image
    .command('import')
    .description('copy a disk image (qcow2, raw, vmdk or vhd) and print the id of the image that it becomes')
    .argument('<file|url>', 'what to import')
    .option('--name <NAME>', 'name of the image; by default that of the file')
    .option('--architecture <NAME>', 'x86_64, arm64 or i386', 'x86_64')
    .option('--boot-mode <MODE>', 'legacy-bios, uefi or uefi-preferred', 'legacy-bios')
    .option('--sha256 <HEX>', 'refuse a file with another checksum')
    .option('--type <TYPE>', 'machine, kernel or ramdisk', 'machine')
    .option('--kernel <ID>', 'boot it with this kernel image (aki-…)')
    .option('--ramdisk <ID>', 'and with this ramdisk image (ari-…)'),
).action(async (source, flags) => {
  const { region: _, ...rest } = flags;
  return (await import('./commands/image.ts')).importFile(await settingsOf(rest), source, flags);
});
ofRegion(
  image
    .command('fetch')
    .description(
      'import the cloud image of a distribution, with its publisher’s checksum: debian, ubuntu, fedora or alpine',
    )
    .argument('<name>', 'the distribution')
    .option('--mirror <URL>', 'fetch from a server that has the publisher’s paths'),
).action(async (name, flags) => {
  const { region: _, ...rest } = flags;
  return (await import('./commands/imageFetch.ts')).fetchImage(await settingsOf(rest), name, flags);
});
ofRegion(
  image
    .command('build')
    .description('build a tiny image that boots, of Debian’s packages, and print its id: mini')
    .argument('<name>', 'what to build')
    .option('--name <NAME>', 'name of the image; by default elsewhere-mini- and its kernel')
    .option('--boot-mode <MODE>', 'legacy-bios, uefi or uefi-preferred: it boots either way', 'legacy-bios')
    .option('--packages <DIR>', 'take packages from this folder, and keep there what is fetched'),
).action(async (what, flags) => {
  const { region: _, ...rest } = flags;
  return (await import('./commands/imageBuild.ts')).buildImage(await settingsOf(rest), what, flags);
});
ofRegion(image.command('list')).action(async ({ region, ...rest }) =>
  (await import('./commands/image.ts')).list(await settingsOf(rest), { region, ...rest }),
);
ofRegion(image.command('delete').argument('<image>', 'id of the image')).action(async (id, { region, ...rest }) =>
  (await import('./commands/image.ts')).remove(await settingsOf(rest), id, { region, ...rest }),
);

const endpointOption = (): Flag =>
  new Flag('--endpoint <URL>', 'where the server is').env('AWS_ENDPOINT_URL').default('http://127.0.0.1:4566');

async function printUrl(
  kind: 'serial' | 'screen',
  id: string,
  flags: Record<string, unknown> & UrlFlags,
): Promise<void> {
  const { region: _, endpoint: __, ...rest } = flags;
  return (await import('./commands/consoleUrl.ts')).printConsoleUrl(await settingsOf(rest), kind, id, flags);
}

ofRegion(
  program
    .command('console')
    .description('the serial console of an instance of real machines (QEMU), to type into; Ctrl-] ends it')
    .argument('<instance>', 'id of the instance')
    .option('--url', 'print where a page can open it by WebSocket instead, for five minutes')
    .addOption(endpointOption()),
).action(async (id, { region, endpoint, url, ...rest }) => {
  if (url) return printUrl('serial', id, { region, endpoint, ...rest });
  return (await import('./commands/console.ts')).openConsole(await settingsOf(rest), id, { region, ...rest });
});
ofRegion(
  program
    .command('vnc')
    .description(
      'print where a page can open the screen of an instance of real machines (QEMU) by WebSocket, for five minutes',
    )
    .argument('<instance>', 'id of the instance')
    .addOption(endpointOption()),
).action((id, flags) => printUrl('screen', id, flags));
ofRegion(
  program
    .command('logs')
    .description('print what an instance of real machines (QEMU) wrote to its console')
    .argument('<instance>', 'id of the instance')
    .option('-f, --follow', 'go on with what it writes, also after a reboot; Ctrl-C ends it'),
).action(async (id, { region, ...rest }) =>
  (await import('./commands/logs.ts')).printLogs(await settingsOf(rest), id, { region, ...rest }),
);
ofRegion(
  program
    .command('ports')
    .description('print where this computer reaches the ports of an instance of real machines (QEMU)')
    .argument('<instance>', 'id of the instance'),
).action(async (id, { region, ...rest }) =>
  (await import('./commands/ports.ts')).printPorts(await settingsOf(rest), id, { region, ...rest }),
);
ofRegion(
  program
    .command('ssh')
    .description('log in to an instance of real machines (QEMU) with ssh')
    .argument('<instance>', 'id of the instance')
    .argument('[arguments...]', 'what else ssh is told, after --: its options, and a command')
    .option('-l, --login <USER>', 'the user there; by default ssh’s own choice'),
).action(async (id, args, { region, ...rest }) =>
  (await import('./commands/ssh.ts')).runSsh(await settingsOf(rest), id, args, { region, ...rest }),
);

withOptions(
  program
    .command('env')
    .description('print the variables that make clients use this server: eval "$(elsewhere env)"')
    .option('--shell <SHELL>', 'sh, fish, powershell or cmd', 'sh')
    .option('--key <KEY>', 'access key id whose secret to print')
    .option('--instance <ID>', 'also where to read the metadata of an instance; whoever has that can read it'),
  serveOptions,
).action(async (flags) => {
  const { shell, key: id, instance, ...rest } = flags;
  await (await import('./commands/env.ts')).env(await settingsOf(rest), shell, id, instance);
});

withOptions(
  program.command('doctor').description('check what this computer and these settings can do'),
  serveOptions,
).action(async (flags) => (await import('./commands/doctor.ts')).doctor(await settingsOf(flags)));

program
  .command('switch', { hidden: true })
  .description('carry the frames of real machines; started by the server')
  .argument('<folder>')
  .action(async (folder) => (await import('./commands/switch.ts')).runSwitchIn(folder));

try {
  checkCommand(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Without this a wrong command would be taken for an argument of `serve`, which stands for no command at all. */
function checkCommand(given: string | undefined): void {
  const known = ['help', ...program.commands.map((c) => c.name())];
  if (given === undefined || given.startsWith('-') || known.includes(given)) return;
  throw new Problem('usage', `there is no command '${given}'; there are ${known.join(', ')}`);
}

/** One clear line for what a person can mend; the whole story only for our own faults. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    console.error(`elsewhere: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}`);
    return exits.usage;
  }
  if (error instanceof StoreError) return explain(storeProblem(error));
  if (error instanceof Problem) {
    console.error(`elsewhere: ${error.message.replaceAll('\n', ' ')}`);
    return error.exit;
  }
  console.error(error);
  return exits.fault;
}

/** A reader such as `head` that has seen enough is no fault. */
function leaveIfNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
