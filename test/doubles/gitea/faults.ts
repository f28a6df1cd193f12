/** A request to the API, as it came. */
export interface Call {
  method: string;
  /** With what is before `/api/v1`, without the query. */
  path: string;
  query: URLSearchParams;
  /** Undefined: no body. */
  json: unknown;
  /** Whose token it had. */
  login: string | undefined;
  /** Undefined until it is answered, and where no answer was given. */
  status: number | undefined;
}

/** What a request meets with instead of what it should. */
export type Conduct =
  | 'Reset' // not carried out, the connection is closed
  | 'ResetAfter' // carried out, the answer is lost
  | 'Cut' // carried out, half of the answer
  | 'Page' // not carried out, 200 and HTML
  | 'Redirect' // not carried out, to another host
  | { status: number; headers?: Record<string, string>; body?: string } // not carried out
  | { until: Promise<unknown> }; // carried out once it settles

export interface Fault {
  conduct: Conduct;
  /** `METHOD /path`; default: every request. */
  on?: RegExp;
  /** Default: every time. */
  times?: number;
}

/** Faults to come, the first that fits first. */
export class Faults {
  #faults: (Fault & { left: number })[] = [];

  add(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#faults = [];
  }

  take({ method, path }: Call): Conduct | undefined {
    const found = this.#faults.find(({ on, left }) => left > 0 && (on?.test(`${method} ${path}`) ?? true));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.conduct;
  }
}
