const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;
const tailLetters = 10;
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * A name in two parts: the first may be cut by the layout, the second, with the ending, is always visible. Letters are
 * never torn apart. Names that run from right to left stay whole, since the two parts would change places.
 */
export function nameParts(name: string): readonly [head: string, tail: string] {
  if (rightToLeft.test(name)) return [name, ""];
  const letters = Array.from(segmenter.segment(name), ({ segment }) => segment);
  if (letters.length <= tailLetters * 2) return [name, ""];
  return [letters.slice(0, -tailLetters).join(""), letters.slice(-tailLetters).join("")];
}
