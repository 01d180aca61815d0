import { browserWorld } from "../engine/browser-world.ts";
import type { World } from "../engine/world.ts";
import { FilesPage } from "./files-page.tsx";

let world: World | undefined;

/** The files page in the real world, which begins when it is first shown and lasts as long as the page. */
export function FilesRoute() {
  world ??= browserWorld();
  return <FilesPage world={world} />;
}
