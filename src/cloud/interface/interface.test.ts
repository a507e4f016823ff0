import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../main/random.ts';
import { hostName, privateDnsName, publicDnsName, resourceDnsName } from './dns.ts';
import { networkInterface } from './interface.ts';
import { newMac } from './mac.ts';
import type { InterfaceRow } from './row.ts';

describe('host names', () => {
  it('us-east-1 has names of its own', () => {
    expect(privateDnsName('us-east-1', '10.0.0.1')).toBe('ip-10-0-0-1.ec2.internal');
    expect(privateDnsName('eu-west-1', '10.0.0.1')).toBe('ip-10-0-0-1.eu-west-1.compute.internal');
    expect(resourceDnsName('us-east-1', 'i-1')).toBe('i-1.ec2.internal');
    expect(publicDnsName('us-east-1', '1.2.3.4')).toBe('ec2-1-2-3-4.compute-1.amazonaws.com');
    expect(publicDnsName('eu-west-1', '1.2.3.4')).toBe('ec2-1-2-3-4.eu-west-1.compute.amazonaws.com');
    expect(hostName('10.0.0.1')).toBe('ip-10-0-0-1');
  });
});

describe('MAC addresses', () => {
  it('are locally administered, unicast and different', () => {
    const random = seededRandom(1);
    const macs = Array.from({ length: 1000 }, () => newMac(random));
    for (const mac of macs) expect(mac).toMatch(/^0a(:[0-9a-f]{2}){5}$/);
    expect(new Set(macs).size).toBe(1000);
  });
});

describe('the view of an interface', () => {
  const row: InterfaceRow = {
    id: 'eni-0123456789abcdef0',
    account: '111122223333',
    region: 'us-east-1',
    createdAt: 0,
    tags: { Name: 'first' },
    state: 'in-use',
    vpc: 'vpc-1',
    subnet: 'subnet-1',
    zone: 'us-east-1a',
    description: 'd',
    privateIps: ['10.0.0.1', '10.0.0.2'],
    mac: '0a:00:00:00:00:01',
    groups: [{ id: 'sg-1', name: 'web' }],
    sourceDestCheck: true,
    attachment: { id: 'eni-attach-1', instance: 'i-1', deviceIndex: 0, deleteOnTermination: true, attachedAt: 0 },
    publicAddress: { ip: '1.2.3.4', owner: '111122223333', allocation: 'eipalloc-1', association: 'eipassoc-1' },
  };

  it('shows addresses, attachment and association', () => {
    const association = {
      AllocationId: 'eipalloc-1',
      AssociationId: 'eipassoc-1',
      IpOwnerId: '111122223333',
      PublicDnsName: 'ec2-1-2-3-4.compute-1.amazonaws.com',
      PublicIp: '1.2.3.4',
    };
    const view = networkInterface.view(row);
    expect(view).toMatchObject({
      NetworkInterfaceId: row.id,
      Status: 'in-use',
      Association: association,
      Attachment: { AttachmentId: 'eni-attach-1', InstanceId: 'i-1', DeviceIndex: 0, DeleteOnTermination: true },
      Groups: [{ GroupId: 'sg-1', GroupName: 'web' }],
      TagSet: [{ Key: 'Name', Value: 'first' }],
    });
    expect(view).toMatchObject({
      PrivateIpAddresses: [
        { PrivateIpAddress: '10.0.0.1', Primary: true, Association: association },
        { PrivateIpAddress: '10.0.0.2', Primary: false },
      ],
    });
  });

  it('shows none where there is none', () => {
    const { attachment: _, publicAddress: __, ...free } = row;
    const view = networkInterface.view({ ...free, state: 'available' });
    expect(view).not.toHaveProperty('Association');
    expect(view).not.toHaveProperty('Attachment');
    expect(view).toMatchObject({ Status: 'available' });
  });

  it('is found by what refers to it', () => {
    const found = Object.fromEntries(
      Object.entries(networkInterface.indexes ?? {}).map(([name, of]) => [name, of(row)]),
    );
    expect(found).toMatchObject({
      'association.public-ip': '1.2.3.4',
      'subnet-address': ['subnet-1/10.0.0.1', 'subnet-1/10.0.0.2'],
      'group-id': ['sg-1'],
    });
  });
});
