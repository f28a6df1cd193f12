import type { Files } from '../e2e/recipes.ts';
import { README } from './store-recipe.ts';

/** Keeps its file open, and what was written last in the log beside it: nothing is carried over while it runs. */
export const SQLITE_APP = `import http.server, os, sqlite3
base = sqlite3.connect(os.path.join(os.environ['DATA'], 'app.db'), check_same_thread=False)
base.execute('PRAGMA journal_mode = WAL')
base.execute('PRAGMA wal_autocheckpoint = 0')
base.execute('CREATE TABLE IF NOT EXISTS notes (text TEXT)')
base.execute("INSERT INTO notes VALUES ('started')")
base.commit()
class Face(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'%d starts' % base.execute('SELECT count(*) FROM notes').fetchone())
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Face).serve_forever()
`;

/** A version of a recipe with one service that keeps its data in a file of SQLite. No profile goes with it. */
export function sqliteFiles(version: string, labels: readonly string[]): Files {
  return {
    'app.py': SQLITE_APP,
    '.env.sample': 'TYPE=notes\nDOMAIN=notes.example.org\n',
    'README.md': `# notes\n<!-- metadata -->\n${README}\n<!-- endmetadata -->\n`,
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/notes:1.0.0
    x-process:
      command: [python3, app.py]
      port: 80
      environment:
        DATA: "{volume:data}"
    networks: [proxy]
    volumes: ["data:/data"]
    healthcheck: { test: ["CMD", "true"] }
    deploy:
      labels:
        - "traefik.enable=true"
        - "coop-cloud.\${STACK_NAME}.version=${version}"
${labels.map((label) => `        - "${label}"\n`).join('')}volumes: { data: {} }
networks:
  proxy: { external: true }
`,
  };
}

export const SQLITE_LABELS = {
  /** The whole volume: the file and its log. */
  sqlite: ['backupbot.backup=true'],
  /** The file alone, without the log that holds the last transactions. */
  'stale-sqlite': ['backupbot.backup=true', 'backupbot.backup.volumes.data.path=app.db'],
} as const;
