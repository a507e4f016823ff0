import { describe, expect, it } from 'vitest';
import { ec2Versions, isVersion, needVersion } from './version.ts';

describe('versions', () => {
  it('accepts every published version', () => {
    for (const version of ec2Versions) expect(needVersion('ec2', version)).toBe(version);
    expect([...ec2Versions].sort()).toEqual(ec2Versions);
    expect(new Set(ec2Versions).size).toBe(ec2Versions.length);
    expect(isVersion('sts', '2011-06-15')).toBe(true);
    expect(isVersion('sts', '2016-11-15')).toBe(false);
  });

  it('refuses the rest as EC2 does', () => {
    for (const version of ['2010-03-31', '2016-11-16', '2006-06-25', 'latest', '__proto__']) {
      expect(() => needVersion('ec2', version)).toThrow(
        expect.objectContaining({
          code: 'NoSuchVersion',
          status: 400,
          message: `The requested version (${version}) of service AmazonEC2 does not exist`,
        }),
      );
    }
    for (const none of [undefined, '']) {
      expect(() => needVersion('ec2', none)).toThrow(
        expect.objectContaining({
          code: 'MissingParameter',
          message: 'The request must contain the parameter Version',
        }),
      );
    }
  });
});
