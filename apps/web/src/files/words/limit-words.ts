export const limitWords = {
  label: (limit: string) => `Speed limit: ${limit}`,
  none: "none",
  title: "Speed limit",
  noLimit: "No limit",
  own: "Own limit",
  ownLabel: "Own limit in MB/s",
  unit: "MB/s",
  set: "Set",
  wrong: "Write a number above zero.",
} as const;
