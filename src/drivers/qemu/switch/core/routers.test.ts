import { expect, it } from 'vitest';
import { needIp, needMac } from '../packets/addresses.ts';
import { readArp, writeArp } from '../packets/arp.ts';
import { srcMacAt } from '../packets/ethernet.ts';
import { writeUdp } from '../packets/udp.ts';
import { fabric, macOf, port, textOf } from './fabric.fixture.ts';

const [A, B, beyond] = ['10.0.0.10', '10.0.0.11', '198.51.100.9'] as const;
const say = (src: string, dst: string, by: string) =>
  writeUdp(
    { src: needIp(src), dst: needIp(dst), srcMac: needMac(macOf(by)), dstMac: needMac(macOf(by === A ? B : A)) },
    { srcPort: 7, dstPort: 7, payload: Buffer.from('x') },
  );
const pair = (sourceDestCheck: boolean) => fabric({ ports: [port(A), port(B, { sourceDestCheck })] });

it('a machine may have a way by a neighbour that carries the traffic of others, and by no other', () => {
  const there = (check: boolean) => pair(check).say('eni-10', say(A, beyond, A));
  expect(there(false).map(({ to, frame }) => [to, textOf(frame), srcMacAt(frame, 0)])).toEqual([
    ['eni-11', 'x', needMac(macOf(A))],
  ]);
  expect(there(true)).toEqual([]);
});

it('what comes back that way comes from beyond, and from no address of the subnet or the switch', () => {
  const back = (src: string, check = false) => pair(check).say('eni-11', say(src, A, B)).length;
  expect([back(beyond), back(beyond, true), back('10.0.0.99'), back('169.254.169.254')]).toEqual([1, 0, 0, 0]);
});

it('frames for the neighbour itself are as they were', () => {
  const { say: send } = pair(false);
  expect(send('eni-10', say(A, B, A)).map(({ to }) => to)).toEqual(['eni-11']);
  expect(send('eni-10', say(A, '10.0.0.11', A))[0]!.frame.readUInt32BE(30)).toBe(needIp(B));
});

it('who carries the traffic of others may ask for neighbours in their names', () => {
  const question = writeArp({
    ...{ operation: 1, senderMac: needMac(macOf(B)), senderIp: needIp(beyond), targetMac: 0, targetIp: needIp(A) },
  });
  const answers = (check: boolean) => pair(check).say('eni-11', question);
  expect(answers(false).map(({ to, frame }) => [to, readArp(frame, 0, frame.length)?.senderMac])).toEqual([
    ['eni-11', needMac(macOf(A))],
  ]);
  expect(answers(true)).toEqual([]);
});
