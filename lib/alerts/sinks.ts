import type { AlertSink } from '../api/generated/types.ts';
import type { Clock } from '../clock.ts';
import type { CommandRunner } from '../exec/command.ts';
import { CommandSink } from './command-sink.ts';
import type { Sink } from './sink.ts';
import { WebhookSink } from './webhook-sink.ts';

export interface SinkSurroundings {
  clock: Clock;
  runner: CommandRunner;
  /** PATH of commands. */
  path: string;
  instanceId: string;
}

/** The sinks of a configuration, in its order; one that is named twice gets each alert once. */
export function sinksOf(settings: readonly AlertSink[], surroundings: SinkSurroundings): Sink[] {
  const sinks = settings.flatMap(({ webhook, command }): Sink[] => {
    const [program, ...rest] = command ?? [];
    if (webhook !== undefined) return [new WebhookSink(webhook, surroundings.clock)];
    return program === undefined ? [] : [new CommandSink({ argv: [program, ...rest], ...surroundings })];
  });
  return [...new Map(sinks.map((sink) => [sink.key, sink])).values()];
}
