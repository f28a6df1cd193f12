/** Whose names and routes an app may use: its own. */
export interface Owner {
  /** The stack's name; names of its things begin with it. */
  stack: string;
  /** Routes are for it and what lies below. */
  domain: string;
  /** Host ports that the controller reserved for it. */
  ports: readonly number[];
}

/** True for the app's own domain and those below it, in lower case and without a dot at the end. */
export function isOwnHost(host: string, { domain }: Owner): boolean {
  return /^[a-z0-9.-]+$/.test(host) && (host === domain || host.endsWith(`.${domain}`));
}

/** True for the stack's name and what continues it: `<stack>-…`, `<stack>_…`. */
export function isOwnName(name: string, { stack }: Owner): boolean {
  return (
    name === stack ||
    (/^[A-Za-z0-9_.-]+$/.test(name) && /^[-_]/.test(name.slice(stack.length)) && name.startsWith(stack))
  );
}
