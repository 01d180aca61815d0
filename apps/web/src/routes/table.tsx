import { type ComponentType, lazy } from "react";
import { FilesRoute } from "../files/files-route.tsx";
import type { Path } from "./pages.ts";

/** What is shown at each address. What is not the first page of most people is loaded when it is asked for. */
export const routes: Readonly<Record<Path, ComponentType>> = {
  "/": FilesRoute,
  "/gallery": lazy(() => import("../gallery/gallery-page.tsx")),
};
