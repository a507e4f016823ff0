import type { Action } from '../../cloud/action/action.ts';
import type { Protocol } from '../awsquery/node.ts';
import { compileParser } from '../awsquery/parse.ts';
import { operationOf, type Shape, type StructureShape } from '../awsquery/schema.ts';
import { compileWriter, type Write } from '../awsquery/write.ts';
import { FragmentWriter } from './fragments.ts';

/** What an action needs to be spoken on the wire, compiled at its first use. */
export interface CompiledAction {
  readonly parse: ReturnType<typeof compileParser>;
  readonly write: Write;
  /** For the lists that Describe actions answer with. */
  readonly list: FragmentWriter;
}

const compiled = new WeakMap<Action, CompiledAction>();

export function compile(action: Action, protocol: Protocol): CompiledAction {
  let found = compiled.get(action);
  if (found === undefined) {
    found = {
      parse: compileParser(action.schema, protocol),
      write: compileWriter(action.schema, protocol),
      list: new FragmentWriter(structure(operationOf(action.schema).output), protocol),
    };
    compiled.set(action, found);
  }
  return found;
}

function structure(shape: Shape): StructureShape {
  return shape.kind === 'structure' ? shape : { kind: 'structure', name: 'Nothing', members: [] };
}
