import { describe, expect, it } from 'vitest';
import { alike } from './alike.ts';

describe('alike', () => {
  it('puts parts together as Object.assign does, in the order of the members', () => {
    const first = [{ a: 1, b: 'x' }, { 'c-d': 2, a: 3 }, { e: [1] }] as const;
    const second = [{ a: 9, b: 'y' }, { 'c-d': 8, a: 7 }, { e: [6] }] as const;
    const together = alike<readonly [object, object, object]>(...first);
    expect(JSON.stringify(together(...first))).toBe(JSON.stringify(Object.assign({}, ...first)));
    expect(JSON.stringify(together(...second))).toBe(JSON.stringify(Object.assign({}, ...second)));
  });

  it('takes any name for a name', () => {
    const name = '"]; throw new Error("never"); //\u2028\\';
    expect(alike({ [name]: 1 })({ [name]: 2 })).toEqual({ [name]: 2 });
  });

  it('leaves the parts alone', () => {
    const part = { a: 1 };
    const made = alike(part)(part) as { a: number };
    made.a = 2;
    expect(part.a).toBe(1);
  });
});
