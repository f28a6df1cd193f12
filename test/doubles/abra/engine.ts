import { fatal } from './fatal.ts';
import { run, type Said } from './shell.ts';

const STACK = 'com.docker.stack.namespace';

/** [M] The engine is reached through the docker CLI's own surroundings: DOCKER_HOST, else the stock socket. */
export function docker(args: readonly string[], input?: string): Said {
  return run(['docker', ...args], input === undefined ? {} : { input });
}

export function dockerText(args: readonly string[], input?: string): string {
  const { code, out, err } = docker(args, input);
  if (code !== 0) fatal((err.trim() || out.trim()).split('\n').at(-1) ?? `docker ${args[0]} failed`);
  return out;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

export interface DeployedService {
  name: string;
  image: string;
  labels: Record<string, string>;
  created: string;
  running: number;
  wanted: number;
  ports: string;
  update: string | undefined;
}

interface ServiceJson {
  ID: string;
  CreatedAt: string;
  Spec: {
    Name: string;
    Labels: Record<string, string>;
    TaskTemplate: { ContainerSpec: { Image: string } };
    Mode: { Replicated?: { Replicas: number } };
  };
  UpdateStatus?: { State: string };
}

/** Everything of a stack that the engine has as services. */
export function stackServices(stack: string): DeployedService[] {
  const filter = ['--filter', `label=${STACK}=${stack}`];
  const rows = lines(dockerText(['service', 'ls', ...filter, '--format', '{{.Name}}\t{{.Replicas}}\t{{.Ports}}']));
  const counts = new Map(rows.map((row) => [row.split('\t')[0] ?? '', row.split('\t')]));
  if (counts.size === 0) return [];
  const services = JSON.parse(dockerText(['service', 'inspect', ...counts.keys()])) as ServiceJson[];
  return services.map(({ Spec, CreatedAt, UpdateStatus }) => {
    const [, replicas = '0/0', ports = ''] = counts.get(Spec.Name) ?? [];
    const [running, wanted] = replicas.split('/').map((text) => Number.parseInt(text, 10));
    return {
      name: Spec.Name.slice(stack.length + 1),
      image: Spec.TaskTemplate.ContainerSpec.Image.split('@')[0] ?? '',
      labels: Spec.Labels,
      created: CreatedAt,
      running: running ?? 0,
      wanted: wanted ?? 0,
      ports,
      update: UpdateStatus?.State,
    };
  });
}

/** The labels that abra left on the service `app`; undefined while nothing is deployed. */
export function deployedLabels(stack: string): { version: string; chaos: string; chaosVersion: string } | undefined {
  const services = stackServices(stack);
  if (services.length === 0) return undefined;
  const { labels } = services.find(({ name }) => name === 'app') ?? { labels: {} };
  const at = (name: string): string => (labels as Record<string, string>)[`coop-cloud.${stack}.${name}`] ?? '';
  return { version: at('version') || 'unknown', chaos: at('chaos') || 'false', chaosVersion: at('chaos-version') };
}

export function secretNames(): string[] {
  return lines(dockerText(['secret', 'ls', '--format', '{{.Name}}']));
}

export function stackVolumes(stack: string): string[] {
  return lines(dockerText(['volume', 'ls', '--filter', `label=${STACK}=${stack}`, '--format', '{{.Name}}']));
}
