import { Bench } from '../../e2e/harness.ts';
import type { SignOnProvider } from '../../e2e/sign-on/sign-on-bench.ts';
import { signOn } from '../../e2e/sign-on/sign-on-story.ts';
import { keycloakHome } from '../distribution.ts';
import { NEW, OLD, upstreamOf, WarmKeycloak } from '../warm-keycloak.ts';

async function openKeycloak(): Promise<SignOnProvider> {
  await keycloakHome(upstreamOf(NEW));
  const bench = new Bench({ maxRuns: 2, recipeSource: 'recipes/{recipe}' });
  const warm = await WarmKeycloak.open({ version: OLD, bench });
  return { bench, versions: [OLD, NEW], release: () => warm.release(NEW), realms: () => warm.realms() };
}

signOn(`sign-on in runs at a real Keycloak that goes from ${upstreamOf(OLD)} to ${upstreamOf(NEW)}`, {
  open: openKeycloak,
  timeoutMs: 600_000,
});
