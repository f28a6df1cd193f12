import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { readCompose } from '../../../lib/recipe/compose.ts';
import { numberText } from '../../builders/number-texts.ts';
import { recipeDirectory, removeRecipes } from './recipe-files.ts';

/** One value on every way that it may take to a service. */
const filesWith = (value: string): Record<string, string> => ({
  'compose.yml': `x-top: {deep: &deep ${value}}
x-block: &block {MERGED: ${value}}
services:
  app:
    image: x
    environment:
      <<: *block
      PLAIN: ${value}
      ALIAS: *deep
    labels: {PLAIN: ${value}, ALIAS: *deep}
    sysctls: {PLAIN: ${value}}
    logging: {driver: d, options: {PLAIN: ${value}, ALIAS: *deep}}
    deploy: {labels: {<<: *block, PLAIN: ${value}}}
    x-process:
      command: [run, ${value}, *deep]
      environment: {<<: [*block], PLAIN: ${value}, ALIAS: *deep}
`,
  'compose.o.yml': `x-own: {any: &any ${value}}
services: {app: {environment: {OVERLAY: ${value}, OVER_ALIAS: *any}, labels: {OVERLAY: *any}}}
`,
});

describe('numbers in compose files', () => {
  afterEach(removeRecipes);

  it('T94 reach an app as they are written, whatever way they come', async () => {
    const directory = await recipeDirectory({});
    await fc.assert(
      fc.asyncProperty(numberText, async (value) => {
        const files = filesWith(value);
        for (const [name, text] of Object.entries(files)) await writeFile(`${directory}/${name}`, text);
        const { services, raw } = await readCompose({ directory, files: Object.keys(files), env: {} });
        const [app] = services;
        const own = { PLAIN: value, ALIAS: value };
        expect(app?.environment).to.deep.equal({ ...own, MERGED: value, OVERLAY: value, OVER_ALIAS: value });
        expect(app?.containerLabels).to.deep.equal({ ...own, OVERLAY: value });
        expect(app?.labels).to.deep.equal({ MERGED: value, PLAIN: value });
        expect(app?.process).to.deep.include({
          command: ['run', value, value],
          environment: { ...own, MERGED: value },
        });
        expect(raw.services).to.have.nested.property('app.logging.options.ALIAS', value);
        expect(raw.services).to.have.nested.property('app.sysctls.PLAIN', value);
      }),
      { numRuns: 200 },
    );
  });

  it('T94 are numbers where numbers are wanted, octal, hexadecimal and through an anchor', async () => {
    const text = `x-n: &n 0x2
services:
  app:
    image: x
    configs: [{source: c, mode: 0444}, {source: d, mode: 0o400}]
    deploy: {replicas: *n, update_config: {max_failure_ratio: 1e-1}}
    x-process: {command: [a], port: 8_080}
configs: {c: {external: true}, d: {external: true}}
`;
    const directory = await recipeDirectory({ 'compose.yml': text });
    const { services, raw } = await readCompose({ directory, files: ['compose.yml'], env: {} });
    expect(services[0]?.configs.map(({ mode }) => mode)).to.deep.equal([0o444, 0o400]);
    expect(services[0]).to.deep.include({ replicas: 2 }).and.to.have.nested.property('process.port', 8080);
    expect(raw.services).to.have.nested.property('app.deploy.update_config.max_failure_ratio', 0.1);
  });
});
