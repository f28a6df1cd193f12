import { expect } from 'chai';
import { parseSpec } from '../../../lib/store/spec-file.ts';

describe('the files of secrets in a spec', () => {
  const text = (file: string): Buffer =>
    Buffer.from(
      `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: notes }\nspec: { app: { recipe: notes, secrets: { items: [{ name: smtp, file: ${file} }] } } }\n`,
    );
  const read = (path: string, file: string) => {
    const result = parseSpec(path, text(file));
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const { app } = result.parsed.spec as { app: { secrets: { items: { file: string }[] } } };
    return { file: app.secrets.items[0]?.file, digest: result.parsed.digest };
  };

  it('are beside the spec file where they are relative, wherever the controller was started', () => {
    expect(read('/srv/specs/team/notes.yaml', 'keys/smtp').file).to.equal('/srv/specs/team/keys/smtp');
    expect(read('/srv/specs/team/notes.yaml', '../smtp').file).to.equal('/srv/specs/smtp');
    expect(read('/srv/specs/notes.yaml', '/run/keys/smtp').file).to.equal('/run/keys/smtp');
  });

  it('make no other generation of a spec that is moved', () => {
    expect(read('/a/notes.yaml', 'smtp').digest).to.equal(read('/b/notes.yaml', 'smtp').digest);
  });

  it('a broken file tells which object it would be', () => {
    const broken = parseSpec('/a.yaml', Buffer.from(text('smtp').toString().replace('recipe:', 'recpie:')));
    expect(broken).to.deep.include({ ok: false, key: { kind: 'Canonical', name: 'notes' } });
  });
});
