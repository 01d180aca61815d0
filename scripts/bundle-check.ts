import { measureBundle } from "./bundle-size.ts";

/** What a page may have to load of the client before it can upload. */
const maxGzipBytes = 15_000;

const { initial, later } = await measureBundle();
const inWords = ({ gzipBytes }: { readonly gzipBytes: number }) => `${gzipBytes.toLocaleString("en-US")} bytes`;
console.log(`client core in a browser: ${inWords(initial)} of ${maxGzipBytes.toLocaleString("en-US")}`);
console.log(`(all exports of its browser entry, minified, gzip level 9; parts loaded later: ${inWords(later)})`);
if (initial.gzipBytes > maxGzipBytes) process.exitCode = 1;
