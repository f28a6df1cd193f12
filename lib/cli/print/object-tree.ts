import type { ObjectView } from '../view.ts';

/** One line of a tree: what is drawn before the name, and the object. */
export interface TreeLine {
  branch: string;
  view: ObjectView;
  /** What is drawn before what belongs to the object and is no object itself. */
  below: string;
  /** Whether objects follow below. */
  hasChildren: boolean;
}

/**
 * The objects below each root, by ownership: depth first, in the order of `all`. An object that is owned by one that is
 * gone is a root of its own where all are shown. Pure.
 */
export function treeLines(all: readonly ObjectView[], roots: readonly ObjectView[]): TreeLine[] {
  const children = Map.groupBy(all, ({ object }) => object.ownerReferences[0]?.uid);
  const walk = (view: ObjectView, branch: string, below: string, above: readonly string[]): TreeLine[] => {
    const own = (children.get(view.object.uid) ?? []).filter(({ object }) => !above.includes(object.uid));
    const inner = own.flatMap((child, index) => {
      const isLast = index === own.length - 1;
      const path = [...above, child.object.uid];
      return walk(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`, path);
    });
    return [{ branch, view, below, hasChildren: own.length > 0 }, ...inner];
  };
  return roots.flatMap((root) => walk(root, '', '', [root.object.uid]));
}

/** The objects that no other one of these owns. Pure. */
export function rootsOf(all: readonly ObjectView[]): ObjectView[] {
  const uids = new Set(all.map(({ object }) => object.uid));
  return all.filter(({ object }) => !object.ownerReferences.some(({ uid }) => uids.has(uid)));
}
