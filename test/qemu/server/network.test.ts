import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kill } from '../../../src/drivers/qemu/machines/processes.ts';
import { elsewhere } from '../../serve/program.ts';
import { createOutside } from '../support/outside.ts';
import { RealServer, region, until } from '../support/server.ts';
import { stormEntries } from '../support/storm.ts';
import { switchesBelow } from '../support/switches.ts';

const server = new RealServer();
const stranger = '111111111111';
let image: string;
let [a, b] = ['', ''];

const addressOf = async (id: string, ec2 = server.ec2) => {
  const { PrivateIpAddress, PublicIpAddress } = await server.instance(id, ec2);
  return { privateIp: PrivateIpAddress!, publicIp: PublicIpAddress! };
};

/** What the host reads at a public address: the text, or why there is none. */
const read = (publicIp: string, path = '/'): Promise<string> =>
  new Promise((resolve) => {
    const asked = get({ host: publicIp, path, timeout: 20_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      answer.on('end', () => resolve(text.trim()));
      answer.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    asked.on('timeout', () => asked.destroy(new Error('nobody answers')));
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
const reads = (publicIp: string, wanted: string) =>
  until(
    () => read(publicIp),
    (found) => found === wanted,
  );

/** What a public address answers to a datagram; why it does not. */
const told = (publicIp: string, port: number, text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    const settle = (answer: string): void => {
      clearTimeout(timer);
      socket.removeAllListeners('message').close();
      resolve(answer);
    };
    const timer = setTimeout(() => settle('nobody answers'), 2_000);
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    socket.once('message', (answer) => settle(String(answer)));
    socket.connect(port, publicIp, () => socket.send(text));
  });

const defaultGroup = async (ec2 = server.ec2): Promise<string> => {
  const Filters = [{ Name: 'group-name', Values: ['default'] }];
  return (await ec2.send(new sdk.DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups![0]!.GroupId!;
};
const web = async () => ({
  GroupId: await defaultGroup(),
  IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '203.0.113.1/32' }] }],
});

/** Lets a machine serve a page with its own name. */
const page = (id: string) =>
  server.run(id, `mkdir -p /www; echo page of ${id} > /www/index.html; httpd -h /www; echo served`);

async function booted(more: Partial<sdk.RunInstancesRequest> = {}, ec2 = server.ec2): Promise<string> {
  const id = await server.launch({ ImageId: image, ...more }, ec2);
  await server.inState(id, 'running', ec2);
  await server.says(id, /guest: address/, ec2);
  return id;
}

beforeAll(async () => {
  // With Perl, which speaks UDP.
  image = server.importedGuest({ name: 'storm', entries: stormEntries() });
  await server.start();
});
afterAll(() => server.close());

it('machines get the private addresses that the API reports, with names and a way out', async () => {
  [a, b] = await Promise.all([
    booted({ UserData: Buffer.from([0x1f, 0x8b, 0, 255, 10]).toString('base64') }),
    booted({ MetadataOptions: { HttpTokens: 'required' } }),
  ]);
  for (const id of [a, b]) {
    const { privateIp, publicIp } = await addressOf(id);
    await server.says(id, new RegExp(`guest: address ${privateIp.replaceAll('.', '\\.')}/20`));
    expect(publicIp).toMatch(/^127\.(?!0\.)/);
    const name = `ip-${privateIp.replaceAll('.', '-')}`;
    expect(await server.run(id, 'hostname; cat /sys/class/net/eth0/mtu')).toBe(`${name}\n9001`);
  }
  const other = await addressOf(b);
  const { PrivateDnsName } = await server.instance(b);
  expect(await server.run(a, `nslookup ${PrivateDnsName}`)).toContain(`Address: ${other.privateIp}`);
});

it('each reads its own metadata, with tokens where they are required', async () => {
  const base = 'http://169.254.169.254/latest';
  expect(await server.run(a, `wget -qO- ${base}/meta-data/instance-id`)).toBe(a);
  expect(await server.run(a, `wget -qO- ${base}/user-data | hexdump -e '5/1 "%02x "'`)).toBe('1f 8b 00 ff 0a');
  expect(await server.run(b, `wget -qO- ${base}/meta-data/instance-id`)).toContain('401');
  const lines = ['PUT /latest/api/token HTTP/1.0', 'X-aws-ec2-metadata-token-ttl-seconds: 60', '', ''].join('\\r\\n');
  await server.run(b, `printf '${lines}' | nc 169.254.169.254 80 | tail -n 1 > /token`);
  const asked = `wget -qO- --header "X-aws-ec2-metadata-token: $(cat /token)" ${base}/meta-data/public-ipv4`;
  expect(await server.run(b, asked)).toBe((await addressOf(b)).publicIp);
});

it('a public address answers the host where a group lets it in, and only as long', async () => {
  const { publicIp } = await addressOf(a);
  expect(await page(a)).toBe('served');
  expect(await read(publicIp)).toBe('ECONNREFUSED');
  await server.ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand(await web()));
  await reads(publicIp, `page of ${a}`);
  await server.ec2.send(new sdk.RevokeSecurityGroupIngressCommand(await web()));
  await reads(publicIp, 'ECONNREFUSED');
});

it('a public address takes datagrams where a group lets them in, and only as long', async () => {
  const { publicIp } = await addressOf(a);
  const echo =
    'socket(S, 2, 2, 17); bind(S, pack("Sna4x8", 2, 7000, "\\0" x 4)); while ($who = recv(S, $text, 9000, 0)) { send(S, "heard $text", 0, $who) }';
  expect(await server.run(a, `perl -e '${echo}' > /dev/null 2>&1 & echo begun`)).toBe('begun');
  expect(await told(publicIp, 7_000, 'hello')).toBe('ECONNREFUSED');
  const IpRanges = [{ CidrIp: '203.0.113.1/32' }];
  const IpPermissions = [{ IpProtocol: 'udp', FromPort: 7_000, ToPort: 7_000, IpRanges }];
  const allowed = { GroupId: await defaultGroup(), IpPermissions };
  await server.ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand(allowed));
  const tells = (wanted: string) =>
    until(
      () => told(publicIp, 7_000, 'hello'),
      (found) => found === wanted,
    );
  await tells('heard hello');
  expect(elsewhere(['ports', a, '--data', server.data]).stdout).toBe(`7000/udp ${publicIp}:7000\n`);
  await server.ec2.send(new sdk.RevokeSecurityGroupIngressCommand(allowed));
  await tells('ECONNREFUSED');
  await server.run(a, 'killall perl');
});

it('machines reach each other and themselves by public addresses, where a group lets in those', async () => {
  const [mine, other] = [await addressOf(a), await addressOf(b)];
  await page(b);
  // Addresses of the loopback network are the system's own, until it has one of them alone.
  const alone = 'ip addr del 127.0.0.1/8 dev lo; ip addr add 127.0.0.1/32 dev lo';
  const asBefore = 'ip addr add 127.0.0.1/8 dev lo; ip addr del 127.0.0.1/32 dev lo';
  const routed = 'for one in all eth0; do echo 1 > /proc/sys/net/ipv4/conf/$one/route_localnet; done';
  for (const id of [a, b]) await server.run(id, `${alone}; ${routed}`);
  const asked = (ip: string) => server.run(a, `timeout 5 wget -qO- http://${ip}/ || echo none`);
  expect(await asked(other.publicIp)).toContain('none');
  const from = { ...(await web()).IpPermissions[0], IpRanges: [{ CidrIp: `${mine.publicIp}/32` }] };
  const allowed = { GroupId: await defaultGroup(), IpPermissions: [from] };
  await server.ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand(allowed));
  expect([await asked(other.publicIp), await asked(mine.publicIp)]).toEqual([`page of ${b}`, `page of ${a}`]);
  await server.ec2.send(new sdk.RevokeSecurityGroupIngressCommand(allowed));
  expect(await asked(other.publicIp)).toContain('none');
  for (const id of [a, b]) await server.run(id, asBefore);
  await server.run(b, 'killall httpd');
});

it('a machine carries the traffic of others when its source and destination are not checked, and only then', async () => {
  const beyond = '198.51.100.9';
  const { privateIp } = await addressOf(b);
  await server.run(b, `ip addr add ${beyond}/32 dev lo`);
  await server.run(a, `ip route add ${beyond} via ${privateIp}`);
  const ping = (waits: number) => `ping -c 1 -W ${waits} ${beyond} | grep -c "1 packets received"`;
  const check = async (Value: boolean) => {
    await server.ec2.send(new sdk.ModifyInstanceAttributeCommand({ InstanceId: b, SourceDestCheck: { Value } }));
    const { SourceDestCheck } = await server.instance(b);
    return [SourceDestCheck, await server.run(a, ping(Value ? 2 : 20))];
  };
  expect(await server.run(a, ping(2))).toBe('0');
  expect(await check(false)).toEqual([false, '1']);
  expect(await check(true)).toEqual([true, '0']);
});

it('machines reach each other by their group, and not when one has left it', async () => {
  const { privateIp } = await addressOf(b);
  const ping = `ping -c 1 -W 2 ${privateIp} | grep -c "1 packets received"`;
  expect(await server.run(a, ping)).toBe('1');
  const made = await server.ec2.send(new sdk.CreateSecurityGroupCommand({ GroupName: 'lone', Description: 'alone' }));
  const groups = (Groups: string[]) =>
    server.ec2.send(new sdk.ModifyInstanceAttributeCommand({ InstanceId: b, Groups }));
  await groups([made.GroupId!]);
  expect(await server.run(a, ping)).toBe('0');
  await groups([await defaultGroup()]);
  expect(await server.run(a, ping)).toBe('1');
});

it('another account’s machine may have the same address, and is in another network', async () => {
  const theirs = server.clientOf(stranger);
  const { privateIp } = await addressOf(b);
  const id = await booted({ PrivateIpAddress: privateIp }, theirs);
  const mine = await addressOf(a);
  const ask = `wget -qO- http://169.254.169.254/latest/meta-data/instance-id; ping -c 1 -W 2 ${mine.privateIp} | grep received`;
  expect(await server.run(id, ask, theirs)).toMatch(new RegExp(`^${id}.* 0 packets received`, 's'));
  await theirs.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  await server.inState(id, 'terminated', theirs);
  expect(await server.run(a, `ping -c 1 -W 2 ${privateIp} | grep -c "1 packets received"`)).toBe('1');
});

it('a machine with a public address reaches what is beyond the computer, and nothing of the computer itself', async () => {
  const outside = createOutside();
  const own = createServer((_, answer) => answer.end('the computer')).listen(0, '0.0.0.0');
  await once(own, 'listening');
  try {
    const ask = (ip: string, port: number) => server.run(a, `timeout 9 wget -qO- http://${ip}:${port}/index.html`);
    expect(await ask(outside.ip, outside.port)).toBe('beyond');
    const { port } = own.address() as AddressInfo;
    for (const ip of [outside.hostIp, (await addressOf(b)).publicIp]) expect(await ask(ip, port)).toContain('refused');
    const without = await booted({ NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false }] });
    expect((await server.instance(without)).PublicIpAddress).toBeUndefined();
    const tried = `timeout 3 wget -qO- http://${outside.ip}:${outside.port}/index.html; echo ends with $?`;
    expect(await server.run(without, tried)).toContain('ends with 143');
    await server.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [without] }));
    await server.inState(without, 'terminated');
  } finally {
    own.close();
    outside.close();
  }
});

it('an Elastic IP comes, answers, and leaves an automatic address behind', async () => {
  await server.ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand(await web()));
  expect(await page(b)).toBe('served');
  const before = await addressOf(b);
  await reads(before.publicIp, `page of ${b}`);
  const made = await server.ec2.send(new sdk.AllocateAddressCommand({}));
  const given = { AllocationId: made.AllocationId, InstanceId: b };
  const { AssociationId } = await server.ec2.send(new sdk.AssociateAddressCommand(given));
  expect((await addressOf(b)).publicIp).toBe(made.PublicIp);
  expect([await read(made.PublicIp!), await read(before.publicIp)]).toEqual([`page of ${b}`, 'ECONNREFUSED']);
  await server.ec2.send(new sdk.DisassociateAddressCommand({ AssociationId }));
  const { publicIp } = await addressOf(b);
  expect([before.publicIp, made.PublicIp]).not.toContain(publicIp);
  expect([await read(publicIp), await read(made.PublicIp!)]).toEqual([`page of ${b}`, 'ECONNREFUSED']);
  await server.ec2.send(new sdk.ReleaseAddressCommand({ AllocationId: made.AllocationId }));
});

it('the network goes on while the server is away, and is the same when it is back', async () => {
  const { publicIp } = await addressOf(a);
  const switches = await switchesBelow(server.data);
  expect(switches).toHaveLength(1);
  await server.kill();
  expect(await read(publicIp)).toBe(`page of ${a}`);
  await server.start();
  await reads(publicIp, `page of ${a}`);
  expect(await switchesBelow(server.data)).toEqual(switches);
  expect(await server.run(a, 'wget -qO- http://169.254.169.254/latest/meta-data/instance-id')).toBe(a);
});

it('a switch that was killed is started again, and machines notice a pause at most', async () => {
  const [before] = await switchesBelow(server.data);
  kill(before!);
  const { publicIp } = await addressOf(a);
  await reads(publicIp, `page of ${a}`);
  const after = await switchesBelow(server.data);
  expect([after.length, after.includes(before!)]).toEqual([1, false]);
  expect(await server.run(a, 'wget -qO- http://169.254.169.254/latest/meta-data/instance-id')).toBe(a);
});

it('a machine that stops takes its automatic address along, and has another when it starts', async () => {
  const { publicIp, privateIp } = await addressOf(a);
  await server.ec2.send(new sdk.StopInstancesCommand({ InstanceIds: [a] }));
  await server.inState(a, 'stopped');
  expect(await read(publicIp)).toBe('ECONNREFUSED');
  await server.ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [a] }));
  await server.inState(a, 'running');
  await server.says(a, /guest: address/);
  expect(await page(a)).toBe('served');
  const after = await addressOf(a);
  expect([after.privateIp, after.publicIp === publicIp]).toEqual([privateIp, false]);
  await reads(after.publicIp, `page of ${a}`);
});

it('status checks and meters find the machines well, and the switch ends with the last of them', async () => {
  const statuses = async () =>
    (await server.ec2.send(new sdk.DescribeInstanceStatusCommand({ InstanceIds: [a, b] }))).InstanceStatuses!.map(
      (one) => `${one.SystemStatus?.Status} ${one.InstanceStatus?.Status}`,
    );
  await until(statuses, (found) => found.every((one) => one === 'ok ok'));
  const metrics = await (await fetch(`http://127.0.0.1:${server.program.port}/metrics`)).text();
  for (const meter of ['cpu_seconds', 'network_received_bytes', 'network_sent_bytes'])
    expect(metrics).toMatch(new RegExp(`elsewhere_instance_${meter}_total{region="${region}",instance="${a}"} [1-9]`));
  expect(metrics).toContain(`elsewhere_instance_disk_read_bytes_total{region="${region}",instance="${b}"}`);
  await server.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [a, b] }));
  for (const id of [a, b]) await server.inState(id, 'terminated');
  await until(
    () => switchesBelow(server.data),
    (found) => found.length === 0,
  );
});
