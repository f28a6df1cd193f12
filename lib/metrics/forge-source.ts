import { type MetricSource, single } from './scrape.ts';

/** What a bridge to a forge tells of itself, from memory. */
export interface ForgeActivity {
  /** Each repository that is watched, and when it was last polled with success, RFC 3339; undefined: not by this process. */
  polls(): readonly { repository: string; lastPollTime: string | undefined }[];
  /** Messages that the forge does not have yet; undefined: it is not known yet. */
  outbox(): number | undefined;
}

/**
 * No series where there is no bridge. A repository that was not polled yet has 0: the one that never answers is the one
 * that somebody has to be told of.
 */
export function forgeSource(activity: () => ForgeActivity | undefined): MetricSource {
  return {
    name: 'Forge',
    metrics: ['cc_ci_forge_last_poll_timestamp_seconds', 'cc_ci_forge_outbox_deliveries'],
    read: () => {
      const forge = activity();
      if (forge === undefined) return {};
      const polls = forge.polls().map(({ repository, lastPollTime }) => {
        return { labels: { repository }, value: lastPollTime === undefined ? 0 : Date.parse(lastPollTime) / 1000 };
      });
      return {
        cc_ci_forge_last_poll_timestamp_seconds: polls,
        cc_ci_forge_outbox_deliveries: single(forge.outbox()),
      };
    },
  };
}
