import { maxGzipBytes, measureBundle, measureReactBundle, type Weight } from "./bundle-size.ts";

const inWords = ({ gzipBytes }: Weight) => `${gzipBytes.toLocaleString("en-US")} bytes`;

function judge(what: string, weight: Weight, maxBytes: number): void {
  console.log(`${what}: ${inWords(weight)} of ${maxBytes.toLocaleString("en-US")}`);
  if (weight.gzipBytes > maxBytes) process.exitCode = 1;
}

const { initial, later } = await measureBundle();
judge("client core in a browser", initial, maxGzipBytes.client);
console.log(`(all exports of its browser entry, minified, gzip level 9; parts loaded later: ${inWords(later)})`);
const react = await measureReactBundle();
judge("React hooks on top", react.hooks, maxGzipBytes.hooks);
judge("React hooks and components on top", react.initial, maxGzipBytes.react);
console.log(`(with the English words; dialogs about earlier uploads, loaded later: ${inWords(react.later)})`);
