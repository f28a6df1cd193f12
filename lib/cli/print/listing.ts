import type { CliEnvironment } from '../environment.ts';
import { type Colours, coloursFor } from './colours.ts';
import { isDocumentForm, listDocument, type OutputForm, renderDocument } from './objects.ts';

/** How a table of a listing is to look. */
export interface Looks {
  nowMs: number;
  colours: Colours;
  width: number | undefined;
  header: 'Header' | 'NoHeader';
}

/** Things that are listed beside the objects of the kinds, and how each is shown. */
export interface Listing<T> {
  items: readonly T[];
  /** As `-o json` shows it. */
  object(item: T): object;
  /** As `-o name` does. */
  name(item: T): string;
  table(items: readonly T[], form: 'Table' | 'Wide', looks: Looks): Promise<string>;
}

export interface ListingShape {
  output: OutputForm;
  header: 'Header' | 'NoHeader';
  /** `One`: a single thing was named. */
  shape: 'One' | 'List';
}

/** Prints a listing in the form that was asked for. */
export async function showListing<T>(
  environment: CliEnvironment,
  { items, object, name, table }: Listing<T>,
  { output, header, shape }: ListingShape,
): Promise<void> {
  const { stdout } = environment;
  if (isDocumentForm(output))
    return void stdout.write(await renderDocument(listDocument(items.map(object), shape), output));
  if (output.form === 'Name') return void stdout.write(items.map((item) => `${name(item)}\n`).join(''));
  const width = output.form === 'Table' ? stdout.columns : undefined;
  const looks = { nowMs: environment.clock.now(), colours: coloursFor(environment, stdout), width, header };
  stdout.write(await table(items, output.form, looks));
}
