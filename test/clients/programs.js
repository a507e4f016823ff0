/**
 * Every program of the suite. Each runs alone, on an account of its own, and prints one line a check: `ok NAME` or
 * `not ok NAME: why`. The longest come first, because two run at a time.
 */

const node = process.execPath;
const python = '/usr/bin/python3';
const ruby = '/usr/bin/ruby';

/**
 * @typedef {object} Program
 * @property {string} client whose program it is, as the coverage table names it
 * @property {string} file relative to this folder
 * @property {string} interpreter
 */

/** @type {readonly Program[]} */
export const programs = [
  { client: 'aws-cli', file: 'aws-cli/instances.js', interpreter: node },
  { client: 'aws-cli', file: 'aws-cli/images.js', interpreter: node },
  { client: 'aws-cli', file: 'aws-cli/storage.js', interpreter: node },
  { client: 'aws-cli', file: 'aws-cli/network.js', interpreter: node },
  { client: 'aws-cli', file: 'aws-cli/account.js', interpreter: node },
  { client: 'boto3', file: 'boto3/instances.py', interpreter: python },
  { client: 'boto3', file: 'boto3/storage.py', interpreter: python },
  { client: 'boto3', file: 'boto3/images.py', interpreter: python },
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
  { client: 'deltacloud', file: 'deltacloud/query.py', interpreter: python },
];

/** Clients that must call every action there is; the others call what they offer. */
export const complete = ['aws-cli', 'boto3', 'sdk'];

/** Debian packages that the programs need. */
export const packages = [
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
