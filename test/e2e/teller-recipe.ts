import type { Files } from './recipes.ts';

/** An app that tells its secret wherever it can: log, health page, error page, its own command's output. */
export const SERVER = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const secret = readFileSync(process.env.KEY_FILE, 'utf8').trim();
console.log('the key is ' + secret + ' and ' + Buffer.from(secret).toString('base64'));
console.log(Buffer.from('root:' + secret).toString('base64') + ' ' + Buffer.from(secret).toString('hex'));
const healthy = !process.env.SICK;
createServer((request, response) => {
  if (request.url === '/key') return response.end(secret);
  response.writeHead(request.url === '/' && healthy ? 200 : 503).end('key=' + secret + (healthy ? ' open' : ''));
}).listen(process.env.PORT, process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
`;

export const TELL = `#!/usr/bin/env node
const key = await (await fetch(process.env.CCCI_BASE_URL + '/key')).text();
console.log('the test says ' + key);
console.error(encodeURIComponent(key) + ' ' + Buffer.from(key).toString('hex'));
import { mkdirSync, writeFileSync } from 'node:fs';
writeFileSync(process.env.CCCI_ARTIFACTS + '/junit.xml',
  '<testsuite><testcase name="told"><failure message="' + key + '">' + key + '</failure></testcase></testsuite>');
writeFileSync(process.env.CCCI_ARTIFACTS + '/' + key + '.txt', 'named');
mkdirSync(process.env.CCCI_ARTIFACTS + '/' + Buffer.from(key).toString('hex') + '/deep', { recursive: true });
process.exit(Number(process.argv[2]));
`;

/** Runs before anything listens: the secret exists already, as a file beside the app. */
const HOOK = `#!/bin/sh
for file in "$CCCI_SECRETS_DIR"/../../../../../apps/"$CCCI_DOMAIN"/secrets/*; do
  echo "the hook says $(cat "$file")"
done
printf 'made-by-the-hook-%s' "$CCCI_DOMAIN-7413" > "$CCCI_SECRETS_DIR/late"
echo "the hook made $(cat "$CCCI_SECRETS_DIR/late")"
`;

/** A release of the recipe `teller`. */
export function tellerFiles(version: string, extra: Files = {}): Files {
  return {
    'server.mjs': SERVER,
    'tell.mjs': TELL,
    'hook.sh': HOOK,
    '.env.sample': 'TYPE=teller\nDOMAIN=teller.example.com\nSECRET_KEY_VERSION=v1 # length=40\n',
    'README.md': '# teller\n',
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/teller:${version}
    x-process:
      command: [node, server.mjs]
      port: 3000
      environment: { KEY_FILE: "{secret:key}", SICK: "\${SICK:-}" }
    secrets: [key]
    volumes: ["data:/data"]
    networks: [proxy]
    healthcheck: { test: ["CMD", "true"] }
    deploy:
      restart_policy: { condition: any }
      labels:
        - "coop-cloud.\${STACK_NAME}.version=${version}+${version}"
        - "traefik.enable=true"
        - "backupbot.backup=true"
        - "backupbot.backup.pre-hook=cat $KEY_FILE"
secrets:
  key: { external: true, name: "\${STACK_NAME}_key_\${SECRET_KEY_VERSION}" }
volumes:
  data:
networks:
  proxy: { external: true }
`,
    ...extra,
  };
}
