import type { Session } from './session.ts';

type Quotas = Readonly<Record<string, number>>;

/** The quotas of one project, which the administrator changes for a test. */
export interface ProjectQuotas {
  readonly compute: (quotas: Quotas) => Promise<void>;
  readonly storage: (quotas: Quotas) => Promise<void>;
  /** Puts back what was before the first change. */
  restore(): Promise<void>;
}

const services = ['compute', 'volumev3'] as const;

export function quotasOf(admin: Session, project: string): ProjectQuotas {
  const path = `/os-quota-sets/${project}`;
  const before = new Map<(typeof services)[number], Quotas>();
  const put = async (service: (typeof services)[number], quota_set: Quotas): Promise<void> => {
    const { status } = await admin.ask(service, path, { method: 'PUT', body: { quota_set } });
    if (status !== 200) throw new Error(`${service} answered ${status} to quotas ${JSON.stringify(quota_set)}`);
  };
  const change = (service: (typeof services)[number]) => async (quotas: Quotas) => {
    const { body } = await admin.ask<{ readonly quota_set: Quotas }>(service, path);
    const was = Object.fromEntries(Object.keys(quotas).map((name) => [name, body.quota_set[name]!]));
    before.set(service, { ...was, ...before.get(service) });
    await put(service, quotas);
  };
  return {
    compute: change('compute'),
    storage: change('volumev3'),
    async restore() {
      for (const [service, quotas] of before) await put(service, quotas);
      before.clear();
    },
  };
}
