import {
  CreateCapacityReservationFleet$,
  CreateVolume$,
  DescribeInstances$,
  DescribeSnapshots$,
  DescribeSpotPriceHistory$,
  DescribeVolumes$,
  GetConsoleOutput$,
  ImportKeyPair$,
  RunInstances$,
} from '@aws-sdk/client-ec2';
import { AssumeRole$, GetCallerIdentity$ } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Pair, parseForm } from './form.ts';
import type { Protocol } from './node.ts';
import { compileParser } from './parse.ts';

const parse = (operation: unknown, form: string, protocol: Protocol = 'ec2') =>
  compileParser(operation, protocol)(parseForm(form));
const refused = (operation: unknown, form: string, code: string, message: string) =>
  expect(() => parse(operation, form)).toThrow(expect.objectContaining({ code, message, status: 400 }));

describe('compileParser, EC2 form', () => {
  it('reads RunInstances as every tool sends it', () => {
    const form =
      'Action=RunInstances&Version=2014-10-01&ImageId=ami-1&MinCount=1&MaxCount=2&DryRun=true&Placement.AvailabilityZone=us-east-1a' +
      '&BlockDeviceMapping.1.DeviceName=%2Fdev%2Fsda1&BlockDeviceMapping.1.Ebs.VolumeSize=8&BlockDeviceMapping.1.Ebs.DeleteOnTermination=True' +
      '&BlockDeviceMapping.2.DeviceName=%2Fdev%2Fsdb&BlockDeviceMapping.2.NoDevice=&SecurityGroupId.1=sg-1&SecurityGroup.1=default' +
      '&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=web' +
      '&AWSAccessKeyId=x&Signature=y&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=z&Expires=w&SecurityToken=t&X-Amz-Date=d';
    expect(parse(RunInstances$, form)).toEqual({
      ImageId: 'ami-1',
      MinCount: 1,
      MaxCount: 2,
      DryRun: true,
      Placement: { AvailabilityZone: 'us-east-1a' },
      BlockDeviceMappings: [
        { DeviceName: '/dev/sda1', Ebs: { VolumeSize: 8, DeleteOnTermination: true } },
        { DeviceName: '/dev/sdb', NoDevice: '' },
      ],
      SecurityGroupIds: ['sg-1'],
      SecurityGroups: ['default'],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] }],
    });
  });

  it('orders lists by index, whatever the first index and the gaps', () => {
    const form =
      'InstanceId.10=c&InstanceId.2=b&InstanceId.0=a&Filter.0.Name=x&Filter.0.Value.7=1&Filter.3.Name=y&Filter.3.Value=2';
    expect(parse(DescribeInstances$, form)).toEqual({
      InstanceIds: ['a', 'b', 'c'],
      Filters: [
        { Name: 'x', Values: ['1'] },
        { Name: 'y', Values: ['2'] },
      ],
    });
    expect(parse(DescribeInstances$, 'InstanceId=i-1')).toEqual({ InstanceIds: ['i-1'] });
  });

  it('names the part of a parameter that is not known', () => {
    const unknown = (form: string, name: string) =>
      refused(DescribeInstances$, form, 'UnknownParameter', `The parameter ${name} is not recognized`);
    unknown('Foo=1', 'Foo');
    unknown('instanceId.1=i-1', 'instanceId');
    unknown('Filters.member.1.Name=x', 'Filters');
    unknown('Filter.1.Item.1=x', 'Item');
    unknown('Filter.1=x', 'Filter');
    unknown('Filter=x', 'Filter');
    unknown('Filter.Name=x', 'Name');
    unknown('Filter.01.Name=x', 'Filter');
    unknown('Filter.-1.Name=x', '-1');
    unknown('MaxResults.2=5', 'MaxResults');
    unknown('InstanceId.1.2=i-1', 'InstanceId');
    unknown('InstanceId.=i-1', 'InstanceId');
    unknown('Filter.1.Value.member.1=x', 'member');
    unknown('Action.1=x', 'Action');
  });

  it('takes a list of one for a plain member, as EC2 does', () => {
    expect(parse(GetConsoleOutput$, 'InstanceId.1=i-1')).toEqual({ InstanceId: 'i-1' });
    for (const form of [
      'InstanceId.2=i-1',
      'InstanceId.1=i-1&InstanceId.2=i-2',
      'InstanceId.1.1=i-1',
      'InstanceId.=i-1',
    ])
      refused(GetConsoleOutput$, form, 'UnknownParameter', 'The parameter InstanceId is not recognized');
    refused(DescribeInstances$, 'Filter.1.Name.1=x', 'UnknownParameter', 'The parameter Name is not recognized');
    refused(
      GetConsoleOutput$,
      'InstanceId=i-1&InstanceId.1=i-1',
      'MalformedQueryString',
      'The parameter InstanceId.1 occurs more than once',
    );
  });

  it('refuses a parameter given twice, in whatever form', () => {
    for (const form of ['MaxResults=5&MaxResults=5', 'InstanceId.1=a&InstanceId.1=b', 'InstanceId=a&InstanceId.1=b']) {
      expect(() => parse(DescribeInstances$, form)).toThrow(expect.objectContaining({ code: 'MalformedQueryString' }));
    }
  });

  it('names the missing member by its place on the wire', () => {
    refused(
      CreateVolume$,
      'Size=1&DryRun=maybe',
      'InvalidParameterValue',
      'Value (maybe) for parameter DryRun is invalid. The value must be true or false.',
    );
    refused(RunInstances$, 'MinCount=1', 'MissingParameter', 'The request must contain the parameter MaxCount');
    const fleet = 'TotalTargetCapacity=1&InstanceTypeSpecification.1.Weight=0.5';
    expect(parse(CreateCapacityReservationFleet$, fleet)).toMatchObject({
      InstanceTypeSpecifications: [{ Weight: 0.5 }],
    });
    const options = 'MinCount=1&MaxCount=1&ElasticGpuSpecification.3.x=1';
    refused(RunInstances$, options, 'UnknownParameter', 'The parameter x is not recognized');
    const gpu = 'MinCount=1&MaxCount=1&ElasticInferenceAccelerator.3.Count=1';
    refused(
      RunInstances$,
      gpu,
      'MissingParameter',
      'The request must contain the parameter ElasticInferenceAccelerator.3.Type',
    );
  });

  it('reads numbers exactly or not at all', () => {
    const size = (text: string) => parse(CreateVolume$, `AvailabilityZone=a&Size=${text}`).Size;
    expect(size('9007199254740991')).toBe(9007199254740991);
    expect(size('-0')).toBe(0);
    expect(size('007')).toBe(7);
    for (const text of [
      '',
      '1.5',
      '1e3',
      '0x10',
      'NaN',
      '%201',
      '1%0a',
      '9007199254740992',
      '9'.repeat(400),
      'Infinity',
    ]) {
      expect(() => size(text), text).toThrow(expect.objectContaining({ code: 'InvalidParameterValue' }));
    }
  });

  it('reads times', () => {
    const time = (text: string) => parse(DescribeSpotPriceHistory$, `StartTime=${encodeURIComponent(text)}`).StartTime;
    expect(time('2015-01-02T03:04:05.678Z')).toEqual(new Date('2015-01-02T03:04:05.678Z'));
    expect(time('2015-01-02T03:04:05')).toEqual(new Date('2015-01-02T03:04:05Z'));
    expect(time('2015-01-02T03:04:05+02:30')).toEqual(new Date('2015-01-02T00:34:05Z'));
    expect(time('2015-01-02')).toEqual(new Date('2015-01-02T00:00:00Z'));
    expect(time('1420167845')).toEqual(new Date('2015-01-02T03:04:05Z'));
    for (const text of [
      '',
      'now',
      '2015-02-30T00:00:00Z',
      '2015-01-02T24:00:00Z',
      '2015-01-02T03:04:05Zz',
      '2015-13-01',
      '99999999999999',
    ]) {
      expect(() => time(text), text).toThrow(expect.objectContaining({ code: 'InvalidParameterValue' }));
    }
  });

  it('reads blobs', () => {
    const blob = (text: string) =>
      parse(ImportKeyPair$, `KeyName=k&PublicKeyMaterial=${encodeURIComponent(text)}`).PublicKeyMaterial;
    expect(blob('AQID')).toEqual(new Uint8Array([1, 2, 3]));
    expect(blob('AQ==\n')).toEqual(new Uint8Array([1]));
    expect(blob('')).toEqual(new Uint8Array());
    for (const text of ['AQI', 'A===', 'AQ-_', 'AQ ID', '!!!!']) {
      expect(() => blob(text), text).toThrow(expect.objectContaining({ code: 'InvalidParameterValue' }));
    }
  });
});

describe('compileParser, awsQuery form', () => {
  it('reads lists with their marker and ignores what it does not know', () => {
    const form =
      'Action=AssumeRole&Version=2011-06-15&RoleArn=arn&RoleSessionName=s&DurationSeconds=900&Foo=1&RoleArn.x=1' +
      '&PolicyArns.member.1.arn=p&Tags.member.2.Key=k&Tags.member.2.Value=v&TransitiveTagKeys=';
    expect(parse(AssumeRole$, form, 'awsquery')).toEqual({
      RoleArn: 'arn',
      RoleSessionName: 's',
      DurationSeconds: 900,
      PolicyArns: [{ arn: 'p' }],
      Tags: [{ Key: 'k', Value: 'v' }],
      TransitiveTagKeys: [],
    });
    expect(parse(GetCallerIdentity$, 'Action=GetCallerIdentity', 'awsquery')).toEqual({});
    expect(() => parse(AssumeRole$, 'RoleArn=a', 'awsquery')).toThrow(
      expect.objectContaining({ code: 'ValidationError', message: expect.stringContaining("'roleSessionName'") }),
    );
  });

  it('reads maps, with a key named __proto__ like any other', () => {
    const attributes = [2, 'test', 'Attributes', 0, 0, 1];
    const input = [
      3,
      'test',
      'In',
      0,
      ['Attributes', 'Flat'],
      [() => attributes, [() => attributes, { xmlFlattened: 1 }]],
    ];
    const operation = [9, 'test', 'Put', 0, () => input, 'unit'];
    const form = 'Attributes.entry.1.key=__proto__&Attributes.entry.1.value=1&Flat.1.key=b&Flat.1.value=2';
    const parsed = parse(operation, form, 'awsquery') as { Attributes: object; Flat: object };
    expect(Object.entries(parsed.Attributes)).toEqual([['__proto__', 1]]);
    expect(Object.getPrototypeOf(parsed.Attributes)).toBe(Object.prototype);
    expect(parsed.Flat).toEqual({ b: 2 });
  });
});

describe('hostile input', () => {
  it('an index costs no memory, and has an end', () => {
    expect(parse(DescribeVolumes$, 'VolumeId.2147483647=a&VolumeId.5=b')).toEqual({ VolumeIds: ['b', 'a'] });
    refused(
      DescribeVolumes$,
      'Filter.4000000000.Name=a',
      'InvalidParameterValue',
      'Value (4000000000) for parameter Filter.4000000000.Name is invalid. An index must not be greater than 2147483647.',
    );
    expect(() => parse(DescribeVolumes$, `VolumeId.${'9'.repeat(400)}=a`)).toThrow(
      expect.objectContaining({ code: 'InvalidParameterValue' }),
    );
  });

  it('names of the prototype are not names', () => {
    for (const name of [
      '__proto__',
      'constructor',
      'toString',
      'Filter.1.__proto__',
      '__proto__.polluted',
      'Filter.__proto__.Name',
    ]) {
      expect(() => parse(DescribeVolumes$, `${name}=1`), name).toThrow(
        expect.objectContaining({ code: 'UnknownParameter' }),
      );
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('depth has an end', () => {
    expect(() => parse(DescribeVolumes$, `Filter${'.1'.repeat(200)}=1`)).toThrow(
      expect.objectContaining({ code: 'MalformedQueryString' }),
    );
  });

  it('whatever is sent, the answer is an input or a 400', () => {
    const parser = compileParser(DescribeSnapshots$, 'ec2');
    const part = fc.constantFrom(
      'Filter',
      'Name',
      'Value',
      'SnapshotId',
      'MaxResults',
      '1',
      '0',
      '2',
      '',
      '__proto__',
      'é',
      '999999999999',
    );
    const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
        try {
          parser(pairs as Pair[]);
        } catch (error) {
          expect(error).toMatchObject({ name: 'WireError', status: 400 });
        }
      }),
      { numRuns: 500 },
    );
  });
});
