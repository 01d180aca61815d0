/**
 * Loaded before the simulation in a child process (`--import`): puts the edits of the mutant that `HAWSER_MUTANT` names
 * in the place of the real text, without touching a file.
 */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { mutants, sourceFolder } from "./mutants.ts";

const name = process.env.HAWSER_MUTANT;
const mutant = mutants.find((one) => one.name === name);
if (mutant === undefined) throw new Error(`There is no mutant "${name}".`);
const folder = pathToFileURL(sourceFolder).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const edits = mutant.edits.filter(({ file }) => url === `${folder}/${file}`);
    if (edits.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { find, replace } of edits) {
      if (source.split(find).length !== 2) throw new Error(`Stale mutant "${name}": its text is not there once.`);
      source = source.replace(find, () => replace);
    }
    return { ...loaded, source };
  },
});
