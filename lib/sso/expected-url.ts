/** Where an app will answer that is not deployed yet. */
export interface ExpectedPlace {
  domain: string;
  /** `app.url`, where its spec has one. */
  template?: string | undefined;
  /** Where the ingress leads to the app, `{domain}` in it; absent: it is reached by a port of this machine. */
  ingress?: string | undefined;
}

const LOOPBACK = 'http://127.0.0.1';

/**
 * The URL of an app before anybody has deployed it, for sign-in to lead back to. A port that is not chosen yet is left
 * out: of the loopback address providers take any (RFC 8252, section 7.3). Pure.
 */
export function expectedUrl({ domain, template, ingress = LOOPBACK }: ExpectedPlace): string {
  return (template ?? ingress)
    .replaceAll('{domain}', domain)
    .replaceAll(/:?\{port:[^{}]*\}/g, '')
    .replace(/\/+$/, '');
}
