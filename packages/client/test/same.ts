/** Whether two blobs hold the same bytes. Comparing megabytes one by one takes a test runner seconds. */
export async function isSame(one: Blob | null, other: Blob): Promise<boolean> {
  if (one === null || one.size !== other.size) return false;
  const [mine, theirs] = [new Uint8Array(await one.arrayBuffer()), new Uint8Array(await other.arrayBuffer())];
  return mine.every((byte, at) => byte === theirs[at]);
}
