/**
 * The YAML library, to be imported when it is needed: importing this file and not the library itself gives the same names
 * in the sources and in the bundle, where an `import()` of a CommonJS package has only a `default`.
 */
export { parse, stringify } from 'yaml';
