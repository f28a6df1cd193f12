import { expect } from 'chai';
import fc from 'fast-check';
import { specDigest, templateDigest } from '../../../../lib/platform/swarm/engine/digest.ts';
import { scaledSpec } from '../../../../lib/platform/swarm/engine/scale.ts';
import { readContainer, readService, readTask, readUpdate } from '../../../../lib/platform/swarm/engine/service.ts';
import { isJoinable, readIdentity } from '../../../../lib/platform/swarm/engine/things.ts';
import type { ApiObject } from '../../../../lib/platform/swarm/engine/values.ts';

const TEMPLATE = {
  ContainerSpec: { Image: 'web:1', Env: ['A=1', 'B=2'], Labels: { 'com.docker.stack.namespace': 's' } },
  Resources: {},
  RestartPolicy: { Condition: 'on-failure', MaxAttempts: 0 },
  Placement: { Constraints: ['node.role==manager'], Preferences: [{ Spread: { SpreadDescriptor: 'node.id' } }] },
  Networks: [{ Target: 'n1', Aliases: ['web'] }],
  ForceUpdate: 0,
};

function spec(over: object = {}): ApiObject {
  return {
    Name: 's_web',
    Labels: { a: 'b' },
    TaskTemplate: { ...TEMPLATE, Runtime: 'container' },
    Mode: { Replicated: { Replicas: 2 } },
    ...over,
  };
}

function service(over: object = {}): ApiObject {
  return { ID: 'id1', Version: { Index: 7 }, Spec: spec(), ...over };
}

function task(over: object = {}): ApiObject {
  return {
    ID: 't1',
    ServiceID: 'id1',
    Slot: 1,
    DesiredState: 'running',
    CreatedAt: '2026-11-21T14:53:43.528988029Z',
    Spec: TEMPLATE,
    Status: {
      Timestamp: '2026-11-21T14:53:45.212582377Z',
      State: 'running',
      ContainerStatus: { ContainerID: 'c1', ExitCode: 0 },
    },
    ...over,
  };
}

/** The same value with the keys of all its objects in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, one]) => [key, reversed(one)]),
  );
}

describe('digests of what an engine holds', () => {
  it('a task of the current template has the digest of the service', () => {
    expect(readTask(task()).templateDigest).to.equal(readService(service()).templateDigest);
  });

  const differing: readonly (readonly [string, object])[] = [
    ['another image', { ...TEMPLATE, ContainerSpec: { ...TEMPLATE.ContainerSpec, Image: 'web:2' } }],
    ['env in another order', { ...TEMPLATE, ContainerSpec: { ...TEMPLATE.ContainerSpec, Env: ['B=2', 'A=1'] } }],
    ['another network', { ...TEMPLATE, Networks: [{ Target: 'n2', Aliases: ['web'] }] }],
    ['a forced update', { ...TEMPLATE, ForceUpdate: 1 }],
    ['another restart policy', { ...TEMPLATE, RestartPolicy: { Condition: 'none', MaxAttempts: 0 } }],
    ['another preference', { ...TEMPLATE, Placement: { Constraints: TEMPLATE.Placement.Constraints } }],
    ['a plugin', { ...TEMPLATE, Runtime: 'plugin' }],
  ];
  for (const [what, template] of differing) {
    it(`${what} is another template`, () => {
      expect(templateDigest(template)).not.to.equal(templateDigest(TEMPLATE));
    });
  }

  it('constraints alone leave running tasks as they are, and the template the same', () => {
    const template = { ...TEMPLATE, Placement: { ...TEMPLATE.Placement, Constraints: ['node.id==x'] } };
    expect(templateDigest(template)).to.equal(templateDigest(TEMPLATE));
    expect(specDigest(spec({ TaskTemplate: template }))).not.to.equal(specDigest(spec()));
  });

  it('T57 neither the order of keys nor what is empty counts', () => {
    expect(specDigest(reversed(spec({ EndpointSpec: {}, UpdateConfig: null })))).to.equal(specDigest(spec()));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(specDigest(reversed({ ...spec(), Any: value }))).to.equal(specDigest({ ...spec(), Any: value }));
      }),
    );
  });

  it('labels, wanted tasks, ports and the mode are part of the spec', () => {
    const digests = [
      {},
      { Labels: { a: 'c' } },
      { Mode: { Replicated: { Replicas: 0 } } },
      { Mode: { Global: {} } },
      { Mode: { GlobalJob: {} } },
      { EndpointSpec: { Ports: [{ TargetPort: 80 }] } },
      { UpdateConfig: { Parallelism: 0 } },
    ].map((over) => specDigest(spec(over)));
    expect(new Set(digests)).to.have.length(digests.length);
  });
});

describe('services', () => {
  it('reads what the engine gives', () => {
    expect(readService(service({ UpdateStatus: { State: 'paused', Message: 'update paused' } }))).to.deep.include({
      id: 'id1',
      name: 's_web',
      labels: { a: 'b' },
      image: 'web:1',
      mode: 'Replicated',
      replicas: 2,
      restart: 'OnFailure',
      update: 'Paused',
      ports: [],
    });
  });

  const updates = [
    ['updating', 'Updating', 'an update is under way'],
    ['rollback_started', 'RollingBack', 'the engine goes back'],
    ['rollback_completed', 'RolledBack', 'the engine went back'],
    ['paused', 'Paused', 'T21 stays for ever on a healthy service'],
    ['rollback_paused', 'Paused', 'T30 nothing to go back to'],
    ['completed', 'None', 'over'],
    [undefined, 'None', 'never updated'],
    ['something_new', 'None', 'a state of a later engine'],
  ] as const;
  for (const [state, update, why] of updates) {
    it(`update state ${state} is ${update}: ${why}`, () => expect(readUpdate(state)).to.equal(update));
  }

  it('T28 no wanted task is 0, and an absent number is the default', () => {
    expect(readService(service({ Spec: spec({ Mode: { Replicated: { Replicas: 0 } } }) })).replicas).to.equal(0);
    expect(readService(service({ Spec: spec({ Mode: { Replicated: {} } }) })).replicas).to.equal(1);
  });

  it('global services want as many tasks as the engine counts', () => {
    const global = service({ Spec: spec({ Mode: { Global: {} } }), ServiceStatus: { DesiredTasks: 3 } });
    expect(readService(global)).to.deep.include({ mode: 'Global', replicas: 3 });
  });

  it('T91 jobs want all their runs, also before the engine has made a task of them', () => {
    const job = (body: object, counted = 0) =>
      service({ Spec: spec({ Mode: { ReplicatedJob: body } }), ServiceStatus: { DesiredTasks: counted } });
    expect(readService(job({ TotalCompletions: 4, MaxConcurrent: 2 })).replicas).to.equal(4);
    expect(readService(job({ MaxConcurrent: 2 }, 1)).replicas).to.equal(2);
    expect(readService(job({})).replicas).to.equal(1);
  });

  const restarts = [
    [undefined, { Replicated: {} }, 'Always'],
    [{ Condition: 'any' }, { Global: {} }, 'Always'],
    [{ Condition: 'on-failure' }, { Replicated: {} }, 'OnFailure'],
    [{ Condition: 'none' }, { Replicated: {} }, 'Never'],
    [undefined, { ReplicatedJob: {} }, 'OnFailure'],
    [{ Condition: 'none' }, { GlobalJob: {} }, 'Never'],
  ] as const;
  for (const [policy, mode, restart] of restarts) {
    it(`${Object.keys(mode)[0]} with ${policy?.Condition ?? 'no policy'} restarts ${restart}`, () => {
      const found = spec({ Mode: mode, TaskTemplate: { ...TEMPLATE, RestartPolicy: policy } });
      expect(readService(service({ Spec: found })).restart).to.equal(restart);
    });
  }

  it('T91 reads how often and after how long a task is started again', () => {
    const limits = (policy: object) =>
      readService(service({ Spec: spec({ TaskTemplate: { ...TEMPLATE, RestartPolicy: policy } }) }));
    expect(limits({ Delay: 30_000_000_000, MaxAttempts: 2 })).to.include({ restartDelayMs: 30_000, maxAttempts: 2 });
    expect(limits({ MaxAttempts: 0 })).to.not.have.any.keys('restartDelayMs', 'maxAttempts');
  });

  it('reads the command of a health check and the order of updates', () => {
    const checked = { TaskTemplate: { ContainerSpec: { Healthcheck: { Test: ['CMD', 'curl', '-f', 'http://x'] } } } };
    expect(readService(service({ Spec: spec(checked) })).healthCheck).to.equal('curl -f http://x');
    expect(readService(service({ Spec: spec({ UpdateConfig: { Order: 'start-first' } }) }))).to.include({
      startFirst: true,
    });
    expect(readService(service({ Spec: spec() }))).to.not.have.any.keys('healthCheck', 'startFirst');
  });

  const serving: [string, object, boolean][] = [
    ['nothing', {}, false],
    ['a published port', { EndpointSpec: { Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 80 }] } }, true],
    ['a route', { Labels: { 'traefik.enable': 'true' } }, true],
    ['a route that is off', { Labels: { 'traefik.enable': 'false' } }, false],
    ['a health check', { TaskTemplate: { ContainerSpec: { Healthcheck: { Test: ['CMD', 'true'] } } } }, true],
    ['a health check that is off', { TaskTemplate: { ContainerSpec: { Healthcheck: { Test: ['NONE'] } } } }, false],
  ];
  for (const [what, over, serves] of serving) {
    it(`T91 ${what} ${serves ? 'says' : 'does not say'} that a service is to go on`, () => {
      expect(readService(service({ Spec: spec(over) })).serves ?? false).to.equal(serves);
    });
  }

  it('a port that the engine picked comes from the endpoint', () => {
    const ports = [
      { Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' },
      { Protocol: 'tcp', TargetPort: 81 },
      { Protocol: 'udp', TargetPort: 81 },
    ];
    const picked = [{ Protocol: 'tcp', TargetPort: 81, PublishedPort: 30_001 }];
    expect(
      readService(service({ Spec: spec({ EndpointSpec: { Ports: ports } }), Endpoint: { Ports: picked } })).ports,
    ).to.deep.equal([
      { target: 80, published: 8080, mode: 'Host' },
      { target: 81, published: 30_001, mode: 'Ingress' },
      { target: 81, published: 0, mode: 'Ingress' },
    ]);
  });

  for (const wrong of [
    {},
    { ID: 'x' },
    service({ Spec: spec({ Mode: {} }) }),
    service({ Spec: 'x' }),
    service({ ID: 5 }),
  ]) {
    it(`refuses ${JSON.stringify(wrong).slice(0, 60)}`, () => {
      expect(() => readService(wrong)).to.throw(TypeError);
    });
  }
});

describe('tasks and containers', () => {
  it('a living task has no exit code', () => {
    expect(readTask(task())).to.deep.include({
      id: 't1',
      slot: 1,
      state: 'running',
      containerId: 'c1',
      createdAt: 1795272823528,
    });
    expect(readTask(task())).not.to.have.property('exitCode');
  });

  it('an ended one has its exit code and the words of the engine', () => {
    const Status = {
      Timestamp: '2026-11-21T14:53:45Z',
      State: 'failed',
      Err: 'task: non-zero exit (3)',
      ContainerStatus: { ContainerID: 'c1', ExitCode: 3 },
    };
    expect(readTask(task({ Status }))).to.deep.include({ exitCode: 3, error: 'task: non-zero exit (3)' });
  });

  it('one that never had a container has neither, nor has one without slot a slot', () => {
    const Status = { Timestamp: '2026-11-21T14:53:45Z', State: 'rejected', Err: 'No such image: x' };
    const found = readTask(task({ Status, Slot: undefined }));
    expect(found).not.to.have.any.keys('exitCode', 'containerId', 'slot');
    expect(found.error).to.equal('No such image: x');
  });

  it('a container without a service has none', () => {
    expect(readContainer({ Id: 'c', State: 'exited', Labels: null })).to.deep.equal({
      id: 'c',
      service: '',
      taskId: '',
      state: 'exited',
    });
  });
});

describe('scaling', () => {
  it('a replicated service changes in its wanted tasks and nothing else', () => {
    expect(scaledSpec(spec(), 0)).to.deep.equal(spec({ Mode: { Replicated: { Replicas: 0 } } }));
    expect(scaledSpec(spec(), 2)).to.equal(undefined);
  });

  it('a global one loses its place and gets it back as it was', () => {
    const before = spec({ Mode: { Global: {} } });
    const stopped = scaledSpec(before, 0);
    expect(stopped).to.have.nested.property('TaskTemplate.Placement.Constraints').that.has.length(2);
    expect(scaledSpec(stopped ?? {}, 0)).to.equal(undefined);
    expect(scaledSpec(stopped ?? {}, 1)).to.deep.equal(before);
    expect(scaledSpec(before, 1)).to.equal(undefined);
  });

  it('jobs are left alone', () => {
    expect(scaledSpec(spec({ Mode: { ReplicatedJob: {} } }), 0)).to.equal(undefined);
    expect(scaledSpec(spec({ Mode: { GlobalJob: {} } }), 0)).to.equal(undefined);
  });
});

describe('the engine and its networks', () => {
  const version = { engineVersion: '20.10.24', apiVersion: '1.41' };
  const active = { LocalNodeState: 'active', ControlAvailable: true, Cluster: { ID: 'c' }, Nodes: 3 };
  const rows = [
    [active, true, 'a manager with a leader'],
    [{ ...active, Cluster: undefined, Nodes: 0 }, false, 'a manager without a leader does not know its cluster'],
    [{ ...active, ControlAvailable: false, Cluster: undefined, Nodes: 0 }, false, 'a worker'],
    [{ LocalNodeState: 'inactive', ControlAvailable: false }, false, 'no swarm'],
    [undefined, false, 'an engine that never heard of swarms'],
  ] as const;
  for (const [Swarm, manager, why] of rows) {
    it(`manager ${manager}: ${why}`, () => {
      expect(readIdentity({ Swarm }, version)).to.deep.equal({
        ...version,
        manager,
        clusterId: manager ? 'c' : '',
        nodes: manager ? 3 : 1,
      });
    });
  }

  it('a service can join swarm networks and those of every node, not the ingress', () => {
    const networks = [
      { Name: 'proxy', Scope: 'swarm' },
      { Name: 'ingress', Scope: 'swarm', Ingress: true },
      { Name: 'host', Scope: 'local' },
      { Name: 'mine', Scope: 'local' },
    ];
    expect(networks.filter(isJoinable).map(({ Name }) => Name)).to.deep.equal(['proxy', 'host']);
  });
});
