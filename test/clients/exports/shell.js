/**
 * What `eval "$(elsewhere env)"` gives clients that know nothing else: no file, no option, no variable of the suite. Which of
 * them find the endpoint too, and which have to be told it (docs/guides/clients.md), is what is checked here.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { check, equal, finish, given, matches } from '../checks/check.js';

const entry = join(import.meta.dirname, '../../../dist/elsewhere.js');
const sdk = join(import.meta.dirname, '../../../node_modules/@aws-sdk/client-ec2/dist-cjs/index.js');
const { port } = new URL(given('EC2_ENDPOINT'));

/** Nothing but what a new shell has; files of the caller and the metadata of a cloud are out of reach. */
const bare = Object.fromEntries(
  ['PATH', 'HOME', 'LANG', 'PYTHONWARNINGS', 'NODE_NO_WARNINGS', 'BOTO_CONFIG', 'AWS_CONFIG_FILE']
    .concat(['AWS_SHARED_CREDENTIALS_FILE', 'AWS_EC2_METADATA_DISABLED', 'AWS_MAX_ATTEMPTS', 'AWS_PAGER'])
    .map((name) => [name, process.env[name]]),
);

/**
 * Runs a line of shell behind the exports. Gives what it printed, or how it failed.
 * @param {string} line
 * @param {readonly string[]} args `$1` and so on in it
 * @returns {Promise<string>}
 */
const shell = (line, ...args) =>
  new Promise((resolve) => {
    const env = `eval "$('${process.execPath}' '${entry}' env --data '${given('SERVER_DATA')}' --port ${port} --auth keys --key '${given('AWS_ACCESS_KEY_ID')}')"`;
    execFile('/bin/sh', ['-ec', `${env}\n${line}`, 'sh', ...args], { env: bare }, (error, stdout, stderr) =>
      resolve(error === null ? stdout.trim() : `failed: ${stderr.trim()}`),
    );
  });

const regions = /\bus-east-1\b/;
const python = (/** @type {string} */ program) => shell('/usr/bin/python3 -c "$1"', program);

await check('the JavaScript SDK finds everything', async () => {
  const program = `const { EC2 } = require(process.argv[1]); new EC2({}).describeRegions({}).then((answer) => console.log(JSON.stringify(answer.Regions)))`;
  matches(await shell(`'${process.execPath}' -e "$1" "$2"`, program, sdk), regions, 'answer');
});

await check('aws-cli finds keys and region, and takes the endpoint from the variable', async () => {
  matches(await shell('/usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" ec2 describe-regions'), regions, 'answer');
  matches(await shell('/usr/bin/aws configure list'), /region +us-east-1 +env/, 'configuration');
});

await check('boto3 finds keys and region, and takes the endpoint from the variable', async () => {
  const client = "import boto3, os; ec2 = boto3.client('ec2', endpoint_url=os.environ['AWS_ENDPOINT_URL'])";
  matches(
    await python(`${client}; print(ec2.meta.region_name, ec2.describe_regions())`),
    /^us-east-1 .*us-west-2/,
    'answer',
  );
});

await check('the versions of Debian 12 do not look for the endpoint themselves', async () => {
  const found = await python("import boto3; print(boto3.client('ec2').meta.endpoint_url)");
  equal(found, 'https://ec2.us-east-1.amazonaws.com', 'endpoint of boto3 1.26');
});

await check('boto 2 finds the keys, and takes the endpoint from the variable', async () => {
  const connect = "import boto, os; ec2 = boto.connect_ec2_endpoint(os.environ['EC2_URL'])";
  matches(await python(`${connect}; print([one.name for one in ec2.get_all_regions()])`), regions, 'answer');
});

await check('euca2ools’ variables hold the endpoint and the keys', async () => {
  equal(
    await shell('echo "$EC2_URL $EC2_ACCESS_KEY"'),
    `${given('EC2_ENDPOINT')}/ ${given('AWS_ACCESS_KEY_ID')}`,
    'they',
  );
});

finish();
