/** The parts of an image's name. */
export interface ImageName {
  /** Without registry, tag and digest; `library/` of the default registry left out: `postgres`, `bitnami/postgresql`. */
  repository: string;
  /** The last part of it, lower case. */
  product: string;
  tag: string;
  digest: string;
}

const DEFAULT_REGISTRY = /^(?:(?:index\.|registry-1\.)?docker\.io\/)?(?:library\/)?/;
const REGISTRY = /^(?:[^/]*[.:][^/]*|localhost)\//;

/** Reads the name as an engine does: a first part with a dot or a colon is a registry. Never fails. Pure. */
export function readImageName(image: string): ImageName {
  const [name = '', digest = ''] = image.trim().split('@', 2);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const path = colon < 0 ? name : name.slice(0, colon);
  const repository = path.replace(DEFAULT_REGISTRY, '').replace(REGISTRY, '').toLowerCase();
  const product = repository.slice(repository.lastIndexOf('/') + 1);
  return { repository, product, tag: colon < 0 ? '' : name.slice(colon + 1), digest };
}

/** A tag as a version. */
export interface TagVersion {
  /** The numbers that it begins with, most significant first; empty: it says no version. */
  numbers: readonly number[];
  /** What follows, letters only: `alpine`, `bookworm`. */
  flavour: string;
}

/** Reads `16.4-alpine3.20`, `v1.6`, `RELEASE.2024`; never fails. Pure. */
export function readTagVersion(tag: string): TagVersion {
  const [, numbers = '', rest = tag] = /^v?(\d+(?:\.\d+)*)(.*)$/s.exec(tag) ?? [];
  return {
    numbers: numbers === '' ? [] : numbers.split('.').map(Number),
    flavour: rest.toLowerCase().replaceAll(/[^a-z]+/g, ''),
  };
}

/**
 * The order of two versions as far as both say it: negative where `a` is older, 0 where one is the beginning of the
 * other. Pure.
 */
export function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (const [index, number] of a.entries()) {
    const order = number - (b[index] ?? number);
    if (order !== 0) return order;
  }
  return 0;
}
