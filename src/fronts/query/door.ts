import { ensureHome } from '../../cloud/account/home.ts';
import type { Action } from '../../cloud/action/action.ts';
import { Listing } from '../../cloud/action/listing.ts';
import { perform } from '../../cloud/action/perform.ts';
import type { World } from '../../cloud/context/world.ts';
import { catchUp } from '../../cloud/foreign/catchUp.ts';
import { seedCatalogue, showsCatalogue } from '../../cloud/image/seed.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Scope, StoreError } from '../../ports/store.ts';
import { errorXml, frame } from '../awsquery/envelope.ts';
import { WireError } from '../awsquery/errors.ts';
import { type Pair, parseForm } from '../awsquery/form.ts';
import { identify } from '../awsquery/signature/identify.ts';
import type { SignedRequest } from '../awsquery/signature/request.ts';
import { isVersion, needVersion } from '../awsquery/version.ts';
import { keptAnswer } from './answers.ts';
import { readAsked } from './asked.ts';
import type { Authenticate, Caller } from './authenticate.ts';
import { type Body, enclose, type Inner, textOf } from './body.ts';
import { compile } from './compiled.ts';
import { createFragments } from './fragments.ts';
import { regionMeant } from './region.ts';
import type { QueryService } from './service.ts';

/** What goes back to the client, and what the log and the meters want to know. */
export interface Reply {
  readonly status: number;
  readonly body: Body;
  readonly service: string;
  /** Empty when it is none of the service's model. */
  readonly action: string;
  /** Error code, where the request was refused. */
  readonly code?: string;
  readonly account?: string;
  /** For the log only. */
  readonly cause?: unknown;
}

export interface QueryDoorOptions {
  readonly world: World;
  readonly services: readonly QueryService[];
  readonly authenticate: Authenticate;
  /** The region of requests that name none. */
  readonly defaultRegion: string;
  /** The time that signatures are held against: the clients', whatever the world's own clock says. */
  readonly clock: Clock;
}

/** The door for services that speak a query protocol: a request in, a reply out. It never throws. */
export class QueryDoor {
  readonly #options: QueryDoorOptions;
  readonly #fragments = createFragments();

  constructor(options: QueryDoorOptions) {
    this.#options = options;
  }

  async handle(request: SignedRequest, requestId: string): Promise<Reply> {
    let service = this.#options.services[0]!;
    let version = service.latest;
    let action = '';
    let account: string | undefined;
    try {
      const form = request.body.length === 0 ? [] : parseForm(request.body);
      const pairs = request.query === '' ? form : [...parseForm(request.query), ...form];
      const asked = readAsked(pairs);
      service = this.#serviceOf(undefined, asked.version);
      const presented = identify(request, form);
      service = this.#serviceOf(presented?.service, asked.version);
      version = isVersion(service.name, asked.version ?? '') ? asked.version! : service.latest;
      const name = asked.action ?? '';
      // Names that are not of the model are the client's own: they would fill the log and the meters.
      if (service.model.has(name)) action = name;
      const { authenticate, clock } = this.#options;
      const caller = await authenticate(presented, request, service.name, clock.now());
      account = caller.account;
      needVersion(service.name, asked.version);
      const inner = await this.#perform(service, version, name, caller, request, pairs);
      const around = frame(service.dialect(version), action);
      return {
        status: 200,
        body: enclose(around.before(requestId), inner, around.after(requestId)),
        service: service.name,
        action,
        account,
      };
    } catch (error) {
      const { code, message, status, cause } = refusalOf(error);
      const body = textOf(errorXml(service.dialect(version), code, message, requestId, status));
      return {
        status,
        body,
        service: service.name,
        action,
        code,
        cause,
        ...(account === undefined ? {} : { account }),
      };
    }
  }

  /** The credential scope says which service is meant; without one the version does. */
  #serviceOf(scope: string | undefined, version: string | undefined): QueryService {
    const { services } = this.#options;
    return (
      services.find((s) => s.name === scope) ??
      services.find((s) => version !== undefined && isVersion(s.name, version)) ??
      services[0]!
    );
  }

  async #perform(
    service: QueryService,
    version: string,
    name: string,
    caller: Caller,
    request: SignedRequest,
    pairs: readonly Pair[],
  ): Promise<Inner> {
    const { world, defaultRegion } = this.#options;
    const action = needAction(service, name);
    const { parse, write, list } = compile(action, service.dialect(version).protocol, service.leftOut?.(version));
    const region = regionMeant(caller.region, request, world.regions, defaultRegion);
    const scope: Scope = { account: caller.account, region };
    if (!world.regions.has(scope.region)) {
      throw new WireError(
        'AuthFailure',
        `Credential should be scoped to a valid region; '${scope.region}' is not one of this server's.`,
        401,
      );
    }
    const { refresh } = world.regions.get(region)!.driver.catalogue;
    // What the cloud offers may have changed since an answer was kept.
    if (refresh !== undefined && showsCatalogue(action)) await seedCatalogue(world, region);
    let parsed: object | undefined;
    const input = () => {
      parsed ??= parse(pairs);
      return parsed;
    };
    const behind = catchUp(world, scope, action, input);
    if (behind !== undefined) await behind;
    const { user } = caller;
    const make = async () => {
      // What is wrong with a request is told before anything is made for it.
      const asked = input();
      await seedCatalogue(world, scope.region);
      await ensureHome(world, scope);
      const output = await perform(world, scope, action, asked, user);
      return output instanceof Listing ? list.write(this.#fragments, output) : textOf(write(output));
    };
    // What is one user's is kept for nobody.
    const isOfUser = user !== undefined && action.mode === 'read' && action.ofUser === true;
    return isOfUser ? make() : keptAnswer(world, scope, action, questionOf(pairs), make);
  }
}

function needAction(service: QueryService, name: string): Action {
  if (name === '') throw new WireError('MissingAction', 'The request must contain the parameter Action');
  if (Object.hasOwn(service.actions, name)) return service.actions[name]!;
  if (service.model.has(name)) {
    throw new WireError('UnsupportedOperation', `The action ${name} is not offered by this server yet.`);
  }
  throw new WireError('InvalidAction', `The action ${name.slice(0, 128)} is not valid for this web service.`);
}

/** Parameters that differ from one sending of a question to the next. */
const fleeting = /^(?:X-Amz-|Signature|Timestamp$|Expires$|AWSAccessKeyId$|SecurityToken$)/;

const questionOf = (pairs: readonly Pair[]): string => {
  let question = '';
  for (const [name, value] of pairs) if (!fleeting.test(name)) question += `${name}=${value.length}:${value}&`;
  return question;
};

function refusalOf(error: unknown): { code: string; message: string; status: number; cause?: unknown } {
  if (error instanceof Refusal)
    return { code: error.code, message: error.message, status: error.status, cause: error.internal };
  if (error instanceof WireError) return { code: error.code, message: error.message, status: error.status };
  if (error instanceof StoreError) {
    return {
      code: 'ServiceUnavailable',
      message: 'The server cannot reach its store at the moment. Try again.',
      status: 503,
      cause: error,
    };
  }
  return { code: 'InternalError', message: 'An internal error has occurred', status: 500, cause: error };
}
