import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUSYBOX_IMAGE, docker, ensureBusyboxImage } from '../../rig/test-engine.ts';

/** An image of the test engine that says it is for a processor that nobody here has; gives its name. */
export function foreignImage(): string {
  const image = 'cc-ci-test/foreign:1';
  ensureBusyboxImage();
  const directory = mkdtempSync(join(tmpdir(), 'ccci-foreign-'));
  const archive = join(directory, 'image.tar');
  try {
    docker('save', '--output', archive, BUSYBOX_IMAGE);
    execFileSync('tar', ['-xf', archive, '-C', directory]);
    const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as { Config: string }[];
    const config = join(directory, manifest[0]?.Config ?? '');
    const about = JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>;
    writeFileSync(config, JSON.stringify({ ...about, architecture: 'mips64le' }));
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify([{ ...manifest[0], RepoTags: [image] }]));
    rmSync(join(directory, 'repositories'), { force: true });
    rmSync(archive);
    execFileSync('tar', ['-cf', archive, '--exclude=image.tar', '-C', directory, '.']);
    docker('load', '--input', archive);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return image;
}

/** A registry that has no image at all; call `close`. */
export async function emptyRegistry(): Promise<{ host: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    if (request.url === '/v2/') return void response.writeHead(200).end('{}');
    const errors = [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown', detail: {} }];
    return void response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
