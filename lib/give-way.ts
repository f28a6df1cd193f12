/**
 * Resolves once others of this process have had their turn: what waits for the disk, the network, or a timer that is due. To
 * be awaited now and then by work over all objects, so that nobody waits for the whole of it.
 */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
