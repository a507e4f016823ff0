/**
 * Every program of the suite. Each runs alone, on an account of its own, and prints one line a check: `ok NAME` or
 * `not ok NAME: why`. The longest come first, because two run at a time.
 */

const node = process.execPath;
const python = '/usr/bin/python3';
const ruby = '/usr/bin/ruby';

const ofItsOwn = 'it is about keys that the server itself knows';

/**
 * @typedef {object} Program
 * @property {string} client whose program it is, as the coverage table names it
 * @property {string} file relative to this folder
 * @property {string} interpreter
 * @property {string} [notOnOpenStack] why it does not run in front of an OpenStack
 * @property {boolean} [guestsOnOpenStack] whether its machines must really run there: a fake hypervisor never ends their images
 */

/** @type {readonly Program[]} */
export const programs = [
  { client: 'ansible', file: 'ansible/playbooks.js', interpreter: node, guestsOnOpenStack: true },
  { client: 'aws-cli', file: 'aws-cli/instances.js', interpreter: node },
  { client: 'aws-cli', file: 'aws-cli/images.js', interpreter: node, guestsOnOpenStack: true },
  { client: 'aws-cli', file: 'aws-cli/storage.js', interpreter: node },
  { client: 'aws-cli', file: 'aws-cli/network.js', interpreter: node },
  { client: 'aws-cli', file: 'aws-cli/account.js', interpreter: node },
  { client: 'boto3', file: 'boto3/instances.py', interpreter: python },
  { client: 'boto3', file: 'boto3/storage.py', interpreter: python },
  { client: 'boto3', file: 'boto3/images.py', interpreter: python, guestsOnOpenStack: true },
  { client: 'boto3', file: 'boto3/network.py', interpreter: python },
  { client: 'boto3', file: 'boto3/account.py', interpreter: python },
  { client: 'sdk', file: 'sdk/instances.js', interpreter: node },
  { client: 'sdk', file: 'sdk/storage.js', interpreter: node },
  { client: 'sdk', file: 'sdk/network.js', interpreter: node },
  { client: 'sdk', file: 'sdk/account.js', interpreter: node },
  { client: 'boto2', file: 'boto2/machines.py', interpreter: python },
  { client: 'boto2', file: 'boto2/network.py', interpreter: python },
  { client: 'libcloud', file: 'libcloud/compute.py', interpreter: python },
  { client: 'fog', file: 'fog/compute.rb', interpreter: ruby },
  { client: 'aws-cli', file: 'exports/shell.js', interpreter: node, notOnOpenStack: ofItsOwn },
  { client: 'deltacloud', file: 'deltacloud/query.py', interpreter: python },
];

/** Actions that the simulator refuses as unsupported, and why: clients are told so, too. @type {Readonly<Record<string, string>>} */
export const notOnSimulator = { GetConsoleScreenshot: 'its machines have no screen' };

/** Clients that must call every action there is; the others call what they offer. */
export const complete = ['aws-cli', 'boto3', 'sdk'];

/** Debian packages that the programs need. */
export const packages = [
  'ansible',
  'awscli',
  'openssh-client',
  'openssl',
  'putty-tools',
  'python3',
  'python3-boto',
  'python3-boto3',
  'python3-libcloud',
  'ruby',
  'ruby-fog-aws',
];
