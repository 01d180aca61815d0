/** The requests that the engine makes, as the faults tell them apart. */
export const requestKinds = [
  "initialize",
  "one-shot",
  "chunks",
  "resume",
  "manifest",
  "finalize",
  "check",
  "other",
] as const;
export type RequestKind = (typeof requestKinds)[number];

export function kindOf(method: string, url: string): RequestKind {
  const path = url.split("?", 1)[0] ?? "";
  if (method === "POST" && path === "/uploads") return "one-shot";
  if (path === "/uploads/initialize") return "initialize";
  if (path === "/uploads/check") return "check";
  const action = /^\/uploads\/[^/]+\/(chunks|resume|manifest|finalize)(?:\/|$)/.exec(path)?.[1];
  return (action as RequestKind | undefined) ?? "other";
}
