import { expect } from 'chai';
import { unreadBackupLabels, unreadCoopCloudLabels } from '../../../lib/recipe/label-values.ts';

type Compose = Parameters<typeof unreadCoopCloudLabels>[0];

function compose(labels: Record<string, string>, containerLabels: Record<string, string> = {}): Compose {
  return {
    stackName: 'st',
    services: [{ name: 'app', labels, containerLabels }],
    placeOf: (path: readonly string[]) => `compose.yml:${path.at(-1)?.length}:1`,
  } as unknown as Compose;
}

describe('labels that are read of nobody', () => {
  for (const value of ['5m', 'abc', '-1', '1.5', '', '0', '1e3', '0x10', '86401', '9'.repeat(30)]) {
    it(`timeout ${value.slice(0, 12) || '(empty)'}: value, place and what is read are named`, () => {
      const [said, ...others] = unreadCoopCloudLabels(compose({ 'coop-cloud.st.timeout': value }));
      expect(said).to.include('compose.yml:21:1').and.to.include(JSON.stringify(value)).and.to.include('whole seconds');
      expect(others).to.deep.equal([]);
    });
  }

  for (const value of ['1', '300', ' 300 ', '007', '86400']) {
    it(`timeout ${value} is taken as it is`, () => {
      expect(unreadCoopCloudLabels(compose({ 'coop-cloud.st.timeout': value }))).to.deep.equal([]);
    });
  }

  it('are versions that are none', () => {
    for (const value of ['', 'latest', 'hardcover-v0.4']) {
      expect(unreadCoopCloudLabels(compose({ 'coop-cloud.st.version': value })), value).to.have.lengthOf(1);
    }
    expect(unreadCoopCloudLabels(compose({ 'coop-cloud.st.version': '1.0.0+2.3' }))).to.deep.equal([]);
  });

  it('are those of another stack, and those outside deploy', () => {
    expect(unreadCoopCloudLabels(compose({ 'coop-cloud.notes.timeout': '300' }))[0]).to.include('another stack');
    expect(unreadCoopCloudLabels(compose({}, { 'coop-cloud.st.version': '1.0.0' }))[0]).to.include('outside deploy');
  });

  it('are not the marks that nobody is to read', () => {
    expect(
      unreadCoopCloudLabels(
        compose({ 'coop-cloud.st.app': 'true', 'coop-cloud.st.recipe': 'x', 'coop-cloud.st.db.version': '' }),
      ),
    ).to.deep.equal([]);
  });

  it('are backup labels that are neither true nor false', () => {
    const said = unreadBackupLabels(
      compose({
        'backupbot.backup': 'maybe',
        'backupbot.backup.volumes.data': 'off',
        'backupbot.backup.volumes.more': 'false',
        'backupbot.backup.volumes.data.path': 'off',
        'backupbot.backup.pre-hook': 'off',
      }),
    );
    expect(said).to.have.lengthOf(2);
    expect(said[0]).to.include('"maybe"');
    expect(said[1]).to.include('volumes.data of app');
    expect(unreadBackupLabels(compose({ 'backupbot.backup': 'TRUE' }))).to.deep.equal([]);
  });

  it('show long values in part', () => {
    const [said] = unreadCoopCloudLabels(compose({ 'coop-cloud.st.timeout': 'x'.repeat(5_000) }));
    expect(said).to.have.length.below(250);
  });
});
