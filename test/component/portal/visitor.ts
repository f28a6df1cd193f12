/** What a request led to. */
export interface Page {
  /** Where it is. */
  url: string;
  status: number;
  html: string;
  /** Where it leads on to; absolute. */
  leadsTo: string | undefined;
}

export interface Account {
  user: string;
  password: string;
}

/** Enough for every way there is. */
const MAX_STEPS = 10;

/** A browser without scripts: it keeps cookies, follows what it is led to and fills in forms. */
export class Visitor {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** One request; what it leads to is not followed. A form is posted. */
  async step(url: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    const { origin } = new URL(url);
    const kept = this.#cookies.get(origin) ?? new Map<string, string>();
    const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { connection: 'close', ...(cookie && { cookie }) },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') kept.delete(name);
      else kept.set(name, value);
    }
    this.#cookies.set(origin, kept);
    const location = answer.headers.get('location');
    const leadsTo = location === null ? undefined : new URL(location, url).href;
    return { url, status: answer.status, html: await answer.text(), leadsTo };
  }

  /** A request, and all that it leads to. */
  async go(url: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    let page = await this.step(url, form);
    for (let steps = 0; page.leadsTo !== undefined; steps += 1) {
      if (steps === MAX_STEPS) throw new Error(`${url} leads in a circle`);
      page = await this.step(page.leadsTo);
    }
    return page;
  }

  /** Where the portal sends who wants to sign in. */
  async begin(portal: string): Promise<URL> {
    const { status, leadsTo, html } = await this.step(`${portal}/sign-in`);
    if (leadsTo === undefined) throw new Error(`the portal leads nowhere, but answers ${status}: ${html}`);
    return new URL(leadsTo);
  }

  /** Fills in the form there, and gives where that leads: back to the portal, or nowhere. */
  async fillIn(place: URL, { user, password }: Account): Promise<string | undefined> {
    const page = await this.go(place.href);
    const action = /<form[^>]*\baction="([^"]+)"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&');
    if (action === undefined) throw new Error(`no form, but ${page.status}: ${page.html.slice(0, 500)}`);
    return (await this.step(action, { username: user, password })).leadsTo;
  }

  /** All of a sign-in: the page at its end. */
  async signIn(portal: string, account: Account): Promise<Page> {
    const back = await this.fillIn(await this.begin(portal), account);
    if (back === undefined) throw new Error('the provider leads nowhere');
    return await this.go(back);
  }

  /** Whom the portal takes this visitor for. */
  async seenAs(portal: string): Promise<string | undefined> {
    return /<p id="who">(.*?)<\/p>/.exec((await this.go(portal)).html)?.[1]?.replace(/<\/?b>/g, '');
  }
}
