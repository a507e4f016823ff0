import { describe, expect, it } from 'vitest';
import { ec2Dialect, envelope, errorXml, frame, queryDialect } from './envelope.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const ec2 = ec2Dialect('2012-05-01');
const sts = queryDialect('sts', '2011-06-15');

describe('envelope', () => {
  it('EC2: echoes the version, and puts the request id first', () => {
    expect(envelope(ec2, 'DescribeVolumes', 'r-1', '<volumeSet/>')).toBe(
      `${declaration}<DescribeVolumesResponse xmlns="http://ec2.amazonaws.com/doc/2012-05-01/"><requestId>r-1</requestId><volumeSet/></DescribeVolumesResponse>`,
    );
  });

  it('awsQuery: a result, then the request id', () => {
    const open = `${declaration}<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`;
    const metadata = '<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>';
    expect(envelope(sts, 'GetCallerIdentity', 'r-1', '<Account>1</Account>')).toBe(
      `${open}<GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult>${metadata}`,
    );
    expect(envelope(sts, 'GetCallerIdentity', 'r-1', '')).toBe(`${open}${metadata}`);
  });

  it('the half without the request id is always the same', () => {
    expect(frame(ec2, 'DescribeVolumes').after('a')).toBe(frame(ec2, 'DescribeVolumes').after('b'));
    expect(frame(sts, 'GetCallerIdentity').before('a')).toBe(frame(sts, 'GetCallerIdentity').before('b'));
  });
});

describe('errorXml', () => {
  it('EC2', () => {
    expect(errorXml(ec2, 'InvalidAction', 'The action <x> is not valid', 'r&1')).toBe(
      `${declaration}<Response><Errors><Error><Code>InvalidAction</Code><Message>The action &lt;x&gt; is not valid</Message></Error></Errors><RequestID>r&amp;1</RequestID></Response>`,
    );
  });

  it('awsQuery: tells whose fault it is', () => {
    const open = `${declaration}<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>`;
    const rest = '<Code>C</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>';
    expect(errorXml(sts, 'C', 'm', 'r')).toBe(`${open}<Type>Sender</Type>${rest}`);
    expect(errorXml(sts, 'C', 'm', 'r', 503)).toBe(`${open}<Type>Receiver</Type>${rest}`);
  });
});
