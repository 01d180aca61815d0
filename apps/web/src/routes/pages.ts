/** The table of pages: address and name in the navigation; a page without a name is not in it. */
export const pages = [
  { path: "/", label: "Files" },
  { path: "/gallery", label: null },
] as const satisfies readonly { readonly path: string; readonly label: string | null }[];

export type Path = (typeof pages)[number]["path"];
