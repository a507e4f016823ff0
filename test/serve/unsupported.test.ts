import { afterAll, beforeAll, expect, it } from 'vitest';
import { actions } from '../../src/cloud/registry.ts';
import { actionNames as ec2 } from '../../src/fronts/ec2/actionNames.generated.ts';
import { exchange, post } from './rawClient.ts';
import { type Running, startServer } from './server.ts';

let server: Running;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

it('every action of the model that is not offered is UnsupportedOperation, whatever it is asked', async () => {
  const others = [...ec2].filter((name) => !(name in actions));
  expect(others.length).toBeGreaterThan(700);
  const wrong: string[] = [];
  for (const name of others) {
    const answer = await exchange(server.port, post(`Action=${name}&Version=2016-11-15&DryRun=true&Anything.1=x`));
    const body = answer?.body ?? '';
    if (answer?.status !== 400 || !body.includes('<Code>UnsupportedOperation</Code>') || !body.includes(name))
      wrong.push(`${name}: ${answer?.status} ${body}`);
  }
  expect(wrong).toEqual([]);
  const none = await exchange(server.port, post('Action=DescribeInstancesx&Version=2016-11-15'));
  expect(none?.body).toContain('<Code>InvalidAction</Code>');
});

it('every action that is offered is another thing', async () => {
  const wrong: string[] = [];
  for (const name of Object.keys(actions).filter((each) => ec2.has(each))) {
    const answer = await exchange(server.port, post(`Action=${name}&Version=2016-11-15&Anything.1=x`));
    if (!answer?.body.includes('<Code>UnknownParameter</Code>')) wrong.push(`${name}: ${answer?.body}`);
  }
  expect(wrong).toEqual([]);
});
