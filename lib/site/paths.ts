/** Where pages lie below the site's directory. Names are DNS labels or names of recipes: none holds a slash or begins with a dot. */

export const OVERVIEW = 'index.html';
export const FEED = 'feed.xml';

/** Page of a run. Pure. */
export function runPath(name: string): string {
  return `runs/${name}.html`;
}

/** Page of a recipe. Pure. */
export function recipePath(recipe: string): string {
  return `recipes/${recipe}.html`;
}

/** Badge of a recipe. Pure. */
export function badgePath(recipe: string): string {
  return `badge/${recipe}.svg`;
}

/** Directory of the copies of a run's artifacts. Pure. */
export function copiesPath(name: string): string {
  return `runs/${name}`;
}

/** Id of the row of an object in the overview. Pure. */
export function anchorOf(sort: 'service' | 'sweep', name: string): string {
  return `${sort}-${name}`;
}
