import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import { type Acceptance, judgeSpec } from '../../lib/app/acceptance.ts';
import { warmServiceDomain } from '../../lib/app/domain.ts';
import { renamedFrom } from '../../lib/app/renamed.ts';
import { acceptedSpec } from '../../lib/store/spec-in-force.ts';
import type { Claim, StoredObject } from '../../lib/store/store.ts';
import type { WarmServiceJournal } from './journal.ts';

/** Whether what the file says now may come into force; `known`: what was fixed before. Pure. */
export function judged(
  object: StoredObject,
  { recipe, domain }: Pick<WarmServiceJournal, 'recipe' | 'domain'>,
  { claim, zone, others }: { claim: Claim | undefined; zone: string; others: readonly StoredObject[] },
): Acceptance {
  const accepted = acceptedSpec(object) as DefaultedWarmServiceSpec | undefined;
  const { app } = object.spec as DefaultedWarmServiceSpec;
  return judgeSpec({
    object,
    known: { recipe: accepted?.app.recipe ?? recipe, domain },
    wanted: { recipe: app.recipe, domain: warmServiceDomain(object.name, app.domain, zone) },
    block: claim && claim.uid !== object.uid ? claim : undefined,
    renamed: renamedFrom(others, object),
  });
}
