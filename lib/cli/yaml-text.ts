import { Document, visit } from 'yaml';

/**
 * The YAML library, to be imported when it is needed: importing this file and not the library itself gives the same names
 * in the sources and in the bundle, where an `import()` of a CommonJS package has only a `default`.
 */
export { parse, stringify } from 'yaml';

/** YAML in which every text that `mustQuote` names is in double quotes. Pure. */
export function quotingYaml(value: unknown, mustQuote: (text: string) => boolean): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && mustQuote(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}
