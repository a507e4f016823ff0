import { describe, expect, it } from 'vitest';
import { checksumOf } from './imageSources.ts';

const [short, long] = ['a1'.repeat(32), 'B2'.repeat(64)];

describe('a list of checksums', () => {
  it.each([
    ['of sha256sum', `${short}  a.img\n`, 'sha256', short],
    ['of sha256sum in binary mode', `# signed\n${short} *a.img\n`, 'sha256', short],
    ['of sha512sum', `${long}  a.img\r\n`, 'sha512', long.toLowerCase()],
    ['in BSD’s form', `# a.img: 3 bytes\nSHA256 (a.img) = ${short}\n`, 'sha256', short],
    ['of one file, without a name', `${long}\n`, 'sha512', long.toLowerCase()],
    ['of one file, of another length', `${short}\n`, 'sha512', undefined],
    ['of two files, without names', `${short}\n${short}\n`, 'sha256', undefined],
    ['of another algorithm', `SHA512 (a.img) = ${long}\n`, 'sha256', undefined],
    ['of another length', `${long}  a.img\n`, 'sha256', undefined],
    ['of other files', `${short}  b.a.img\n${short}  a.img.xz\n`, 'sha256', undefined],
  ] as const)('%s', (_, list, algorithm, found) => expect(checksumOf(list, 'a.img', algorithm)).toBe(found));
});
