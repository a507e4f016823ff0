import { expect, it } from 'vitest';
import { sshArguments } from './ssh.ts';

const at = { address: '127.9.0.1', port: 10022 };

it('ssh is told where, as whom, and which host keys are the machine’s own', () => {
  expect(sshArguments('i-1', '/m/i-1', at, 'admin', ['-i', 'key.pem', 'uname', '-a'])).toEqual([
    ...['-o', 'UserKnownHostsFile="/m/i-1/known_hosts"', '-o', 'HostKeyAlias=i-1'],
    ...['-o', 'StrictHostKeyChecking=accept-new', '-p', '10022', '-l', 'admin'],
    ...['127.9.0.1', '-i', 'key.pem', 'uname', '-a'],
  ]);
});

it('without a user ssh chooses; a folder’s name is a name, whatever is in it', () => {
  const args = sshArguments('i-1', '/my "m" 5%', at, undefined, []);
  expect(args).not.toContain('-l');
  expect(args[1]).toBe('UserKnownHostsFile="/my \\"m\\" 5%%/known_hosts"');
});
