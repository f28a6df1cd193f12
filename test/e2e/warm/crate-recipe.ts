import { join } from 'node:path';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../rig/test-engine.ts';
import { RecipeRepository } from '../recipes.ts';

/** What a release does when it starts: its words for a shell, before the server, and the image it runs in. */
export interface CrateRelease {
  /** Shell commands that run before the server. */
  starts?: string;
  /** Where the server listens; the app is asked at 8080. */
  port?: number;
  image?: string;
}

/** Each time the app is asked whether it is healthy, a line goes into this file of its container. */
export const LOOKS = '/looks';

const composeOf = (
  version: string,
  { starts = 'true', port = 8080, image = BUSYBOX_IMAGE }: CrateRelease,
): string => `version: "3.8"
services:
  app:
    image: ${image}
    command:
      - sh
      - -c
      - |
        [ -e /data/order ] || echo first >/data/order
        ${starts}
        echo ${version} >/data/schema
        exec httpd -f -p ${port} -h /data
    volumes: ["data:/data"]
    networks: [proxy]
    deploy:
      restart_policy: {condition: any}
      labels:
        - "traefik.enable=true"
        - "coop-cloud.\${STACK_NAME}.version=${version}"
        - "backupbot.backup=true"
networks:
  proxy:
    external: true
volumes:
  data:
`;

const PORTS_COMPOSE = `version: "3.8"
services:
  app:
    ports: [{target: 8080, published: "\${HTTP_PORT}", mode: host}]
    deploy: {endpoint_mode: dnsrr}
`;

/** The recipe "crate": its volume holds an order, and the version that it was migrated to; both can be asked for. */
export class Crate {
  readonly #repository: RecipeRepository;

  /** @param root of the bench. */
  constructor(root: string) {
    ensureBusyboxImage();
    this.#repository = new RecipeRepository(join(root, 'recipes/crate'));
  }

  release(version: string, release: CrateRelease = {}): void {
    this.#repository.release(version, {
      'compose.yml': composeOf(version, release),
      'compose.ports.yml': PORTS_COMPOSE,
      '.env.sample': 'TYPE=crate\nDOMAIN=crate.example.org\nHTTP_PORT=8080\n',
      'README.md': '# crate\n\n* **Category**: Apps\n* **Backups**: Yes\n',
    });
  }
}
