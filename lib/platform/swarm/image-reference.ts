/** An image reference as `POST /images/create` wants it: with a tag or digest of its own, or the engine pulls every tag. */
export interface ImageReference {
  name: string;
  /** Tag, or digest where there is one. */
  tag: string;
}

/** Splits `registry:5000/name:tag@sha256:…`; the digest wins over the tag, no tag is `latest`. Pure. */
export function splitReference(reference: string): ImageReference {
  const at = reference.indexOf('@');
  const tagged = at < 0 ? reference : reference.slice(0, at);
  const colon = tagged.lastIndexOf(':');
  const hasTag = colon > tagged.lastIndexOf('/');
  const name = hasTag ? tagged.slice(0, colon) : tagged;
  if (at >= 0) return { name, tag: reference.slice(at + 1) };
  return { name, tag: hasTag ? tagged.slice(colon + 1) : 'latest' };
}

/**
 * By what a reference names an image: name and digest, and name and tag, each in the short form of Docker's own registry.
 * Two references may mean the same image where they share one. Pure.
 */
export function referenceKeys(reference: string): string[] {
  const [named = '', digest] = reference.split('@');
  const { name, tag } = splitReference(named);
  const short = name.replace(/^(?:docker\.io|index\.docker\.io)\//, '').replace(/^library\//, '');
  const tagged = named !== name || digest === undefined ? [`${short}:${tag}`] : [];
  return digest === undefined ? tagged : [`${short}@${digest}`, ...tagged];
}
