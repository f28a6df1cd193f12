import { request } from 'node:http';
import { testSocket } from './test-engine.ts';

/**
 * What the test engine answers to a GET of that path of its API, parsed. For what is asked again and again: a look by
 * the docker CLI starts a program, and the tests beside it wait for the processor.
 * @throws when it answers with another status than 200, or not at all.
 */
export function askEngine<T>(path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: testSocket(), path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`${path}: ${response.statusCode} ${text}`));
      });
    });
    call.on('error', reject);
    call.end();
  });
}
