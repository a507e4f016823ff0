import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import { names } from '../../../src/drivers/qemu/machines/commandLine.ts';
import { kill, processesBelow } from '../../../src/drivers/qemu/machines/processes.ts';
import { built, elsewhere, type Program, serve } from '../../serve/program.ts';
import { needQemu } from './cloud.ts';
import { guestBoot } from './guest.ts';

export const region = 'local-1';

/** Waits, for at most a minute and a half, until what is asked is as wanted; fails with what it was last. */
export async function until<T>(ask: () => Promise<T>, wanted: (found: T) => boolean): Promise<T> {
  let found = await ask();
  for (const end = Date.now() + 90_000; !wanted(found) && Date.now() < end; found = await ask()) await pause(300);
  expect(found).toSatisfy(wanted);
  return found;
}

/** The built server before real machines, in a data folder of its own. */
export class RealServer {
  readonly data: string;
  program!: Program;
  ec2!: sdk.EC2Client;

  constructor() {
    needQemu();
    built();
    this.data = mkdtempSync(join(tmpdir(), 'elsewhere-real-'));
  }

  /** @param more of the command line */
  async start(...more: readonly string[]): Promise<void> {
    this.program = await serve(['--data', this.data, '--region', `${region}=qemu`, ...more]);
    this.ec2 = this.clientOf('test');
  }

  /** A client with this access key. */
  clientOf(accessKeyId: string, secretAccessKey = 'test'): sdk.EC2Client {
    return new sdk.EC2Client({
      ...{ region, endpoint: `http://127.0.0.1:${this.program.port}`, maxAttempts: 1 },
      credentials: { accessKeyId, secretAccessKey },
    });
  }

  /** Ends the server as a crash does. */
  async kill(): Promise<void> {
    this.program.process.kill('SIGKILL');
    await this.program.ended;
  }

  /** Ends the server and every machine, and removes all that they had. */
  async close(): Promise<void> {
    await this.kill();
    await this.endMachines();
    rmSync(this.data, { recursive: true });
  }

  /** Ends every machine as a power cut does. */
  async endMachines(): Promise<void> {
    for (const pid of await this.pids()) kill(pid);
    while ((await this.pids()).length > 0) await pause(50);
  }

  /** The QEMUs of its machines. */
  async pids(): Promise<readonly number[]> {
    return [...(await processesBelow(this.data)).values()];
  }

  /** Imports an image on the command line; gives its id. */
  imported(...args: readonly string[]): string {
    const { status, stdout, stderr } = elsewhere(['image', 'import', ...args, '--data', this.data]);
    expect([status, stderr.split('\n').filter((line) => /refused|cannot/.test(line))]).toEqual([0, []]);
    return stdout.trim();
  }

  /** Imports the guest of the tests, with its kernel and ramdisk, and what else is to be in it; gives the id of the image. */
  importedGuest(more?: Parameters<typeof guestBoot>[0]): string {
    const { kernel, ramdisk } = guestBoot(more);
    const disk = join(this.data, 'empty.raw');
    writeFileSync(disk, Buffer.alloc(2 ** 20));
    const aki = this.imported(kernel, '--type', 'kernel');
    const ari = this.imported(ramdisk, '--type', 'ramdisk');
    return this.imported(disk, '--name', more?.name ?? 'guest', '--kernel', aki, '--ramdisk', ari);
  }

  /** Launches one machine of the smallest type. */
  async launch(more: Partial<sdk.RunInstancesRequest>, ec2 = this.ec2): Promise<string> {
    const asked = { InstanceType: 't2.nano', MinCount: 1, MaxCount: 1, ...more } as const;
    const { Instances } = await ec2.send(new sdk.RunInstancesCommand(asked));
    return Instances![0]!.InstanceId!;
  }

  async instance(id: string, ec2 = this.ec2): Promise<sdk.Instance> {
    const { Reservations } = await ec2.send(new sdk.DescribeInstancesCommand({ InstanceIds: [id] }));
    return Reservations![0]!.Instances![0]!;
  }

  inState(id: string, state: string, ec2 = this.ec2): Promise<string | undefined> {
    return until(
      async () => (await this.instance(id, ec2)).State?.Name,
      (found) => found === state,
    );
  }

  async consoleText(id: string, ec2 = this.ec2): Promise<string> {
    const { Output } = await ec2.send(new sdk.GetConsoleOutputCommand({ InstanceId: id, Latest: true }));
    return Buffer.from(Output ?? '', 'base64').toString();
  }

  says(id: string, words: RegExp, ec2 = this.ec2): Promise<string> {
    return until(
      () => this.consoleText(id, ec2),
      (text) => words.test(text),
    );
  }

  #asked = 0;

  /** What a command prints that is given to a machine's shell. */
  async run(id: string, command: string, ec2 = this.ec2): Promise<string> {
    // What is typed before the shell reads is lost.
    await this.says(id, /guest: ready/, ec2);
    const mark = ++this.#asked;
    const line = `say begins ${mark}; { ${command}; } 2>&1; say ends ${mark}`;
    const found = new RegExp(`guest: begins ${mark}\\r?\\n([\\s\\S]*?)guest: ends ${mark}\\r?\\n`);
    const text = await this.type(id, line, () => this.says(id, found, ec2));
    const [, printed = ''] = found.exec(text) ?? [];
    // The guest tells of its disks and its address when it has them, whatever else is being printed.
    return printed
      .replaceAll('\r', '')
      .replaceAll(/guest: (?:disks|address)\b.*\n/g, '')
      .trim();
  }

  /** Writes a line to a machine's serial port, and stays connected while it is read: until `read` is over. */
  async type<T>(id: string, line: string, read: () => Promise<T>): Promise<T> {
    const serial = connect(join(this.data, 'qemu', region, 'machines', id, names.serial));
    await once(serial, 'connect');
    serial.write(`${line}\n`);
    try {
      return await read();
    } finally {
      serial.destroy();
    }
  }
}
