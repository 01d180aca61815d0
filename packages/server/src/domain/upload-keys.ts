/** Uploads whose ids are remembered: far more than can have a request in flight. */
const maxKeys = 65_536;

/**
 * Which upload a ledger key stands for. What is committed names an upload by its key alone, and it was admitted
 * by this process a moment ago; so the least recently used ones may be forgotten.
 */
export interface UploadKeys {
  remember(key: number, id: string): void;
  find(key: number): string | undefined;
}

export function createUploadKeys(capacity = maxKeys): UploadKeys {
  const ids = new Map<number, string>();
  const remember = (key: number, id: string) => {
    ids.delete(key);
    ids.set(key, id);
    if (ids.size > capacity) for (const oldest of ids.keys()) return void ids.delete(oldest);
  };
  return {
    remember,
    find(key) {
      const id = ids.get(key);
      if (id !== undefined) remember(key, id);
      return id;
    },
  };
}
