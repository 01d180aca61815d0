/** Preloaded in every thread of a server under test: a suite that starts hundreds of them compiles once. */
import { enableCompileCache } from "node:module";

enableCompileCache(process.env.HAWSER_COMPILE_CACHE);
