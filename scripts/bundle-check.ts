import { measureBundle, measureReactBundle, type Weight } from "./bundle-size.ts";

/** What a page may have to load of the client before it can upload. */
const maxClientBytes = 16_384;
/** What the React bindings may add to a page that has React and the client. */
const maxReactBytes = 8_000;
const maxHooksBytes = 3_500;

const inWords = ({ gzipBytes }: Weight) => `${gzipBytes.toLocaleString("en-US")} bytes`;

function judge(what: string, weight: Weight, maxGzipBytes: number): void {
  console.log(`${what}: ${inWords(weight)} of ${maxGzipBytes.toLocaleString("en-US")}`);
  if (weight.gzipBytes > maxGzipBytes) process.exitCode = 1;
}

const { initial, later } = await measureBundle();
judge("client core in a browser", initial, maxClientBytes);
console.log(`(all exports of its browser entry, minified, gzip level 9; parts loaded later: ${inWords(later)})`);
const react = await measureReactBundle();
judge("React hooks on top", react.hooks, maxHooksBytes);
judge("React hooks and components on top", react.initial, maxReactBytes);
console.log(`(with the English words; dialogs about earlier uploads, loaded later: ${inWords(react.later)})`);
