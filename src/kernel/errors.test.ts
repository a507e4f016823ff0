import { expect, it } from 'vitest';
import { errorCodes, meaningOf, statusOf } from './codes.ts';
import { fail, invalid, missing, Refusal } from './errors.ts';

const refused = (body: () => never): Refusal => {
  try {
    return body();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
};

it('a refusal has its code, the status of the code, and keeps what is internal to itself', () => {
  const refusal = refused(() => fail('DryRunOperation', 'would have', { secret: 1 }));
  expect([refusal.code, refusal.status, refusal.message, refusal.name]).toEqual([
    'DryRunOperation',
    412,
    'would have',
    'Refusal',
  ]);
  expect(refusal.internal).toEqual({ secret: 1 });
  expect(refusal.message).not.toContain('secret');
});

it('refusals of parameters name the parameter', () => {
  expect(refused(() => missing('VolumeId'))).toMatchObject({
    code: 'MissingParameter',
    message: 'The request must contain the parameter VolumeId',
  });
  expect(refused(() => invalid('x', 'Size')).message).toBe('Value (x) for parameter Size is invalid.');
  expect(refused(() => invalid(-1, 'Size', 'It must be positive.')).message).toBe(
    'Value (-1) for parameter Size is invalid. It must be positive.',
  );
});

it('every code has the status of an error and a sentence', () => {
  for (const code of errorCodes) {
    expect(statusOf(code), code).toBeGreaterThanOrEqual(400);
    expect(statusOf(code), code).toBeLessThan(600);
    expect(meaningOf(code), code).toMatch(/^[A-Z].*\.$/);
    expect(code).toMatch(/^[A-Z][A-Za-z0-9]+(\.[A-Z][A-Za-z]+)?$/);
  }
});
