import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { entry } from '../../serve/program.ts';
import { until } from './server.ts';

/** A program that runs, with what it has printed, and how it ended. */
export class Session {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;

  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(program, args, { env: { ...process.env, ...env } });
    this.child.stdout!.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => code ?? signal);
  }

  /** Of the built command line. */
  static elsewhere(args: readonly string[], env?: NodeJS.ProcessEnv): Session {
    return new Session(process.execPath, [entry, ...args], env);
  }

  /** The command line at a terminal, by a shell's words: `$ELSEWHERE` is the command line. Both streams come out as one. */
  static terminal(words: string): Session {
    const env = { ELSEWHERE: `${process.execPath} ${entry}`, SHELL: '/bin/sh' };
    return new Session('script', ['-qec', words, '/dev/null'], env);
  }

  type(text: string): void {
    this.child.stdin!.write(text);
  }

  /** Waits until it has printed this. */
  async says(words: RegExp): Promise<RegExpExecArray> {
    await until(
      async () => this.stdout + this.stderr,
      (text) => words.test(text),
    );
    return words.exec(this.stdout + this.stderr)!;
  }

  /** Waits for its end, which is to be this. */
  async ends(how: number | NodeJS.Signals, line = ''): Promise<void> {
    expect([await this.ended, this.stderr.trim()]).toEqual([how, line]);
  }
}
