import type { Action } from '../../cloud/action/action.ts';
import type { Protocol } from '../awsquery/node.ts';
import { compileParser } from '../awsquery/parse.ts';
import { operationOf, type Shape, type StructureShape } from '../awsquery/schema.ts';
import { type LeftOut, without } from '../awsquery/without.ts';
import { compileWriter, type Write } from '../awsquery/write.ts';
import { ListWriter } from './listWriter.ts';

/** What an action needs to be spoken on the wire, compiled at its first use. */
export interface CompiledAction {
  readonly parse: ReturnType<typeof compileParser>;
  readonly write: Write;
  /** For the lists that Describe actions answer with. */
  readonly list: ListWriter;
}

const nothing: LeftOut = {};
const compiled = new WeakMap<LeftOut, WeakMap<Action, CompiledAction>>();

/** `leftOut`: members that the answers of the version asked for do not have. Inputs of any version may have everything. */
export function compile(action: Action, protocol: Protocol, leftOut?: LeftOut): CompiledAction {
  const actions = compiled.get(leftOut ?? nothing) ?? new WeakMap<Action, CompiledAction>();
  compiled.set(leftOut ?? nothing, actions);
  let found = actions.get(action);
  if (found === undefined) {
    const { output } = operationOf(action.schema);
    found = {
      parse: compileParser(action.schema, protocol),
      write: compileWriter(action.schema, protocol, leftOut),
      list: new ListWriter(structure(leftOut === undefined ? output : without(output, leftOut)), protocol),
    };
    actions.set(action, found);
  }
  return found;
}

function structure(shape: Shape): StructureShape {
  return shape.kind === 'structure' ? shape : { kind: 'structure', name: 'Nothing', members: [] };
}
