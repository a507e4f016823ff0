import { CreateVolume$, CreateVolumeRequest$, DeleteVolume$, Filter$ } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { isOperation, operationOf, type Shape, type StructureShape, shapeOf } from './schema.ts';

const structure = (schema: unknown) => shapeOf(schema) as StructureShape;

describe('shapeOf', () => {
  it('reads structures, lists, traits and required members', () => {
    const [name, values] = structure(Filter$).members;
    expect(name).toMatchObject({ name: 'Name', required: false, shape: { kind: 'string' } });
    expect(values).toMatchObject({
      name: 'Values',
      xmlName: 'Value',
      shape: { kind: 'list', element: { xmlName: 'item', shape: { kind: 'string' } } },
    });
    const dryRun = structure(CreateVolumeRequest$).members.find((member) => member.name === 'DryRun');
    expect(dryRun).toMatchObject({ ec2QueryName: 'DryRun', xmlName: 'dryRun', shape: { kind: 'boolean' } });
  });

  it('counts the required members from the front', () => {
    const schema = [3, 'test', 'In', 0, ['A', 'B', 'C'], [0, 1, 2], 2];
    expect(structure(schema).members.map((member) => member.required)).toEqual([true, true, false]);
  });

  it('gives one shape for one schema', () => {
    expect(shapeOf(Filter$)).toBe(shapeOf(() => Filter$));
  });

  it('reads the numbers', () => {
    const kinds = [0, 1, 2, 4, 5, 6, 7, 15, 17, 19, 21, 42].map((n) => shapeOf(n).kind);
    const times = ['timestamp', 'timestamp', 'timestamp', 'timestamp'];
    expect(kinds).toEqual(['string', 'number', 'boolean', ...times, 'document', 'number', 'number', 'blob', 'blob']);
    expect(shapeOf(64 + 2)).toMatchObject({ kind: 'list', element: { shape: { kind: 'boolean' } } });
    expect(shapeOf(128 + 1)).toMatchObject({
      kind: 'map',
      key: { shape: { kind: 'string' } },
      value: { shape: { kind: 'number' } },
    });
    expect(shapeOf('unit')).toEqual({ kind: 'unit' });
    for (const wrong of [3, 'string', {}, [7, 'test', 'X', 0, 0], undefined])
      expect(() => shapeOf(wrong)).toThrow(TypeError);
  });

  it('reads a structure that contains itself', () => {
    const tree: unknown[] = [3, 'test', 'Tree', 0, ['Kids'], [() => kids]];
    const kids = [1, 'test', 'Kids', 0, () => tree];
    const shape = structure(tree);
    const list = shape.members[0]!.shape as Extract<Shape, { kind: 'list' }>;
    expect(list.element.shape).toBe(shape);
  });
});

describe('operationOf', () => {
  it('reads name, input and output', () => {
    expect(operationOf(CreateVolume$)).toMatchObject({
      name: 'CreateVolume',
      input: { name: 'CreateVolumeRequest' },
      output: { name: 'Volume' },
    });
    expect(operationOf(DeleteVolume$).output).toEqual({ kind: 'unit' });
    expect(isOperation(CreateVolume$)).toBe(true);
    expect(isOperation(Filter$)).toBe(false);
    expect(() => operationOf(Filter$)).toThrow(TypeError);
  });
});
