/** The text of a Canonical's spec file. */
export function canonicalText(name: string, extra = '', recipe = name): string {
  return `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata:\n  name: ${name}\nspec:\n  app:\n    recipe: ${recipe}\n${extra}`;
}
