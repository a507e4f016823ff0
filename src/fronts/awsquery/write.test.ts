import { CreateTags$, DescribeRegions$, DescribeTags$, Instance$, RunInstances$, Volume$ } from '@aws-sdk/client-ec2';
import { GetCallerIdentity$ } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { escapeXml } from './escape.ts';
import { compileWriter, writeShape } from './write.ts';

describe('writeShape', () => {
  it("writes a structure's members in EC2's names, without an element around them", () => {
    const volume = {
      VolumeId: 'vol-1',
      Size: 8,
      Encrypted: false,
      CreateTime: new Date('2015-01-02T03:04:05Z'),
      Attachments: [{ InstanceId: 'i-1', Device: '/dev/sdf' }, undefined, null],
      Tags: [],
      SnapshotId: undefined,
      KmsKeyId: null,
      unknown: 'not of the shape',
    };
    const xml = writeShape(Volume$, 'ec2')(volume);
    expect(xml).toContain('<volumeId>vol-1</volumeId>');
    expect(xml).toContain('<size>8</size>');
    expect(xml).toContain('<encrypted>false</encrypted>');
    expect(xml).toContain('<createTime>2015-01-02T03:04:05.000Z</createTime>');
    expect(xml).toMatch(
      /<attachmentSet><item>(<instanceId>i-1<\/instanceId>|<device>\/dev\/sdf<\/device>){2}<\/item><\/attachmentSet>/,
    );
    expect(xml).toContain('<tagSet/>');
    expect(xml).not.toMatch(/snapshotId|kmsKeyId|unknown/);
  });

  it('is compiled once for a schema, and fragments join to the whole', () => {
    expect(writeShape(Instance$, 'ec2')).toBe(writeShape(Instance$, 'ec2'));
    const write = writeShape(Instance$, 'ec2');
    const instances = [{ InstanceId: 'i-1' }, { InstanceId: 'i-2' }];
    const joined = instances.map((one) => `<item>${write(one)}</item>`).join('');
    expect(compileWriter(RunInstances$, 'ec2')({ Instances: instances })).toBe(
      `<instancesSet>${joined}</instancesSet>`,
    );
  });

  it('refuses a time that is none, rather than write it', () => {
    expect(() => writeShape(Volume$, 'ec2')({ CreateTime: new Date(Number.NaN) })).toThrow(RangeError);
  });
});

describe('compileWriter', () => {
  it("writes an operation's output", () => {
    const regions = { Regions: [{ RegionName: 'lab-1', Endpoint: 'http://a?b&c' }] };
    const xml = compileWriter(DescribeRegions$, 'ec2')(regions);
    expect(xml).toMatch(/^<regionInfo><item>.*<\/item><\/regionInfo>$/);
    expect(xml).toContain('<regionEndpoint>http://a?b&amp;c</regionEndpoint>');
    expect(compileWriter(GetCallerIdentity$, 'awsquery')({ Account: '000000000000' })).toBe(
      '<Account>000000000000</Account>',
    );
  });

  it('tells an empty list from none', () => {
    expect(compileWriter(DescribeTags$, 'ec2')({ Tags: [] })).toBe('<tagSet/>');
    expect(compileWriter(DescribeTags$, 'ec2')({})).toBe('');
  });

  it('answers true where EC2 has no output', () => {
    expect(compileWriter(CreateTags$, 'ec2')(undefined)).toBe('<return>true</return>');
    expect(compileWriter([9, 'iam', 'DeleteUser', 0, 'unit', 'unit'], 'awsquery')(undefined)).toBe('');
  });

  it('writes awsQuery lists, maps, blobs and times', () => {
    const out = [
      3,
      'test',
      'Out',
      0,
      ['Names', 'Counts', 'Flat', 'Data', 'At', 'On', 'Map'],
      [
        64,
        () => [2, 'test', 'Counts', 0, 0, 1],
        [64, { xmlFlattened: 1, xmlName: 'One' }],
        21,
        7,
        6,
        [128, { xmlFlattened: 1 }],
      ],
    ];
    const write = compileWriter([9, 'test', 'Get', 0, 'unit', () => out], 'awsquery');
    const at = new Date('2015-01-02T03:04:05.500Z');
    const value = {
      Names: ['a', 'b'],
      Counts: { '<k>': 1, no: undefined },
      Flat: ['x', 'y'],
      Data: new Uint8Array([1, 2]),
      At: at,
      On: at,
      Map: { k: 'v' },
    };
    expect(write(value)).toBe(
      '<Names><member>a</member><member>b</member></Names>' +
        '<Counts><entry><key>&lt;k&gt;</key><value>1</value></entry></Counts>' +
        '<One>x</One><One>y</One><Data>AQI=</Data><At>1420167845.5</At><On>Fri, 02 Jan 2015 03:04:05 GMT</On>' +
        '<Map><key>k</key><value>v</value></Map>',
    );
  });
});

describe('escapeXml', () => {
  it('escapes markup and replaces what XML cannot carry', () => {
    expect(escapeXml('plain text, é, 😀')).toBe('plain text, é, 😀');
    expect(escapeXml(`<a b="c">&'😀\t\n\r`)).toBe(`&lt;a b=&quot;c&quot;&gt;&amp;'😀\t\n&#xD;`);
    expect(escapeXml('\0\x08\x0b\x1f\ufffe\uffff\ud800x\udc00')).toBe(`${'\ufffd'.repeat(7)}x\ufffd`);
  });
});
