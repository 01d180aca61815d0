/** What it means, and what to do. */
export interface StorageTrouble {
  readonly title: string;
  readonly text: string;
}

/** What the page says of this browser's own storage. */
export const storageWords = {
  label: "Storage of this browser",
  notDurable: {
    title: "This browser does not remember uploads.",
    text: "What has arrived stays safe on the server. Keep this page open for the rest; after closing it, the files have to be chosen again. A window that is not private usually remembers.",
  },
  full: {
    title: "This browser’s storage is full.",
    text: "Uploads go on, and what has arrived stays safe. After closing this page, some files may have to be chosen again. Free some space on this device to change that.",
  },
  failed: {
    title: "This browser could not keep everything that it should.",
    text: "Uploads go on, and what has arrived stays safe. After closing this page, some files may have to be chosen again.",
  },
} as const satisfies Record<string, StorageTrouble | string>;
