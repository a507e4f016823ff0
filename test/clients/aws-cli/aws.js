/** The AWS command line as a script calls it: one process a call, JSON back. */
import { execFile } from 'node:child_process';
import { given, onlyImage, refusal } from '../checks/check.js';

/** Debian's; another aws may stand earlier in the search path. */
const program = '/usr/bin/aws';

/** The command line ended with an error; the code is the one that the server sent. */
export class CommandError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'CommandError';
    this.code = /\(([\w.]+)\) when calling/.exec(message)?.[1];
  }
}

/**
 * @param {readonly string[]} args
 * @param {Record<string, string>} environment added to this program's own
 * @returns {Promise<any>} what was printed, parsed; `undefined` when nothing was
 */
function run(args, environment = {}) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const all = ['--endpoint-url', given('EC2_ENDPOINT'), '--output', 'json', ...args];
    execFile(program, all, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) return reject(new CommandError(stderr.trim() || error.message));
      resolve(stdout.trim() === '' ? undefined : JSON.parse(stdout));
    });
  });
}

/** `aws ec2 …` @param {readonly string[]} args */
export const ec2 = (...args) => run(['ec2', ...args]);

/** `aws sts …` @param {readonly string[]} args */
export const sts = (...args) => run(['sts', ...args]);

/** `aws ec2 …` with other keys. @param {string} id @param {string} secret @param {readonly string[]} args */
export const ec2With = (id, secret, ...args) =>
  run(['ec2', ...args], { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret });

/** `aws ec2 …` of the other account. @param {readonly string[]} args */
export const ec2OfOther = (...args) => ec2With(given('OTHER_ACCESS_KEY_ID'), given('OTHER_SECRET_ACCESS_KEY'), ...args);

/** The call must end with this code. @param {string} code @param {Promise<unknown>} call */
export const refused = (code, call) => refusal(code, (error) => error instanceof CommandError && error.code, call);

/** @param {Record<string, string>} filters @returns {string[]} as arguments */
export const filters = (filters) => [
  '--filters',
  ...Object.entries(filters).map(([name, values]) => `Name=${name},Values=${values}`),
];

/** The image that people look up first; or the only one there is. */
export const newestAmazonLinux = () =>
  ec2(
    'describe-images',
    ...(onlyImage === undefined ? ['--owners', 'amazon'] : []),
    ...filters({ name: onlyImage ?? 'al2023-ami-2023.*-x86_64', state: 'available' }),
    ...['--query', 'sort_by(Images, &CreationDate)[-1]'],
  );
