import { Readable } from 'node:stream';
import * as ec2 from '@aws-sdk/client-ec2';
import * as sts from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesOf, withoutEmpty } from './arbitrary.fixture.ts';
import { type Dialect, ec2Dialect, envelope, errorXml, queryDialect } from './envelope.ts';
import { parseForm } from './form.ts';
import { compileParser } from './parse.ts';
import { isOperation, operationOf } from './schema.ts';
import { compileWriter } from './write.ts';

/** The real SDK talks to this codec: it serialises an input, we parse it; we write an output, it reads it. */

interface Call {
  readonly input: unknown;
  readonly output: unknown;
}

type Client = { send(command: unknown): Promise<Record<string, unknown>> };
type Command = new (input: unknown) => unknown;

let answer: { status: number; body: string } = { status: 200, body: '' };
let sent = '';

const requestHandler = {
  handle: async (request: { body: string }) => {
    sent = request.body;
    const body = Readable.from([Buffer.from(answer.body)]);
    return { response: { statusCode: answer.status, headers: { 'content-type': 'text/xml' }, body } };
  },
};
const options = {
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1:1',
  credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
  maxAttempts: 1,
  requestHandler,
};
const services = [
  {
    name: 'ec2',
    module: ec2 as Record<string, unknown>,
    client: new ec2.EC2Client(options) as unknown as Client,
    dialect: ec2Dialect('2016-11-15'),
  },
  {
    name: 'sts',
    module: sts as Record<string, unknown>,
    client: new sts.STSClient(options) as unknown as Client,
    dialect: queryDialect('sts', '2011-06-15'),
  },
];

/** Needs a live call of its own before it is sent (it signs a second request for the source region). */
const special = new Set(['CopySnapshot']);

async function exchange(service: (typeof services)[number], schema: unknown, call: Call): Promise<Call> {
  const { name } = operationOf(schema);
  const { protocol } = service.dialect;
  answer = {
    status: 200,
    body: envelope(service.dialect, name, 'req-1', compileWriter(schema, protocol)(call.output)),
  };
  const command = new (service.module[`${name}Command`] as Command)(call.input);
  const { $metadata, ...output } = await service.client.send(command);
  return { input: compileParser(schema, protocol)(parseForm(sent)), output };
}

/** The SDK fills idempotency tokens in by itself. */
function withoutOwnTokens(parsed: unknown, given: unknown): unknown {
  const asked = given as Record<string, unknown>;
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  return Object.fromEntries(
    Object.entries(parsed as object).filter(([k, v]) => asked[k] !== undefined || !uuid.test(String(v))),
  );
}

function operations(module: Record<string, unknown>): unknown[] {
  return Object.values(module).filter((value) => isOperation(value));
}

describe.each(services)('$name, against the SDK', (service) => {
  const all = operations(service.module).map((schema) => [operationOf(schema).name, schema] as const);

  it('every operation compiles', () => {
    expect(all.length).toBe(service.name === 'ec2' ? 823 : 11);
    for (const [, schema] of all) {
      expect(compileParser(schema, service.dialect.protocol)).toBeTypeOf('function');
      expect(compileWriter(schema, service.dialect.protocol)).toBeTypeOf('function');
    }
  });

  it('every operation is exchanged whole', async () => {
    for (const [name, schema] of all) {
      if (special.has(name)) continue;
      const shape = operationOf(schema);
      const [call] = fc.sample(fc.record({ input: valuesOf(shape.input), output: valuesOf(shape.output) }), {
        seed: 7,
        numRuns: 1,
      });
      await exchanged(service, schema, call as Call);
    }
  });

  const thorough = [
    'RunInstances',
    'DescribeInstances',
    'CreateFleet',
    'AuthorizeSecurityGroupIngress',
    'ImportKeyPair',
    'AssumeRole',
  ];
  it.each(all.filter(([name]) => thorough.includes(name)))('%s with many values', async (_name, schema) => {
    const shape = operationOf(schema);
    const calls = fc.record({ input: valuesOf(shape.input), output: valuesOf(shape.output) });
    await fc.assert(
      fc.asyncProperty(calls, (call) => exchanged(service, schema, call)),
      { numRuns: 40 },
    );
  });

  it('the SDK reads our errors', async () => {
    const dialect: Dialect = service.dialect;
    answer = { status: 400, body: errorXml(dialect, 'InvalidThing.NotFound', 'The <thing> & its "id"', 'req-2') };
    const schema = all.find(([name]) => name === 'DescribeRegions' || name === 'GetCallerIdentity')![0];
    const command = new (service.module[`${schema}Command`] as Command)({});
    await expect(service.client.send(command)).rejects.toMatchObject({
      name: 'InvalidThing.NotFound',
      message: 'The <thing> & its "id"',
    });
  });
});

async function exchanged(service: (typeof services)[number], schema: unknown, call: Call): Promise<void> {
  const got = await exchange(service, schema, call);
  expect(withoutEmpty(withoutOwnTokens(got.input, call.input)), 'input').toEqual(withoutEmpty(call.input));
  expect(withoutEmpty(got.output), 'output').toEqual(withoutEmpty(call.output));
}
